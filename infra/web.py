"""a part's address → here → how it says it is."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

PROBE_SECONDS = 2.0


def health_url(port: int) -> str:
    return f"http://127.0.0.1:{port}/healthz"


async def works(url: str) -> bool:
    """Whether a worker says that it is healthy and was given partitions."""
    report = await asyncio.to_thread(ask, url)
    return bool(report and report["healthy"] and report["partitions"])


async def answers(url: str) -> bool:
    """Whether anything good comes back."""
    return await asyncio.to_thread(fetch, url) is not None


def ask(url: str) -> dict[str, Any] | None:
    """A worker's own report, also when it is unhealthy; None when nobody answers."""
    body = fetch(url, also_unhealthy=True)
    return None if body is None else dict(json.loads(body))


def fetch(url: str, also_unhealthy: bool = False) -> bytes | None:
    """The body of an answer; None when nobody answers, or with an error unless that is wanted too."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as unhealthy:
        return bytes(unhealthy.read()) if also_unhealthy else None
    except OSError:
        return None
