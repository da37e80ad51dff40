"""pages of Great Expectations → here → the same pages, which fetch nothing from elsewhere, in a folder that is theirs."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from models.errors import TrackError

OURS = ".data-docs-of-track"
"""Lies in a folder of pages: the next ones may take their place."""
ELSEWHERE = re.compile(
    r"<footer>(?:(?!</footer>).)*newsletter(?:(?!</footer>).)*</footer>|"
    r"<script[^>]*\bsrc=[\"']?https?:[^>]*>\s*</script>|<link[^>]*\bhref=[\"']?https?:[^>]*>|<img[^>]*\bsrc=[\"']?https?:[^>]*>",
    re.DOTALL,
)
STYLE = """<style>
:root{color-scheme:light dark}
body{font:14px/20px system-ui,sans-serif;max-width:1200px;margin:24px auto;padding:0 16px;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;margin:8px 0}td,th{border:1px solid #7A889755;padding:4px 8px}
td,th{text-align:left;vertical-align:top}
pre,code{white-space:pre-wrap;overflow-wrap:anywhere}button,nav .d-none,.modal{display:none}img{max-width:160px}
</style></head>"""


class NotOurs(TrackError):
    """The folder for the pages has files of somebody else. Fate: nothing is examined, and nothing of it is touched."""


@contextmanager
def written(docs: Path) -> Iterator[Path]:
    """Where to write the pages; they are in `docs` at the end, instead of earlier ones. Raises NotOurs."""
    if docs.exists() and not (docs / OURS).is_file() and (not docs.is_dir() or any(docs.iterdir())):
        raise NotOurs(f"{docs} has files that are no Data Docs; name another folder with --docs")
    with TemporaryDirectory(prefix="track-docs-") as made:
        yield Path(made)
        at_home(Path(made))
        if docs.exists():
            shutil.rmtree(docs)
        shutil.copytree(made, docs)
        (docs / OURS).touch()


def at_home(folder: Path) -> None:
    """Every page of the folder, in place."""
    for page in folder.rglob("*.html"):
        text = ELSEWHERE.sub("", page.read_text(encoding="utf-8"))
        page.write_text(text.replace("</head>", STYLE, 1), encoding="utf-8")
