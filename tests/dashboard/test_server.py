from pathlib import Path

import streamlit as st

from dashboard.server import content_security_policy, streamlit_options
from data.bootstrap import read_settings


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
