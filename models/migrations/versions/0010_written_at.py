"""when an agent last wrote of a city, by Postgres' clock → here → its progress: a city's own clock is no measure of its age."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    written_at = sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
    op.add_column("agent_progress", written_at)


def downgrade() -> None:
    op.drop_column("agent_progress", "written_at")
