"""The tables, written once for both databases. Facts are appended; see docs/architecture.md."""

from sqlalchemy import (
    ARRAY,
    JSON,
    REAL,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from core.domain.label import SCORED_LABELS

metadata = MetaData()
_TIME = DateTime(timezone=True)

#: `bulk` tables carry no key in DuckDB, where one makes loading five times slower; uniqueness is
#: kept there by an anti-join under the process-wide write lock.
_BULK = {"bulk": True}

item = Table(
    "item",
    metadata,
    Column("item_id", BigInteger, primary_key=True, autoincrement=False),
    Column("tenant_id", String(200), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("author_id", String(200)),
    Column("content_type", String(16), nullable=False),
    Column("title", String(200)),
    Column("body", Text, nullable=False),
    Column("language", String(2)),
    Column("language_detected", Boolean, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("metadata", JSON),
    Column("source", String(200)),
    Column("thread_id", String(200)),
    Column("created_at", _TIME, nullable=False),
    Column("ingested_at", _TIME, nullable=False),
    Column("content_hash", LargeBinary(32), nullable=False),
    Column("import_id", BigInteger),
    UniqueConstraint("tenant_id", "external_id"),
    info=_BULK,
)

model_version = Table(
    "model_version",
    metadata,
    Column("model_version_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(200), nullable=False),
    Column("version", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("labels", ARRAY(Text), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_at", _TIME, nullable=False),
    UniqueConstraint("name", "version", "digest"),
)

score = Table(
    "score",
    metadata,
    Column("item_id", BigInteger, primary_key=True, autoincrement=False),
    Column("model_version_id", BigInteger, primary_key=True, autoincrement=False),
    *(Column(label.value, REAL) for label in SCORED_LABELS),
    Column("extra", JSON),
    Column("content_hash", LargeBinary(32), nullable=False),
    Column("scored_at", _TIME, nullable=False),
    info=_BULK,
)

policy_version = Table(
    "policy_version",
    metadata,
    Column("policy_version_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(200), nullable=False),
    Column("number", Integer, nullable=False),
    Column("model_version_id", BigInteger, nullable=False),
    Column("rule", JSON, nullable=False),
    Column("author", String(200), nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("preview", JSON),
    UniqueConstraint("name", "number"),
)

#: The life of a policy version, appended: its mode is that of its newest row.
policy_mode = Table(
    "policy_mode",
    metadata,
    Column("change_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("policy_version_id", BigInteger, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("changed_at", _TIME, nullable=False),
    # For which share of new items it is live; the preview that was looked at, and why.
    Column("share", Double),
    Column("preview", Text),
    Column("note", Text),
)

verdict = Table(
    "verdict",
    metadata,
    Column("item_id", BigInteger, primary_key=True, autoincrement=False),
    Column("policy_version_id", BigInteger, primary_key=True, autoincrement=False),
    Column("verdict", String(16), nullable=False),
    Column("overall", Double),
    Column("distance", Double),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("concluded_at", _TIME, nullable=False),
    info=_BULK,
)

decision = Table(
    "decision",
    metadata,
    Column("decision_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("decision_id", Uuid, nullable=False, unique=True),
    Column("item_id", BigInteger, nullable=False),
    Column("tenant_id", String(200), nullable=False),
    Column("task_id", BigInteger),
    Column("outcome", String(16), nullable=False),
    Column("standing_outcome", String(16)),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("note", Text),
    Column("source", String(16), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("policy_version_id", BigInteger),
    Column("fence", BigInteger),
    Column("batch_id", Uuid),
    Column("decided_at", _TIME, nullable=False),
    Column("effective_at", _TIME, nullable=False),
    Column("handling_seconds", Double),
    Column("score_shown", Boolean),
    Column("highlight_shown", Boolean),
    Column("reverses_id", Uuid),
    info=_BULK,
)

review_task = Table(
    "review_task",
    metadata,
    Column("task_id", BigInteger, primary_key=True, autoincrement=False),
    Column("item_id", BigInteger, nullable=False),
    Column("queue", String(64), nullable=False),
    Column("round", Integer, nullable=False),
    Column("priority", Double, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("stratum", String(32), nullable=False),
    Column("inclusion_probability", Double, nullable=False),
    Column("policy_version_id", BigInteger),
    Column("created_at", _TIME, nullable=False),
    Column("waiting_since", _TIME, nullable=False),
    Column("due_at", _TIME, nullable=False),
    Column("sample_id", BigInteger),
    Column("waiting_weight", Double),
    info=_BULK,
)

#: Moves of waiting tasks to another queue, appended: the last one says where a task belongs.
task_move = Table(
    "task_move",
    metadata,
    Column("move_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("task_id", BigInteger, nullable=False),
    Column("item_id", BigInteger, nullable=False),
    Column("queue", String(64), nullable=False),
    Column("priority", Double, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("due_at", _TIME, nullable=False),
    Column("waiting_weight", Double),
    Column("moved_at", _TIME, nullable=False),
    info=_BULK,
)

#: Samples that somebody planned and drew, as JSON.
review_sample = Table(
    "review_sample",
    metadata,
    Column("sample_id", BigInteger, primary_key=True, autoincrement=False),
    Column("definition", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("created_at", _TIME, nullable=False),
)

#: Comparisons whose disagreements are reviewed, as JSON; their review tasks carry the id.
disagreement_review = Table(
    "disagreement_review",
    metadata,
    Column("review_id", BigInteger, primary_key=True, autoincrement=False),
    Column("definition", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("created_at", _TIME, nullable=False),
)

#: Experiments on split traffic, as JSON; what became of each is in its changes.
experiment = Table(
    "experiment",
    metadata,
    Column("experiment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("definition", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("created_at", _TIME, nullable=False),
)

#: The life of an experiment, appended: its state is that of its newest row.
experiment_change = Table(
    "experiment_change",
    metadata,
    Column("change_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("experiment_id", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("changed_at", _TIME, nullable=False),
    # What was known when it changed, as JSON, and why.
    Column("evidence", Text),
    Column("note", Text),
)

#: Which arm each unit (an author or a thread) fell into, and since when.
exposure = Table(
    "exposure",
    metadata,
    Column("experiment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("unit", String(400), primary_key=True),
    Column("arm", Integer, nullable=False),
    Column("first_seen", _TIME, nullable=False),
    info=_BULK,
)

#: The open tasks with their claims: small, mutable, and a task leaves it when it is decided.
open_task = Table(
    "open_task",
    metadata,
    Column("task_id", BigInteger, primary_key=True, autoincrement=False),
    Column("item_id", BigInteger, nullable=False),
    Column("tenant_id", String(200), nullable=False),
    Column("language", String(2)),
    Column("queue", String(64), nullable=False),
    Column("priority", Double, nullable=False),
    Column("waiting_since", _TIME, nullable=False),
    Column("due_at", _TIME, nullable=False),
    Column("owner", String(200)),
    Column("lease_until", _TIME),
    Column("fence", BigInteger, nullable=False),
    Column("waiting_weight", Double),
    Column("postponed_until", _TIME),
    # waiting_since and due_at once more, as numbers: every claim ranks every open task by them.
    Column("waits_from", Double),
    Column("target_seconds", Double),
)

#: What lands in a queue and who works on it; the definition is JSON as text.
review_queue = Table(
    "review_queue",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("definition", Text, nullable=False),
    Column("changed_at", _TIME, nullable=False),
)

#: Skips, appended: the same reviewer is not offered the task again for a while.
task_skip = Table(
    "task_skip",
    metadata,
    Column("skip_id", Uuid, primary_key=True),
    Column("task_id", BigInteger, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("skipped_at", _TIME, nullable=False),
)

import_run = Table(
    "import_run",
    metadata,
    Column("import_id", BigInteger, primary_key=True, autoincrement=False),
    Column("file_name", Text, nullable=False),
    Column("file_digest", String(64), nullable=False),
    Column("mapping", JSON, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("started_at", _TIME, nullable=False),
    Column("finished_at", _TIME, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("new_count", BigInteger, nullable=False),
    Column("known_count", BigInteger, nullable=False),
    Column("changed_count", BigInteger, nullable=False),
    Column("rejected_count", BigInteger, nullable=False),
    Column("decision_count", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
)

rejected_row = Table(
    "rejected_row",
    metadata,
    Column("import_id", BigInteger, nullable=False),
    Column("row", BigInteger, nullable=False),
    Column("field", String(200), nullable=False),
    Column("problem", Text, nullable=False),
    Column("excerpt", Text),
    info=_BULK,
)

job = Table(
    "job",
    metadata,
    Column("job_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("title", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("stage", String(64), nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("message", Text),
    Column("result", JSON, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("started_at", _TIME, nullable=False),
    Column("updated_at", _TIME, nullable=False),
)

audit_event = Table(
    "audit_event",
    metadata,
    Column("event_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("actor", String(200), nullable=False),
    Column("verb", String(64), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("details", Text, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("event_hash", String(64), nullable=False),
    info=_BULK,
)

account = Table(
    "account",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(200), nullable=False, unique=True),
    Column("role", String(32), nullable=False),
    Column("tenants", ARRAY(Text)),
    Column("is_active", Boolean, nullable=False),
    Column("password_hash", String(200)),
    Column("created_at", _TIME, nullable=False),
)

sign_in_session = Table(
    "sign_in_session",
    metadata,
    Column("session_id", String(64), primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("seen_at", _TIME, nullable=False),
    Column("ends_at", _TIME, nullable=False),
    Column("way", String(16), nullable=False),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("name", String(200), nullable=False),
    Column("address", String(64), nullable=False),
    Column("failed_at", _TIME, nullable=False),
)

#: What our reasons mean in the words of the DSA, appended: the newest version is in force.
dsa_mapping = Table(
    "dsa_mapping",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("definition", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("changed_at", _TIME, nullable=False),
)

#: Definitions of reports that were saved, as JSON.
saved_report = Table(
    "saved_report",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("definition", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("saved_at", _TIME, nullable=False),
)

#: Reports that were built, with the manifest of each; `tenants` is JSON, null for all.
report_run = Table(
    "report_run",
    metadata,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(80), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("tenants", Text, nullable=False),
    Column("built_at", _TIME, nullable=False),
    Column("period_start", _TIME, nullable=False),
    Column("period_end", _TIME, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("manifest", Text, nullable=False),
)

#: Right answers of items, appended as JSON: the newest mark of an item holds.
golden_item = Table(
    "golden_item",
    metadata,
    Column("golden_id", BigInteger, primary_key=True, autoincrement=False),
    Column("item_id", BigInteger, nullable=False),
    Column("tenant_id", String(200), nullable=False),
    Column("definition", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("marked_at", _TIME, nullable=False),
)

#: Keys of the HTTP API; `scopes` are words with blanks between them.
api_key = Table(
    "api_key",
    metadata,
    Column("key_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(80), nullable=False),
    Column("tenant_id", String(200), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("expires_at", _TIME),
    Column("revoked_at", _TIME),
    Column("used_at", _TIME),
)

#: The keys of rows that are being imported, for one join against what is known.
incoming_key = Table(
    "incoming_key",
    MetaData(),
    Column("tenant_id", String(200), nullable=False),
    Column("external_id", String(200), nullable=False),
    prefixes=["TEMPORARY"],
    info=_BULK,
)
