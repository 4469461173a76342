import pytest
from sqlalchemy import Integer, String, literal, select

from core.domain.decision import Outcome
from core.domain.status import Status, status_of
from core.domain.verdict import VerdictKind
from data.sql.selection import status_expression
from data.sql.store import SqlStore

STANDING = [None, *(outcome for outcome in Outcome if outcome is not Outcome.WITHDRAW)]


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("verdict", [None, *VerdictKind])
@pytest.mark.parametrize("standing", STANDING)
def test_sql_derives_the_same_status(
    store: SqlStore, verdict: VerdictKind | None, standing: Outcome | None, waits: bool
) -> None:
    waiting = literal(1 if waits else None, Integer)
    expression = status_expression(literal(standing, String), literal(verdict, String), waiting)
    with store.dialect.engine.connect() as connection:
        assert connection.execute(select(expression)).scalar() == status_of(
            verdict, standing, waits=waits
        )


def test_a_persons_decision_beats_the_verdict() -> None:
    assert status_of(VerdictKind.REJECT, Outcome.APPROVE) is Status.APPROVED


def test_a_withdrawal_never_stands() -> None:
    with pytest.raises(ValueError, match="never"):
        status_of(None, Outcome.WITHDRAW)
