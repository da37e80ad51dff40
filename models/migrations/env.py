"""alembic → here → the database of `config`. One transaction a migration; of two that start at once one waits."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, text

from models.tables import METADATA

ONE_AT_A_TIME = 7_265_001
"""Key of the advisory lock."""
PARTITIONED = tuple(t.name for t in METADATA.tables.values() if t.dialect_kwargs.get("postgresql_partition_by"))


def is_ours(thing: Any, name: str | None, kind: str, reflected: bool, compared_to: Any) -> bool:
    """Partitions come and go with the days: they are no difference between the tables and the database."""
    table = name if kind == "table" else thing.table.name if kind == "index" else ""
    return not (reflected and any(f"{table}".startswith(f"{parent}_") for parent in PARTITIONED))


engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    connection.execute(text(f"select pg_advisory_lock({ONE_AT_A_TIME})"))
    context.configure(connection=connection, target_metadata=METADATA, include_object=is_ours)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
