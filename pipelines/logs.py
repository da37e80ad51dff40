"""settings → here → one log format: lines for people, JSON for machines when asked."""

import logging

from pythonjsonlogger.json import JsonFormatter

from models.settings import Settings

QUIET = ("aiokafka", "faust", "mode", "aiohttp.access", "kafka", "asyncio")


def set_up(settings: Settings) -> None:
    """Everything to standard error; the libraries speak from WARNING on."""
    handler = logging.StreamHandler()
    fields = "%(asctime)s %(levelname)s %(name)s %(message)s"
    handler.setFormatter(JsonFormatter(fields) if settings.log_json else logging.Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(settings.log_level)))
