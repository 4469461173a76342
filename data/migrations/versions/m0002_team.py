"""What PostgreSQL needs for a team: indexes, and ledgers that cannot be rewritten.

DuckDB has neither: its dialect leaves indexes out, and one process guards the file.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_INDEXES = (
    ("decision", "item_id", "decision_seq"),
    ("decision", "decided_at"),
    ("decision", "batch_id"),
    ("decision", "reverses_id"),
    ("item", "created_at"),
    ("item", "author_id"),
    ("item", "import_id"),
    ("open_task", "item_id"),
    ("open_task", "owner"),
    ("review_task", "item_id"),
    ("score", "content_hash"),
    ("task_skip", "actor", "skipped_at"),
    ("verdict", "policy_version_id", "verdict"),
    ("job", "state"),
)

_GUARD = """
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""


def upgrade() -> None:
    """Adds the indexes and the guards."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, *columns in _INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    op.execute(_GUARD)
    # An import that is taken back removes its decisions, so that ledger guards its content only.
    for table, events in (("audit_event", "UPDATE OR DELETE"), ("decision", "UPDATE")):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE {events} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
