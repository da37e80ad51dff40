"""a notebook → here → the last thing it prints, its answer. Run in a kernel of its own, as a person's is."""

import warnings
from pathlib import Path

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
CELL_SECONDS = 120


def answer(notebook: Path, folder: Path) -> str:
    """With `folder` as its working directory. Raises CellExecutionError, which shows the cell and its traceback."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # theirs, of zmq and traitlets, are not ours to mend
        import nbformat
        from nbclient import NotebookClient

        read = nbformat.read(notebook, as_version=4)
        NotebookClient(
            read, timeout=CELL_SECONDS, coalesce_streams=True, resources={"metadata": {"path": str(folder)}}
        ).execute()
    return str(read.cells[-1].outputs[-1].text).strip()
