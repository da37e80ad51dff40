"""a day lived in memory → here → its rows in a database of its own, as the agents would have written them."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import time
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql as composed

from models.migrations import upgrade
from models.settings import Settings
from pipelines.adapters import sql
from pipelines.adapters.memory import MemoryLog


@contextmanager
def database(server: str) -> Iterator[Settings]:
    """Migrated and empty; dropped at the end."""
    name = composed.Identifier(f"track_{uuid4().hex}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(composed.SQL("create database {}").format(name))
        url = urlsplit(server)._replace(path=f"/{name.as_string().strip(chr(34))}").geturl()
        upgrade(url)
        try:
            yield Settings(postgres_url=url)
        finally:
            connection.execute(composed.SQL("drop database {} with (force)").format(name))


def store(settings: Settings, log: MemoryLog) -> None:
    now = round(time() * 1000)
    progress = [
        {"agent": agent, "city_id": city, "epoch": epoch, "seq": seq, "written_at": now}
        for (agent, city), (epoch, seq) in log.progress.items()
    ]
    with psycopg.connect(str(settings.postgres_url)) as connection:
        shapes = sql.shapes(connection.execute(sql.CATALOG).fetchall())
        for table, rows in {**log.tables, "agent_progress": dict(enumerate(progress))}.items():
            if rows:
                connection.execute(sql.insert(shapes[table]), sql.arrays(shapes[table], list(rows.values())))
