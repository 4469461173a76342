"""What happens to a page that stays open while its reader's rights change."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.domain.person import operator
from core.domain.role import Role
from core.usecases.manage_people import add_person, change_person, end_sessions
from core.usecases.sign_in import session_id_of
from dashboard import state
from dashboard.identity import gate as gate_module
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench, open_workbench, read_settings

APP = str(Path(state.__file__).parent / "app.py")
ROOT = operator("root")
PASSWORD = "correct horse battery"


@pytest.fixture
def workbench(database_url: str, tmp_path: Path) -> Iterator[Workbench]:
    settings = read_settings(database_url=database_url, files_dir=tmp_path, pool_size=6)
    with open_workbench(settings) as opened:
        yield opened


@pytest.fixture
def page(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """Ann's page, open on the imports that her role allows."""
    # The second for which an answer is believed is tested in tests/dashboard/identity.
    monkeypatch.setattr(gate_module, "_BELIEVED_SECONDS", 0.0)
    add_person(workbench.space, ROOT, workbench.passwords, name="ann", role=Role.POLICY_MANAGER,
               tenants=None, password=PASSWORD)  # fmt: skip
    gate = Gate(workbench)
    session = session_id_of(gate.sign_in("ann", PASSWORD, "10.0.0.1"))
    # What the middleware hands to Streamlit for a real connection.
    monkeypatch.setattr(state, "session_id", lambda: session)
    state.publish(workbench, gate)
    app = AppTest.from_file(APP, default_timeout=30).run()
    app.switch_page("views/imports.py").run()
    assert _headers(app) == ["Import"]
    yield app
    state.publish(None)
    st.cache_data.clear()


def _headers(app: AppTest) -> list[str]:
    return [each.value for each in app.header]


def _change(workbench: Workbench, role: Role, *, is_active: bool = True) -> None:
    change_person(workbench.space, ROOT, "ann", role=role, tenants=None, is_active=is_active)


def test_a_smaller_role_closes_the_page_at_the_next_click(
    workbench: Workbench, page: AppTest
) -> None:
    _change(workbench, Role.REVIEWER)
    assert "Import" not in _headers(page.run())
    assert "Reviewer" in [each.value for each in page.caption]


@pytest.mark.parametrize("way", ["closed", "sessions ended"])
def test_a_page_shows_nothing_more_once_its_session_has_ended(
    workbench: Workbench, page: AppTest, way: str
) -> None:
    if way == "closed":
        _change(workbench, Role.POLICY_MANAGER, is_active=False)
    else:
        end_sessions(workbench.space, ROOT, "ann")
    page.run()
    assert _headers(page) == []
    assert not page.file_uploader
    assert ["Your session has ended" in each.value for each in page.warning] == [True]


def test_one_signs_out_on_the_page(workbench: Workbench, page: AppTest) -> None:
    page.button(key="sign_out").click().run()
    assert _headers(page) == []
    assert ["Your session has ended" in each.value for each in page.warning] == [True]
    with workbench.space.store.reading() as parts:
        assert parts.identity.sessions_since(parts.identity.accounts()[0].created_at) == []
