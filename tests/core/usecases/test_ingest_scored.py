"""Content that is scored and kept for several requests at once, on both databases."""

import polars as pl
import pytest

from core.domain.content_draft import ContentDraft
from core.domain.person import Person
from core.domain.role import Role
from core.errors import ContentConflictError
from core.usecases.catalogue import Catalogue
from core.usecases.ingest_content import IngestResult, ingest_content, sent_content
from core.usecases.ingest_scored import ScoredContent, keep_scored, score_sent
from core.usecases.read_content import read_content
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier

ANN, ZED = (
    Person(name="key:ann", role=Role.ADMIN, tenants=("acme",)),
    Person(name="key:zed", role=Role.ADMIN, tenants=("zoo",)),
)
Answer = IngestResult | ContentConflictError


def _unsure(bodies: pl.Series) -> pl.Series:
    return pl.Series([None] * len(bodies), dtype=pl.String)


class Sender:
    """Sends several requests at once."""

    def __init__(self, space: Workspace, catalogue: Catalogue, classifier: WordClassifier) -> None:
        self.space, self.catalogue, self.classifier = space, catalogue, classifier

    def request(
        self, *pieces: tuple[str, str], by: Person = ANN, keeps_good: bool = False
    ) -> ScoredContent:
        drafts = [
            (n, ContentDraft(external_id=name, body=body)) for n, (name, body) in enumerate(pieces)
        ]
        tenant = (by.tenants or ("acme",))[0]
        sent = sent_content(by, drafts, tenant=tenant, keeps_good=keeps_good)
        return score_sent(self.space, self.classifier, self.catalogue, sent)

    def keep(self, *requests: ScoredContent) -> list[Answer]:
        return keep_scored(self.space, self.catalogue, requests, _unsure)

    def row(self, item_id: int, by: Person = ANN) -> dict[str, object]:
        return dict(read_content(self.space, self.catalogue, item_id, person=by).row)


@pytest.fixture
def sender(space: Workspace, catalogue: Catalogue, classifier: WordClassifier) -> Sender:
    return Sender(space, catalogue, classifier)


def _kept(answer: Answer) -> list[tuple[str, bool]]:
    assert isinstance(answer, IngestResult)
    return [(each.external_id, each.is_new) for each in answer.kept]


def _ids(answer: Answer) -> list[int]:
    assert isinstance(answer, IngestResult)
    return [each.item_id for each in answer.kept]


def test_requests_of_two_tenants_are_kept_together_each_under_its_name(sender: Sender) -> None:
    ours, theirs = sender.keep(
        sender.request(("c1", "you idiot"), ("c2", "hello")),
        sender.request(("c1", "idiot idiot"), by=ZED),
    )
    assert _kept(ours) == [("c1", True), ("c2", True)]
    assert _kept(theirs) == [("c1", True)]
    review, approved = (sender.row(item_id) for item_id in _ids(ours))
    assert (review["verdict"], review["queue"]) == ("review", "review")
    assert (approved["verdict"], approved["status"]) == ("approve", "approved")
    assert sender.row(_ids(theirs)[0], ZED)["status"] == "rejected"
    with sender.space.store.reading() as parts:
        events = [each for each in parts.audit.events() if each.verb == "content.added"]
    assert [(each.actor, each.subject, each.details["new_count"]) for each in events] == [
        ("key:ann", "tenant:acme", 2),
        ("key:zed", "tenant:zoo", 1),
    ]


def test_a_request_that_conflicts_keeps_nothing_and_touches_no_other(sender: Sender) -> None:
    sender.keep(sender.request(("c1", "hello")))
    bad, good, lenient = sender.keep(
        sender.request(("c1", "other"), ("c3", "new")),
        sender.request(("c4", "fine")),
        sender.request(("c1", "another"), ("c5", "fine too"), keeps_good=True),
    )
    assert isinstance(bad, ContentConflictError)
    assert [(each.position, each.fields) for each in bad.differing] == [(0, ("body",))]  # type: ignore[attr-defined]
    assert _kept(good) == [("c4", True)]
    assert _kept(lenient) == [("c5", True)]
    assert isinstance(lenient, IngestResult)
    assert [each.external_id for each in lenient.differing] == ["c1"]
    [later] = sender.keep(sender.request(("c3", "as if never sent")))
    assert _kept(later) == [("c3", True)]


def test_the_first_of_two_that_send_the_same_id_at_once_has_it(sender: Sender) -> None:
    first, same, other = sender.keep(
        sender.request(("c1", "you idiot")),
        sender.request(("c1", "you  idiot ")),
        sender.request(("c1", "hello")),
    )
    assert _kept(first) == [("c1", True)]
    assert (_kept(same), _ids(same)) == ([("c1", False)], _ids(first))
    assert isinstance(other, ContentConflictError)


def test_what_a_refused_request_brought_first_is_the_nexts(sender: Sender) -> None:
    sender.keep(sender.request(("taken", "hello")))
    refused, kept = sender.keep(
        sender.request(("c1", "hello"), ("taken", "other")), sender.request(("c1", "you idiot"))
    )
    assert isinstance(refused, ContentConflictError)
    assert _kept(kept) == [("c1", True)]
    assert sender.row(_ids(kept)[0])["verdict"] == "review"


def test_what_was_kept_before_and_waits_for_scores_gets_them_now(sender: Sender) -> None:
    drafts = [(0, ContentDraft(external_id="c1", body="you idiot"))]
    sent = sent_content(ANN, drafts, tenant="acme")
    [waiting] = ingest_content(sender.space, sent, _unsure).kept
    assert sender.row(waiting.item_id)["verdict"] is None
    [answer] = sender.keep(sender.request(("c1", "you idiot"), ("c2", "hello")))
    assert _kept(answer) == [("c1", False), ("c2", True)]
    assert sender.row(waiting.item_id)["verdict"] == "review"
    [again] = sender.keep(sender.request(("c1", "you idiot")))
    assert _kept(again) == [("c1", False)]


def test_content_that_many_pieces_share_is_scored_once(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.keep(sender.request(("known", "you idiot")))
    asked: list[str] = []
    score = sender.classifier.score

    def counted(texts: list[str]) -> object:
        asked.extend(texts)
        return score(texts)

    monkeypatch.setattr(sender.classifier, "score", counted)
    names = [f"c{n}" for n in range(10)]
    bodies = ["you idiot", "hello", "hello", *(f"hello {n}" for n in range(7))]
    [answer] = sender.keep(sender.request(*zip(names, bodies, strict=True)))
    assert sorted(asked) == sorted({*bodies} - {"you idiot"})
    rows = [sender.row(item_id) for item_id in _ids(answer)]
    assert [row["verdict"] for row in rows] == ["review", *["approve"] * 9]
