"""A page with nothing but the card, as tall above it as in the workbench."""

import os
from pathlib import Path

import streamlit as st

from dashboard.components.review_card.review_card import parse_batch, review_card
from tests.e2e.card_harness.fake_server import Case, FakeServer

st.set_page_config(page_title="Card", page_icon="🗂️", layout="wide")


@st.cache_resource
def server_of(case: Case, folder: str) -> FakeServer:
    """The one server of a case, shared by every tab and reload."""
    return FakeServer(case, Path(folder))


asked = st.query_params
case = Case(
    name=asked.get("case", "look"),
    count=int(asked.get("count", "40")),
    hold=int(asked.get("hold", "20")),
    dwell_ms=int(asked.get("dwell", "150")),
    special=asked.get("special", ""),
    refuse=asked.get("refuse", ""),
)
server = server_of(case, os.environ["CARD_HARNESS_FOLDER"])
server.mounted()
st.session_state["full_runs"] = st.session_state.get("full_runs", 0) + 1
st.sidebar.text("Review")
st.sidebar.text("Scores")
with st.container(horizontal=True, horizontal_alignment="distribute"):
    st.subheader("Review", anchor=False)
    st.text(f"full runs {st.session_state['full_runs']}")


def on_batch() -> None:
    """Hands the batch to the server."""
    server.receive(parse_batch(st.session_state["card"].batch))


@st.fragment
def focus() -> None:
    """The card alone reruns."""
    review_card(key="card", data=server.data(), on_batch=on_batch)


focus()
