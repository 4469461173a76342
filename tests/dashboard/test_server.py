from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from core.domain.person import operator
from core.domain.role import Role
from core.errors import SettingsError
from core.usecases.manage_people import add_person
from dashboard.server import _gate, content_security_policy, streamlit_options
from data.bootstrap import Workbench, open_workbench, read_settings

ROOT = operator("root")
ABROAD = ["0.0.0.0", "::", "10.1.2.3", "desk.example.org", ""]


@pytest.fixture
def workbench(database_url: str) -> Iterator[Workbench]:
    with open_workbench(read_settings(database_url=database_url, pool_size=4)) as opened:
        yield opened


def _set(workbench: Workbench, **changes: object) -> Workbench:
    workbench.settings = workbench.settings.model_copy(update=changes)
    return workbench


@pytest.mark.parametrize("host", ABROAD)
def test_the_demonstration_and_an_open_door_are_for_this_machine_only(
    workbench: Workbench, host: str
) -> None:
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1"):
        _gate(_set(workbench, host=host), ROOT)
    with pytest.raises(SettingsError, match="anybody could come in"):
        _gate(_set(workbench, host=host, sign_in="off"), None)
    with pytest.raises(SettingsError, match="nobody has an account"):
        _gate(_set(workbench, host=host, sign_in="auto"), None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.9.9.9"])
def test_on_this_machine_one_may_do_without_signing_in(workbench: Workbench, host: str) -> None:
    assert _gate(_set(workbench, host=host), ROOT).open_to == ROOT
    assert _gate(_set(workbench, host=host), None).open_to == workbench.operator


def test_an_account_or_a_service_switches_sign_in_on(workbench: Workbench) -> None:
    assert _gate(_set(workbench, proxy_header="X-User"), None).open_to is None
    _set(workbench, proxy_header=None)
    add_person(workbench.space, ROOT, workbench.passwords, name="ann", role=Role.ADMIN,
               tenants=None, password=None)  # fmt: skip
    assert _gate(workbench, None).open_to is None
    for host in ABROAD:
        assert _gate(_set(workbench, host=host), None).open_to is None


def test_the_options_that_speed_and_safety_rest_on_are_set() -> None:
    options = streamlit_options(read_settings(host="127.0.0.1", port=8600))
    wanted = {
        "runner.postScriptGC": False,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.address": "127.0.0.1",
        "server.port": 8600,
    }
    assert {name: options[name] for name in wanted} == wanted


def test_every_option_is_one_that_streamlit_knows() -> None:
    known = set(st.config._config_options_template)
    assert set(streamlit_options(read_settings())) <= known


def test_the_policy_lets_images_come_from_here_only() -> None:
    policy = content_security_policy()
    assert "img-src 'self' data: blob:;" in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


def test_no_view_uses_a_place_that_runs_markup() -> None:
    folder = Path(st.__file__).parent  # only to be sure that streamlit is importable here
    assert folder.exists()
    for source in Path(__file__).parents[2].glob("dashboard/**/*.py"):
        text = source.read_text(encoding="utf-8")
        assert "unsafe_allow_html" not in text, source
        assert "st.html" not in text, source
