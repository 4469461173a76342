"""Keys on the page People: made, shown once, revoked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.api_key import Scope
from core.usecases.manage_api_keys import key_of_secret, list_api_keys
from data.bootstrap import Workbench
from tests.dashboard.word_workbench import draw, texts, word_workbench


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    with word_workbench(tmp_path) as opened:
        yield opened


def _part() -> None:
    from core.domain.person import operator
    from dashboard import state
    from dashboard.people.api_keys import show_api_keys

    state.person = lambda: operator("root")  # type: ignore[assignment]
    show_api_keys()


def test_a_key_is_made_shown_once_and_revoked(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard import state

    monkeypatch.setattr(state, "person", state.person)
    app = draw(_part, {})
    assert "There is no key yet" in texts(app)
    app.text_input(key="new_key_name").set_value("my-app").run()
    assert app.button(key="make_key").disabled
    app.multiselect(key="new_key_scopes").set_value([Scope.INGEST, Scope.READ]).run()
    app.button(key="make_key").click().run()
    [shown] = [each.value for each in app.code]
    key = key_of_secret(workbench.space, shown)
    assert (key.name, key.scopes, key.tenant_id) == (
        "my-app",
        (Scope.READ, Scope.INGEST),
        "default",
    )
    assert key.expires_at is not None
    app.run()
    assert not app.code
    app.button(key="make_key").click().run()
    assert "There is or was a key" in app.error[0].value
    app.button(key="revoke_key").click().run()
    [left] = list_api_keys(workbench.space, workbench.operator)
    assert left.revoked_at is not None
    assert not app.exception
