"""`track dashboard`, the launcher → here → `app.py` in a Streamlit process. Health is asked at `/_stcore/health`.

Theme and settings are in `.streamlit/config.toml` beside the script: Streamlit reads it from any working directory.
"""

import sys
from pathlib import Path

HEALTH = "/_stcore/health"
SCRIPT = Path(__file__).with_name("app.py")


def argv(port: int, host: str = "127.0.0.1") -> list[str]:
    """The command line that starts the dashboard."""
    return [
        sys.executable, "-m", "streamlit", "run", str(SCRIPT),
        "--server.port", str(port), "--server.address", host,
    ]  # fmt: skip
