"""What one tab of a reviewer does to the claims of another, and what a refused text says."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from pydantic import ValidationError

from core.domain.item_filter import ItemFilter
from core.store.job_handle import NoJob
from core.usecases.claim_tasks import WorkRequest, next_tasks
from dashboard import state
from dashboard.problem import in_words
from data.bootstrap import Workbench, open_workbench, read_settings
from tests.dashboard.components.test_words import Kept

ACME, ZOO = (WorkRequest(queue="review", tenant=name, hold=8) for name in ("acme", "zoo"))


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    path = tmp_path / "items.parquet"
    pl.DataFrame(
        {"id": [str(n) for n in range(8)], "text": [f"you idiot number {n}" for n in range(8)],
         "tenant": ["acme", "zoo"] * 4}
    ).write_parquet(path)  # fmt: skip
    settings = read_settings(database_url=f"duckdb:///{tmp_path}/s.duckdb", random_share=1.0)
    with open_workbench(settings) as opened:
        opened.import_file(path, mapping=[], job=NoJob())
        opened.score(NoJob())
        state.publish(opened)
        yield opened
        state.publish(None)


def test_a_tab_gives_back_its_own_claims_only(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(work: WorkRequest) -> int:
        with workbench.space.store.reading() as parts:
            claims = [claim for claim in parts.tasks.open_tasks_of(everything) if claim.owner]
            tenants = {each.item_id: each.tenant_id for each in parts.items.get_many(everything)}
        return sum(tenants[claim.item_id] == work.tenant for claim in claims)

    person = workbench.operator
    everything = [claim.item_id for work in (ACME, ZOO)
                  for claim in next_tasks(workbench.space, person, work)]  # fmt: skip
    waiting = len(everything) // 2
    assert (held(ACME), held(ZOO)) == (waiting, waiting)
    first, second = Kept(), Kept()
    for tab, work in ((first, ACME), (second, ZOO)):
        monkeypatch.setattr(st, "session_state", tab)
        state.enter_page("review")
        state.work_changed(work)
    state.enter_page("overview")
    assert (held(ACME), held(ZOO)) == (waiting, 0)
    state.enter_page("exports")
    assert held(ACME) == waiting
    monkeypatch.setattr(st, "session_state", first)
    next_tasks(workbench.space, person, ZOO)
    state.work_changed(WorkRequest(queue="review", language="de", hold=8))
    assert (held(ACME), held(ZOO)) == (0, waiting)


def test_a_refused_text_is_named_by_its_field_and_not_repeated() -> None:
    with pytest.raises(ValidationError) as raised:
        ItemFilter(search="my secret\x00", model=2**70)
    said = in_words(raised.value)
    assert "search: contains a NUL character" in said
    assert "model: " in said
    assert "secret" not in said
