"""`track migrate` → here → the tables of Postgres, up and down. Alembic, without an ini file."""

from pathlib import Path

from alembic import command
from alembic.config import Config

HERE = Path(__file__).parent


def config(url: str) -> Config:
    """Alembic's configuration for one database. `url` is a `postgresql://` address."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return made


def upgrade(url: str, to: str = "head") -> None:
    command.upgrade(config(url), to)


def downgrade(url: str, to: str = "base") -> None:
    command.downgrade(config(url), to)
