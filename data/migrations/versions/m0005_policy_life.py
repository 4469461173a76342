"""What was seen and said when a policy version was published; samples that were drawn."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Widens the changes of mode."""
    op.add_column("policy_mode", sa.Column("share", sa.Double(), nullable=True))
    op.add_column("policy_mode", sa.Column("preview", sa.Text(), nullable=True))
    op.add_column("policy_mode", sa.Column("note", sa.Text(), nullable=True))
    op.create_table(
        "review_sample",
        sa.Column("sample_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sample_id"),
    )
    op.add_column("review_task", sa.Column("sample_id", sa.BigInteger(), nullable=True))
