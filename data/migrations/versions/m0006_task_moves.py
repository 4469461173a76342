"""Moves of tasks between queues, and the waiting weight that a task was opened with."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TIME = sa.DateTime(timezone=True)

#: What was moved before moves were kept, as far as it still waits.
_FILL_MOVES = """
INSERT INTO task_move
SELECT open_task.task_id, open_task.task_id, open_task.item_id, open_task.queue,
    open_task.priority, review_task.terms, open_task.due_at, open_task.waiting_weight,
    open_task.waiting_since
FROM open_task JOIN review_task ON review_task.task_id = open_task.task_id
WHERE open_task.queue <> review_task.queue
"""
_FILL_WEIGHTS = """
UPDATE review_task SET waiting_weight = open_task.waiting_weight
FROM open_task WHERE open_task.task_id = review_task.task_id
"""


def upgrade() -> None:
    """Creates the table of moves, and fills in what is known."""
    op.create_table(
        "task_move",
        sa.Column("move_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("waiting_weight", sa.Double(), nullable=True),
        sa.Column("moved_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("move_seq"),
        info={"bulk": True},
    )
    op.add_column("review_task", sa.Column("waiting_weight", sa.Double(), nullable=True))
    op.execute(_FILL_MOVES)
    op.execute(_FILL_WEIGHTS)
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_task_move_task_id", "task_move", ["task_id"])
