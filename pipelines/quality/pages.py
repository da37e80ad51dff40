"""pages of Great Expectations → here → the same pages, which fetch nothing from elsewhere and can be read without it."""

import re
from pathlib import Path

ELSEWHERE = re.compile(
    r"<script[^>]*\bsrc=[\"']?https?:[^>]*>\s*</script>|<link[^>]*\bhref=[\"']?https?:[^>]*>|<img[^>]*\bsrc=[\"']?https?:[^>]*>"
)
STYLE = """<style>
:root{color-scheme:light dark}
body{font:14px/20px system-ui,sans-serif;max-width:1200px;margin:24px auto;padding:0 16px;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;margin:8px 0}td,th{border:1px solid #7A889755;padding:4px 8px}
td,th{text-align:left;vertical-align:top}
pre,code{white-space:pre-wrap;overflow-wrap:anywhere}button,nav .d-none,.modal{display:none}img{max-width:160px}
</style></head>"""


def at_home(folder: Path) -> None:
    """Every page of the folder, in place."""
    for page in folder.rglob("*.html"):
        text = ELSEWHERE.sub("", page.read_text(encoding="utf-8"))
        page.write_text(text.replace("</head>", STYLE, 1), encoding="utf-8")
