"""The blind reviews of two sides: how far they are and what they say, kept current."""

from dataclasses import dataclass

import polars as pl
import streamlit as st

from core.domain.role import Permission
from core.errors import WorkbenchError
from core.experiments.stratified_pairs import FEWEST
from core.experiments.verdict import Conclusion
from core.usecases.disagreement_verdict import (
    KnownAnswers,
    ReviewProgress,
    known_answers,
    list_reviews,
)
from core.usecases.disagreement_words import details, headline, pairs_words, set_aside
from core.usecases.manage_queues import queues_for
from core.usecases.paired_history import PairedHistory
from core.usecases.review_disagreements import MOST_DRAWN, draw_more, stop_review
from dashboard import state
from dashboard.charts.running_interval import running_interval
from dashboard.components.words import plain

#: How often the page looks whether somebody answered.
_NEWS_SECONDS = 3.0
_COLOURS = {Conclusion.BETTER: "green", Conclusion.WORSE: "red", Conclusion.NO_DIFFERENCE: "blue"}
_MORE = 100


def running_reviews(paired: PairedHistory) -> None:
    """Draws every blind review of the two sides; looks for new answers while it is on screen."""
    state.keep("blind_reviews", None)

    @st.fragment(run_every=_NEWS_SECONDS)
    def watch() -> None:
        now = _current(paired)
        for each in now.reviews:
            _review(each, now.queues)
        _known(known_answers(paired, now.reviews))

    watch()


@dataclass(frozen=True)
class _Current:
    """What is on screen, and as of which change of the store."""

    changes: int
    reviews: list[ReviewProgress]
    queues: dict[str, str]
    """The titles of the queues that the person works on, by name."""


def _current(paired: PairedHistory) -> _Current:
    """A look at a number in memory, unless somebody changed something."""
    space, person = state.workbench().space, state.person()
    changes = space.store.changes
    known: _Current | None = state.kept("blind_reviews")
    if known is None or known.changes != changes:
        titles = {queue.name: queue.title for queue in queues_for(space, person)}
        known = _Current(changes, list_reviews(space, person, paired.a, paired.b), titles)
        state.keep("blind_reviews", known)
    return known


def _review(found: ReviewProgress, queues: dict[str, str]) -> None:
    review = found.review
    with st.container(border=True, key=f"blind_{review.review_id}"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.markdown(f"**{plain(review.title)}**", width="content")
            st.caption(
                f"drawn by {plain(review.actor)} on {review.created_at:%-d %B %Y}{_about(found)}",
                width="content",
            )
        st.badge(headline(found), color=_COLOURS.get(found.conclusion, "gray"))  # type: ignore[arg-type]  # named colours
        st.markdown(plain(details(found)))
        share = found.answered / max(1, found.drawn)
        st.progress(
            min(1.0, share),
            text=f"{found.answered:,} of {found.drawn:,} answered, {found.waiting:,} waiting",
        )
        for sentence in (*set_aside(found), *found.notes):
            st.caption(f":material/info: {plain(sentence)}")
        if found.answered:
            _picture(found)
        _actions(found, queues)


def _about(found: ReviewProgress) -> str:
    wanted = found.review.filter.model_dump(mode="json", exclude_none=True)
    if not wanted:
        return f", about {found.review.size:,} items"
    narrowed = ", ".join(f"{name} {value}" for name, value in wanted.items())
    return f", about {found.review.size:,} items: {plain(narrowed)}"


def _picture(found: ReviewProgress) -> None:
    left, right = st.columns([4, 3], gap="medium")
    with left:
        st.plotly_chart(
            running_interval(_series(found), from_answer=FEWEST),
            key=f"blind_chart_{found.review.review_id}", config={"displayModeBar": False},
            alt="Difference in mistakes over the answers, with its always-valid interval",
        )  # fmt: skip
    with right:
        kinds = [each for each in found.kinds if each.drawn]
        st.dataframe(
            pl.DataFrame(
                {
                    "kind": [each.kind.words for each in kinds],
                    "answered": [f"{each.answered:,} of {each.drawn:,}" for each in kinds],
                    "a": [each.only_a_wrong for each in kinds],
                    "b": [each.only_b_wrong for each in kinds],
                }
            ),
            hide_index=True,
            key=f"blind_kinds_{found.review.review_id}",
            column_config={
                "kind": st.column_config.TextColumn("Disagreement", width=190),
                "answered": st.column_config.TextColumn("Answered", width="small"),
                "a": st.column_config.NumberColumn("A wrong", width=70),
                "b": st.column_config.NumberColumn("B wrong", width=70),
            },
        )
        st.caption(plain(pairs_words(found)))
        st.caption(
            "What a side sends to review is no mistake of it. Each answer stands for as many items "
            "of its kind as there are for each answer; kinds without an answer count in the "
            "interval with all they may be."
        )


def _series(found: ReviewProgress) -> pl.DataFrame:
    points = [each.found for each in found.series]
    return pl.DataFrame(
        {
            "answers": [each.count for each in points],
            **{
                name: [getattr(each, name) * 1000 for each in points]
                for name in ("difference", "low", "high", "fixed_low", "fixed_high")
            },
        }
    )


def _actions(found: ReviewProgress, queues: dict[str, str]) -> None:
    review, person = found.review, state.person()
    with st.container(horizontal=True, vertical_alignment="center"):
        if found.waiting and review.queue in queues:
            # The page Review calls its queues by what it shows of them.
            st.page_link(
                "views/review.py", label="Answer in Review", icon=":material/inbox:",
                query_params={"queue": plain(queues[review.queue])},
            )  # fmt: skip
        if not person.may(Permission.MANAGE_QUEUES):
            return
        if found.undrawn or found.drawn > found.answered + found.waiting:
            _draw_more(found)
        if found.waiting and st.button(
            "Stop", icon=":material/stop_circle:", key=f"blind_stop_{review.review_id}",
            type="tertiary",
            help="Takes what nobody holds out of the queue. The answers stay, and count.",
        ):  # fmt: skip
            try:
                closed = stop_review(state.workbench().space, person, review.review_id)
            except WorkbenchError as error:
                st.error(plain(str(error)), icon=":material/error:")
                return
            st.toast(f"{closed:,} items were taken out of the queue.")
            st.rerun()


def _draw_more(found: ReviewProgress) -> None:
    workbench, review_id = state.workbench(), found.review.review_id
    with st.popover("Send more", icon=":material/playlist_add:", type="tertiary"):
        count = st.number_input(
            "More of the same disagreements", 1, MOST_DRAWN, _MORE, 20,
            key=f"blind_more_{review_id}",
            help=f"{found.undrawn:,} of those there were when it began were not drawn yet.",
        )  # fmt: skip
        if st.button("Send", key=f"blind_more_send_{review_id}", type="primary"):
            try:
                added = draw_more(
                    workbench.space, workbench.histories, workbench.catalogue, state.person(),
                    review_id, count=int(count),
                )  # fmt: skip
            except WorkbenchError as error:
                st.error(plain(str(error)), icon=":material/error:")
                return
            st.toast(f"{added:,} more items wait.")
            st.rerun()


def _known(known: KnownAnswers) -> None:
    if not known.decided:
        return
    st.caption(
        f":material/history: Known besides: people had decided on {known.decided:,} of the "
        "disagreements, with scores in view and not drawn at random. By that A alone was wrong on "
        f"{known.only_a_wrong:,}, B alone on {known.only_b_wrong:,}. It is in no interval here."
    )
