"""Clusters of rows that are no independent evidence, and near-duplicates."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.clusters import joined
from core.experiments.near_duplicates import near_duplicate_groups

KEYS = st.lists(
    st.tuples(st.none() | st.integers(0, 5), st.none() | st.sampled_from("abc")), max_size=25
)


def test_rows_that_share_any_key_are_one_cluster_also_by_way_of_others() -> None:
    authors = ["ann", "bob", "ann", None, "eve", None]
    groups = [1, 2, 2, 3, None, None]
    # ann - group 2 - bob; the others alone. A number and a name never mean the same.
    assert joined(authors, groups).tolist() == [0, 0, 0, 1, 2, 3]
    assert joined([1, 2], [2, 1]).tolist() == [0, 1]


def test_missing_keys_join_nothing() -> None:
    assert joined([None, None, float("nan"), float("nan")]).tolist() == [0, 1, 2, 3]
    assert joined().shape == joined([]).shape == (0,)


def test_keys_of_other_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="one entry for each row"):
        joined(["a"], ["a", "b"])


@given(KEYS)
def test_clusters_are_the_closure_of_sharing_a_key(
    rows: list[tuple[int | None, str | None]],
) -> None:
    one, two = [row[0] for row in rows], [row[1] for row in rows]
    label = list(range(len(rows)))
    for _ in rows:
        for i in range(len(rows)):
            for j in range(len(rows)):
                if any(k[i] is not None and k[i] == k[j] for k in (one, two)):
                    label[i] = label[j] = min(label[i], label[j])
    found = joined(one, two)
    assert [[a == b for a in label] for b in label] == [[a == b for a in found] for b in found]
    # Numbered in order of appearance.
    assert list(dict.fromkeys(found.tolist())) == list(range(len(set(label))))


def test_copies_with_another_name_in_them_are_one_group() -> None:
    texts = [
        "You have won a prize, claim it at our page before tonight, dear Anna",
        "The weather in the north will be cold and windy all week",
        "you have WON a prize,  claim it at our page before tonight, dear Berta",
        "Nobody asked for your opinion on this, go away",
    ]
    assert near_duplicate_groups(texts).tolist() == [0, 1, 0, 2]


def test_short_and_empty_texts_are_alike_only_when_equal() -> None:
    texts = ["", "   ", "abc", "ABC ", "abd", "no", "no!"]
    assert near_duplicate_groups(texts).tolist() == [0, 0, 1, 1, 2, 3, 4]
    assert near_duplicate_groups([]).shape == (0,)


def test_texts_of_any_script_are_read() -> None:
    texts = ["Привет всем, это просто обычный текст о погоде", "привет всем, это просто обычный текст о погоде!", "今天天气很好我们去公园散步吧朋友们", "\ud800 half an emoji"]  # fmt: skip
    assert near_duplicate_groups(texts).tolist() == [0, 0, 1, 2]


def _similarity(one: str, two: str) -> float:
    a, b = ({text[i : i + 5] for i in range(len(text) - 4)} for text in (one, two))
    return len(a & b) / len(a | b)


def test_groups_agree_with_the_exact_similarity_but_near_the_threshold() -> None:
    chance = random.Random(4)
    words = ["".join(chance.choices("abcdefghij", k=6)) for _ in range(500)]
    pairs = []
    for _ in range(400):
        text = chance.choices(words, k=16)
        other = list(text)
        for place in chance.sample(range(16), k=chance.randint(1, 8)):
            other[place] = chance.choice(words)
        pairs.append((" ".join(text), " ".join(other)))
    found = near_duplicate_groups([text for pair in pairs for text in pair]).reshape(-1, 2)
    for (one, two), (first, second) in zip(pairs, found, strict=True):
        similarity = _similarity(one, two)
        # Three and a half standard errors of a sketch around .7.
        if similarity > 0.84:
            assert first == second
        if similarity < 0.55:
            assert first != second


def test_a_template_posted_thousands_of_times_is_one_group() -> None:
    texts = [
        f"Cheap followers for everybody, order number {n} at our page today" for n in range(3000)
    ]
    assert set(near_duplicate_groups(texts)) == {0}


@given(st.lists(st.text(max_size=20), max_size=12))
@settings(deadline=None, max_examples=40)
def test_equal_texts_are_of_one_group_and_runs_agree(texts: list[str]) -> None:
    twice = near_duplicate_groups(texts + texts)
    assert (twice[: len(texts)] == twice[len(texts) :]).all()
    assert (near_duplicate_groups(texts) == twice[: len(texts)]).all()
    assert np.array_equal(np.unique(twice), np.arange(len(set(twice.tolist()))))
