"""Named queues, postponed tasks and a waiting weight of their own for tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


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
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_open_task_queue", "open_task", ["queue"])
        op.create_index("ix_decision_task_id", "decision", ["task_id"])
