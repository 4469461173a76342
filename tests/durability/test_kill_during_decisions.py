from pathlib import Path

import pytest

from tests.durability.kill_during_decisions import run


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_doubled_by_a_kill(tmp_path: Path) -> None:
    result = run(3, seed=1, folder=tmp_path)
    assert result["acknowledged"] > 0
    del result["rounds"], result["acknowledged"]
    assert not any(result.values()), result
