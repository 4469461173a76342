"""What the addresses of Perspective keep, on both databases."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from starlette.testclient import TestClient

from data.bootstrap import Workbench
from tests.builders import WordClassifier
from tests.dashboard.api.comments import ANALYZE, COMMENT, SUGGEST, SUGGESTION, kept_items


@pytest.fixture
def api_database(database_url: str) -> str:
    return database_url


def test_a_comment_is_an_item_once_and_its_suggested_score_is_about_it(
    acme: TestClient, workbench: Workbench
) -> None:
    first = acme.post(ANALYZE, json=COMMENT)
    assert first.status_code == 200, first.text
    assert first.json() == {
        "attributeScores": {
            "TOXICITY": {
                "spanScores": [
                    {"begin": 0, "end": 12, "score": {"value": pytest.approx(0.55),
                                                      "type": "PROBABILITY"}}
                ],
                "summaryScore": {"value": pytest.approx(0.55), "type": "PROBABILITY"},
            }
        },
        "languages": ["en"],
        "detectedLanguages": ["und"],
    }  # fmt: skip
    assert acme.post(ANALYZE, json=COMMENT).status_code == 200
    [item] = kept_items(acme)
    assert (item["body"], item["verdict"]) == ("you idiot 👍", "review")
    suggested = acme.post(SUGGEST, json=SUGGESTION | {"clientToken": "t", "languages": ["en"]})
    assert suggested.status_code == 200
    assert suggested.json() == {
        "detectedLanguages": ["und"], "requestedLanguages": ["en"], "clientToken": "t",
    }  # fmt: skip
    again = acme.post(SUGGEST, json=SUGGESTION)
    assert again.status_code == 200
    assert len(kept_items(acme)) == 2
    with workbench.space.store.reading() as parts:
        events = [each for each in parts.audit.events() if each.verb == "score.suggested"]
    assert item["id"] in [each.subject.removeprefix("item:") for each in events]
    assert [each.details["scores"] for each in events] == [
        {"TOXICITY": {"summary": 1.0, "spans": []}}
    ] * 2
    assert "idiot" not in str([each.details for each in events])
    # A suggestion is no decision.
    assert acme.get(f"/api/v1/content/{item['id']}").json()["decisions"] == []


@pytest.mark.parametrize("name", ["doNotStore", "do_not_store"])
def test_do_not_store_keeps_nothing(acme: TestClient, workbench: Workbench, name: str) -> None:
    answer = acme.post(ANALYZE, json=COMMENT | {name: True})
    assert answer.status_code == 200
    assert kept_items(acme) == []
    with workbench.space.store.reading() as parts:
        assert not [each for each in parts.audit.events() if each.verb == "content.added"]


def test_what_is_kept_belongs_to_the_keys_tenant(acme: TestClient, zoo: TestClient) -> None:
    zoo.post(ANALYZE, json=COMMENT)
    assert kept_items(acme) == []
    assert len(kept_items(zoo)) == 1
    acme.post(ANALYZE, json=COMMENT)
    assert len(kept_items(acme)) == len(kept_items(zoo)) == 1


def test_a_kept_comment_is_scored_once(acme: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    true_score = WordClassifier.score

    def counted(self: WordClassifier, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        asked.extend(texts)
        return true_score(self, texts)

    monkeypatch.setattr(WordClassifier, "score", counted)
    assert acme.post(ANALYZE, json=COMMENT).status_code == 200
    assert asked == ["you idiot 👍"]
    assert [item["verdict"] for item in kept_items(acme)] == ["review"]
