import pytest

from tests.durability.kill_during_decisions import run_on


@pytest.mark.slow
@pytest.mark.parametrize(
    ("store", "kill"), [("duckdb", "app"), ("postgres", "app"), ("postgres", "server")]
)
def test_nothing_acknowledged_is_lost_or_doubled_by_a_kill(store: str, kill: str) -> None:
    result = run_on(store, kill, rounds=3, seed=1)
    assert result["acknowledged"] > 0
    del result["rounds"], result["acknowledged"]
    assert not any(result.values()), result
