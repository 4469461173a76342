"""Named queues, postponed tasks and a waiting weight of their own for tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


_FILL_POSTGRES = """
UPDATE open_task SET waits_from = date_part('epoch', waiting_since),
    target_seconds = date_part('epoch', due_at) - date_part('epoch', waiting_since)
"""
_FILL_DUCKDB = """
UPDATE open_task SET waits_from = epoch(waiting_since),
    target_seconds = epoch(due_at) - epoch(waiting_since)
"""


def upgrade() -> None:
    """Creates the queues' table and widens the open tasks."""
    op.create_table(
        "review_queue",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("open_task", sa.Column("waiting_weight", sa.Double(), nullable=True))
    op.add_column(
        "open_task", sa.Column("postponed_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("open_task", sa.Column("waits_from", sa.Double(), nullable=True))
    op.add_column("open_task", sa.Column("target_seconds", sa.Double(), nullable=True))
    is_postgres = op.get_bind().dialect.name == "postgresql"
    op.execute(_FILL_POSTGRES if is_postgres else _FILL_DUCKDB)
    if is_postgres:
        op.create_index("ix_open_task_queue", "open_task", ["queue"])
        op.create_index("ix_decision_task_id", "decision", ["task_id"])
