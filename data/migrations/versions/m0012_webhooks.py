"""Webhooks, the outbox of their deliveries and the log of attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates the tables; PostgreSQL finds what is waiting by an index of that alone."""
    _create_webhook()
    _create_delivery()
    op.create_table(
        "webhook_attempt",
        sa.Column("attempt_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempted_at", _TIME, nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("attempt_seq"),
        info={"bulk": True},
    )
    if op.get_bind().dialect.name == "postgresql":
        for name, columns in (("next", ["webhook_id", "decision_seq"]),
                              ("due", ["webhook_id", "due_at"])):  # fmt: skip
            op.create_index(
                f"ix_webhook_delivery_{name}", "webhook_delivery", columns,
                postgresql_where=sa.text("state = 'waiting'"),
            )  # fmt: skip
        # What Overview and the monitoring ask for, again and again, is hardly ever there.
        op.create_index(
            "ix_webhook_delivery_dead", "webhook_delivery", ["webhook_id"],
            postgresql_where=sa.text("state = 'dead'"),
        )  # fmt: skip
        op.create_index("ix_webhook_delivery_decision_id", "webhook_delivery", ["decision_id"])
        op.create_index(
            "ix_webhook_delivery_listed", "webhook_delivery", ["webhook_id", "delivery_id"]
        )
        op.create_index("ix_webhook_attempt_delivery_id", "webhook_attempt", ["delivery_id"])


def _create_webhook() -> None:
    op.create_table(
        "webhook",
        sa.Column("webhook_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("outcomes", sa.String(length=200), nullable=False),
        sa.Column("sources", sa.String(length=200), nullable=False),
        sa.Column("secret", sa.String(length=80), nullable=False),
        sa.Column("previous_secret", sa.String(length=80), nullable=True),
        sa.Column("previous_until", _TIME, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("busy_until", _TIME, nullable=True),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("webhook_id"),
    )


def _create_delivery() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("decision_seq", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("delivery_id"),
        info={"bulk": True},
    )
