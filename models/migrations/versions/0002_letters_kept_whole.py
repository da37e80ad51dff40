"""dead letters → here → kept with headers, key and agent, so that they can be replayed, and who replayed them.

Letters from before have no headers (null): a replay gives them those that every producer sends.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ADDED = ("agent", "headers", "raw_key", "produced_at")


def upgrade() -> None:
    op.alter_column("dead_letters", "value", nullable=True)
    op.add_column("dead_letters", sa.Column("agent", sa.String(), nullable=False, server_default=""))
    op.alter_column("dead_letters", "agent", server_default=None)
    op.add_column("dead_letters", sa.Column("headers", sa.LargeBinary(), nullable=True))
    op.add_column("dead_letters", sa.Column("raw_key", sa.LargeBinary(), nullable=True))
    op.add_column("dead_letters", sa.Column("produced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "dead_letter_replays",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("replayed_as", sa.BigInteger(), nullable=False),
        sa.Column("replayed_by", sa.String(), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "offset", "replayed_as"),
    )


def downgrade() -> None:
    op.drop_table("dead_letter_replays")
    for column in ADDED:
        op.drop_column("dead_letters", column)
    op.execute("update dead_letters set value = '' where value is null")
    op.alter_column("dead_letters", "value", nullable=False)
