"""What goes wrong is logged without the texts, names and secrets it went wrong with."""

import pytest
import structlog
from pydantic import ValidationError
from sqlalchemy import insert, text

from core.domain.decision import DecisionDraft
from data.sql.store import SqlStore
from data.sql.tables import account
from data.telemetry import configure_logs

SECRET = "hunter2-and-a-note"


def test_a_database_error_does_not_quote_its_parameters(store: SqlStore) -> None:
    row = {"account_id": 1, "name": "x", "role": "admin", "is_active": None,
           "password_hash": SECRET, "created_at": None}  # fmt: skip
    with pytest.raises(Exception) as raised, store.dialect.engine.begin() as connection:  # noqa: PT011  # each driver has its own
        connection.execute(insert(account), [row])
    assert SECRET not in str(raised.value).split("DETAIL")[0]


def test_the_log_of_an_unexpected_error_has_its_place_but_no_content(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("json")
    log = structlog.get_logger()
    try:
        with store.dialect.engine.begin() as connection:
            connection.execute(text("SELECT CAST(:it AS INTEGER)"), {"it": SECRET}).all()
    except Exception:
        log.exception("page.failed")
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        log.error("page.failed", exc_info=error)
    with pytest.raises(ValidationError) as raised:
        DecisionDraft.model_validate({"decision_id": SECRET, "item_id": 1, "outcome": "approve"})
    log.error("page.failed", exc_info=raised.value)
    assert SECRET not in str(raised.value)
    told = capsys.readouterr().err
    structlog.reset_defaults()
    assert SECRET not in told
    assert "SELECT CAST(" in told
    assert "DecisionDraft.decision_id: uuid_parsing" in told
    assert told.count("test_error_log.py") >= 3
