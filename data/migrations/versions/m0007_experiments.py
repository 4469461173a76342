"""Disagreements that are reviewed, and experiments on split traffic with their exposures."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates the tables."""
    op.create_table("disagreement_review", *_definition("review_id"))
    op.create_table("experiment", *_definition("experiment_id"))
    op.create_table(
        "experiment_change",
        sa.Column("change_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("change_seq"),
    )
    op.create_table(
        "exposure",
        sa.Column("experiment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.String(length=400), nullable=False),
        sa.Column("arm", sa.Integer(), nullable=False),
        sa.Column("first_seen", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "unit"),
        info={"bulk": True},
    )


def _definition(key: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column(key, sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint(key),
    ]
