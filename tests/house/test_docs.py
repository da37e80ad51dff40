"""What the documents say is what the code says."""

import re
from pathlib import Path

from models.topics import TOPICS

ROOT = Path(__file__).parents[2]
HOSTS = re.compile(
    "|".join(("py" + "pi", "python" + "hosted", "npm" + "js", "mav" + "en" + r"\.org", "golang" + r"\.org"))
)
NAMED = re.compile(r"`((?:models|simulator|pipelines|dashboard|infra|tests|docs)/[\w./]+\w)`")
WRITTEN = (".py", ".md", ".toml", ".lock", ".yaml", ".yml", ".cfg", ".css", ".js", ".html", ".sh", "")


def _tracked() -> list[Path]:
    skipped = {".git", ".venv", ".track", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis", ".pytest_cache"}
    found = (p for p in ROOT.rglob("*") if p.is_file() and not skipped & set(p.relative_to(ROOT).parts))
    return [p for p in found if p.suffix in WRITTEN and not any(part.endswith("egg-info") for part in p.parts)]


def test_the_readme_has_the_table_of_topics() -> None:
    readme = (ROOT / "README.md").read_text()
    rows = [f"| `{t.name}` | {t.carries} | {t.producer} | {', '.join(t.consumers)} |" for t in TOPICS]

    assert [row for row in rows if row not in readme] == []


def test_the_makefile_targets_of_the_readme_exist() -> None:
    makefile, readme = (ROOT / "Makefile").read_text(), (ROOT / "README.md").read_text()
    named = set(re.findall(r"`?make ([a-z]+)`?", readme))

    assert [target for target in sorted(named) if f"\n{target}:" not in makefile] == []


def test_every_file_the_documents_name_is_there() -> None:
    gone = []
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for name in NAMED.findall(document.read_text()):
            if not (ROOT / name).exists() and not (ROOT / f"{name}.py").exists():
                gone.append(f"{document.name}: {name}")

    assert gone == []


def test_no_registry_is_named() -> None:
    """An install goes where the machine's own settings say."""
    assert [str(p.relative_to(ROOT)) for p in _tracked() if HOSTS.search(p.read_text(errors="ignore"))] == []
