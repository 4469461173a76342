"""What columns and labels of a file with an outside model's scores are taken for."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.label import Label
from core.domain.outside_labels import Fate, folded, is_known, is_usable, likely_source, suggested
from core.domain.score_frame import find_labels
from core.domain.score_mapping import (
    Layout,
    ScoreColumns,
    find_columns,
    map_scores,
    meaning_digest,
    meaning_of,
    parse_targets,
)
from core.errors import MappingError

PERSPECTIVE = ["TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "THREAT", "SEXUALLY_EXPLICIT",
               "SPAM", "INSULT", "PROFANITY", "FLIRTATION"]  # fmt: skip
OPENAI = [
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
    "illicit/violent", "self-harm", "self-harm/instructions", "self-harm/intent", "sexual",
    "sexual/minors", "violence", "violence/graphic",
]  # fmt: skip


def test_the_labels_of_perspective_and_openai_are_known() -> None:
    assert all(map(is_known, [*PERSPECTIVE, *OPENAI]))
    ours = {name: found for name, found in suggested(PERSPECTIVE).items() if found is not Fate.KEPT}
    assert ours == {
        "TOXICITY": Label.TOXICITY, "IDENTITY_ATTACK": Label.HATE_SPEECH, "THREAT": Label.VIOLENCE,
        "SEXUALLY_EXPLICIT": Label.ADULT_CONTENT, "SPAM": Label.SPAM,
    }  # fmt: skip
    ours = {name: found for name, found in suggested(OPENAI).items() if found is not Fate.KEPT}
    assert ours == {
        "harassment": Label.TOXICITY, "hate": Label.HATE_SPEECH, "sexual": Label.ADULT_CONTENT,
        "violence": Label.VIOLENCE,
    }  # fmt: skip
    assert likely_source(PERSPECTIVE) == "perspective"
    assert likely_source(OPENAI) == "openai-moderation"
    assert likely_source(["toxicity"]) == ""


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("attributeScores.THREAT.summaryScore.value", "threat"),
        ("attributeScores_THREAT_summaryScore_value", "threat"),
        ("Perspective Toxicity Score", "toxicity"),
        ("SEVERE_TOXICITY_EXPERIMENTAL", "severe_toxicity"),
        ("category_scores.self-harm/intent", "self_harm_intent"),
        ("score", "score"),
    ],
)
def test_a_dressed_name_is_the_same_label(name: str, plain: str) -> None:
    assert folded(name) == plain


@given(st.lists(st.text(), unique=True))
def test_a_suggestion_never_means_one_of_ours_twice(names: list[str]) -> None:
    found = suggested([*names, *PERSPECTIVE, *OPENAI])
    ours = [target for target in found.values() if isinstance(target, Label)]
    assert len(ours) == len(set(ours))


def test_the_layout_is_found_by_the_columns() -> None:
    assert find_columns(["id", "label", "score"], {}).layout is Layout.LONG
    assert find_columns(["Comment-ID", "TOXICITY"], {}).layout is Layout.WIDE
    assert find_columns(["clientToken", "attributeScores"], {}).layout is Layout.ANSWERS
    assert find_columns(["id", "category", "value"], {"label": ""}).layout is Layout.WIDE
    columns = find_columns(["id", "site", "kind", "p"], {"label": "kind", "score": "p"})
    assert columns == ScoreColumns(external_id="id", tenant_id="site", label="kind", score="p")


def test_columns_that_hold_no_scores_are_no_labels() -> None:
    preview = pl.DataFrame(
        {"id": ["1", "2"], "text": ["0.4 of it", "no"], "TOXICITY": ["x", "y"],
         "mine": ["0.5", "bad"], "year": ["2024", "2025"], "later": [None, None]}
    )  # fmt: skip
    columns = find_columns(preview.columns, {})
    found = find_labels(columns, tuple(preview.columns), preview, iter(()))
    assert found == ["TOXICITY", "mine", "later"]


def test_a_column_of_texts_is_not_taken_for_labels() -> None:
    columns = ScoreColumns(external_id="id", label="label", score="score")
    frame = pl.DataFrame({"id": range(65), "label": [f"l{n}" for n in range(65)], "score": 0.5})
    with pytest.raises(MappingError, match="more than 64 different labels"):
        find_labels(columns, tuple(frame.columns), frame, iter([frame]))
    few = frame.head(64)
    assert len(find_labels(columns, tuple(few.columns), few, iter([few]))) == 64


def test_names_that_no_label_may_have_are_left_aside() -> None:
    assert not any(map(is_usable, ["", "a\nb", "a\x00b", "x" * 101, "\u202eabc"]))
    assert is_usable("hate/threatening 😀")


def test_a_mapping_is_written_as_pairs() -> None:
    assert parse_targets(["THREAT=violence", "a=b=extra", "X=none"]) == {
        "THREAT": Label.VIOLENCE, "a=b": Fate.KEPT, "X": Fate.LEFT_OUT,
    }  # fmt: skip
    for pair in ("THREAT", "THREAT=misinformation", "=toxicity", "a\nb=toxicity"):
        with pytest.raises(MappingError):
            parse_targets([pair])


def test_what_somebody_says_wins_over_the_suggestion() -> None:
    columns = ScoreColumns(external_id="id")
    mapping = map_scores(columns, ["TOXICITY", "INSULT"], {"INSULT": Label.TOXICITY})
    assert mapping.labels == {"TOXICITY": Fate.KEPT, "INSULT": Label.TOXICITY}
    assert mapping.used == ["INSULT", "TOXICITY"]


def test_the_digest_is_of_what_the_labels_mean_and_not_of_how_the_file_looks() -> None:
    wide = map_scores(ScoreColumns(external_id="id"), ["toxicity_score", "INSULT"], {})
    long = map_scores(ScoreColumns(external_id="i", label="l", score="s"), ["TOXICITY"], {})
    assert meaning_digest("p", "1", wide.meaning) == meaning_digest("p", "1", long.meaning)
    assert meaning_digest("p", "1", wide.meaning) != meaning_digest("p", "2", wide.meaning)
    assert meaning_of(wide.as_pairs()) == wide.meaning
    other = map_scores(ScoreColumns(external_id="id"), ["TOXICITY"], {"TOXICITY": Label.SPAM})
    assert meaning_digest("p", "1", other.meaning) != meaning_digest("p", "1", wide.meaning)
