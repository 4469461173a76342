"""Content that programs send: kept once, scored apart, on both databases."""

import polars as pl
import pytest

from core.domain.content_draft import ContentDraft
from core.domain.person import Person
from core.domain.role import Role
from core.errors import ContentConflictError, ForbiddenError
from core.usecases.catalogue import Catalogue
from core.usecases.ingest_content import (
    IngestResult,
    ingest_content,
    score_ingested,
    sent_content,
)
from core.usecases.read_content import read_content
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier

ADMIN = Person(name="root", role=Role.ADMIN)


def _unsure(bodies: pl.Series) -> pl.Series:
    return pl.Series([None] * len(bodies), dtype=pl.String)


def _sent(space: Workspace, *drafts: dict[str, object], **facts: object) -> IngestResult:
    read = [(n, ContentDraft.model_validate(each)) for n, each in enumerate(drafts)]
    sent = sent_content(ADMIN, read, **({"tenant": "acme"} | facts))  # type: ignore[arg-type]
    return ingest_content(space, sent, _unsure)


FULL = {
    "external_id": "c1", "body": "you idiot", "title": "T", "author_id": "ann", "language": "de",
    "tags": [" Loud ", "loud", "NEW"], "metadata": {"reports": 3}, "source": "app",
    "thread_id": "t1", "created_at": "2026-05-04T10:00:00+02:00",
}  # fmt: skip


def test_everything_that_was_sent_is_kept(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier
) -> None:
    [kept] = _sent(space, FULL).kept
    assert kept.is_new
    assert score_ingested(space, classifier, catalogue, [kept.item_id]).task_count == 1
    found = read_content(space, catalogue, kept.item_id, person=ADMIN)
    item = found.item
    assert (item.external_id, item.tenant_id, item.title, item.body) == (
        "c1",
        "acme",
        "T",
        "you idiot",
    )
    assert (item.tags, item.metadata, item.language) == (("loud", "new"), {"reports": 3}, "de")
    assert item.created_at.isoformat() == "2026-05-04T08:00:00+00:00"
    assert found.row["toxicity"] == pytest.approx(0.55)
    assert found.row["queue"] == "review"
    # Again, and scored again: nothing changes.
    [again] = _sent(space, FULL).kept
    assert (again.item_id, again.is_new) == (kept.item_id, False)
    assert score_ingested(space, classifier, catalogue, [kept.item_id]).scored_count == 0


def test_the_same_id_is_another_item_in_another_tenant(space: Workspace) -> None:
    [one] = _sent(space, FULL).kept
    [other] = _sent(space, FULL | {"body": "other"}, tenant="zoo").kept
    assert other.is_new
    assert other.item_id != one.item_id


def test_a_conflict_keeps_nothing_or_what_is_good(space: Workspace) -> None:
    _sent(space, FULL)
    drafts = ({"external_id": "c2", "body": "x"}, FULL | {"body": "other", "title": None})
    with pytest.raises(ContentConflictError) as caught:
        _sent(space, *drafts)
    [differing] = caught.value.differing
    assert (differing.position, differing.fields) == (1, ("title", "body"))  # type: ignore[attr-defined]
    with space.store.reading() as parts:
        assert parts.items.newest_id() == _sent(space, FULL).kept[0].item_id
    result = _sent(space, *drafts, keeps_good=True)
    assert [each.external_id for each in result.kept] == ["c2"]
    assert [each.position for each in result.differing] == [1]


def test_what_people_decided_before_it_was_scored_stands(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier
) -> None:
    from core.usecases.review_item import decide
    from tests.builders import a_draft

    [kept] = _sent(space, FULL | {"body": "idiot idiot"}).kept
    decide(space, ADMIN, [a_draft(kept.item_id)], policy_version_id=None)
    summary = score_ingested(space, classifier, catalogue, [kept.item_id])
    assert (summary.kept_by_people_count, summary.rejected_count) == (1, 0)
    found = read_content(space, catalogue, kept.item_id, person=ADMIN)
    assert (found.row["status"], found.row["verdict"]) == ("approved", "reject")


def test_nobody_sends_into_a_tenant_that_is_not_theirs(space: Workspace) -> None:
    kept_to_zoo = Person(name="zed", role=Role.ADMIN, tenants=("zoo",))
    draft = [(0, ContentDraft(external_id="c", body="x"))]
    with pytest.raises(ForbiddenError):
        sent_content(kept_to_zoo, draft, tenant="acme")
