"""What other tools write is read, and what we write for them comes back as it was."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from core.domain.column_mapping import guess_mapping
from core.domain.decision import Outcome
from core.domain.identifiers import IdSequence
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import operator
from core.errors import ExportError, ImportUndoError
from core.store.job_handle import NoJob
from core.store.store import Store
from core.usecases.catalogue import Catalogue, ensure_catalogue
from core.usecases.export_records import ExportFormat, ExportKind, ExportManifest, export_records
from core.usecases.import_items import ImportRequest, undo_import
from core.usecases.review_item import UndoRequest, decide, undo
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from data.exports.open_writer import open_writer
from data.import_runs import run_import
from data.imports.open_file import open_file
from data.open_store import open_duckdb
from tests.builders import NOON, FixedClock, WordClassifier, a_draft, item_frame

ANN, BEA = operator("ann@example.org"), operator("bea")
HOSTILE = 'a "quote", =1+1\u2028\x07 <b>\u202e{"x": 1}\n[end] 😀'
KINDS = {
    ExportFormat.LABEL_STUDIO: (ExportKind.ITEMS, "tasks.json"),
    ExportFormat.ARGILLA: (ExportKind.ITEMS, "records.jsonl"),
    ExportFormat.ATPROTO: (ExportKind.DECISIONS, "labels.jsonl"),
}


@pytest.fixture
def elsewhere(tmp_path: Path, clock: FixedClock) -> Iterator[Workspace]:
    """An empty workspace of somebody else."""
    ids = IdSequence(clock, node=2)
    store = open_duckdb(str(tmp_path / "elsewhere.duckdb"), clock, ids)
    yield Workspace(store=store, clock=clock, ids=ids)
    store.close()


@pytest.fixture
def decided(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier, clock: FixedClock
) -> list[int]:
    """Five items: rejected and approved again, rejected, undone, decided by two, left alone."""
    frame = item_frame(
        HOSTILE, "you idiot", "buy pills", "hello", "nobody looked",
        external_id=["at://did:plc:x/app.bsky.feed.post/1", "two:words here/ü", "3", "4", "5"],
    )  # fmt: skip
    with space.store.writing() as parts:
        ids = parts.items.add_new(frame)["item_id"].to_list()
    score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy,
        progress=lambda done, total: None,
    )  # fmt: skip

    def step(person, item, outcome, *reasons, **facts):  # type: ignore[no-untyped-def]  # terse
        clock.advance(seconds=61.5)
        draft = a_draft(ids[item], outcome=outcome, reasons=reasons, **facts)
        assert decide(space, person, [draft], policy_version_id=None)[0].accepted
        return draft

    step(ANN, 0, Outcome.REJECT, Label.HATE_SPEECH, Label.SPAM, note=HOSTILE, handling_seconds=7.25)
    step(BEA, 0, Outcome.APPROVE, handling_seconds=None)
    step(ANN, 1, Outcome.REJECT, Label.TOXICITY)
    wrong = step(BEA, 2, Outcome.REJECT, Label.SPAM)
    clock.advance(seconds=5)
    undo(
        space, BEA,
        UndoRequest(undo_id=a_draft(ids[2]).decision_id, decision_id=wrong.decision_id),
    )  # fmt: skip
    step(ANN, 3, Outcome.ESCALATE)
    step(BEA, 3, Outcome.REJECT, Label.VIOLENCE)
    return ids


def _export(
    space: Workspace, catalogue: Catalogue, folder: Path, written_as: ExportFormat
) -> tuple[Path, ExportManifest]:
    kind, name = KINDS[written_as]
    path = folder / name
    manifest = export_records(
        space, catalogue, open_writer(path, written_as, "did:web:labels.example.org"), kind=kind,
        wanted=ItemFilter(), person=ANN, version="1", job=NoJob(),
    )  # fmt: skip
    return path, manifest


def _import(space: Workspace, path: Path):  # type: ignore[no-untyped-def]  # an ImportRun
    reader = open_file(path)
    request = ImportRequest(
        file_name=path.name, file_digest="ab" * 32, tenant_id="acme", person=ANN,
        mapping=guess_mapping(reader.shape.columns, reader.shape.preview),
    )  # fmt: skip
    return run_import(space, reader, request, NoJob())


def _ledger(store: Store, catalogue: Catalogue) -> list[tuple[object, ...]]:
    """What people decided, without who undid what: an undone decision is none."""
    with store.reading() as parts:
        rows = pl.concat(parts.items.stream(catalogue.selection(ItemFilter(), ANN), "decisions"))
    undone = set(rows["reverses_id"].cast(pl.String).drop_nulls())
    return [
        (row["external_id"], row["outcome"], tuple(row["reasons"]), row["note"], row["actor"],
         row["decided_at"], row["handling_seconds"])
        for row in rows.iter_rows(named=True)
        if row["source"] != "policy" and row["outcome"] != "withdraw"
        and str(row["decision_id"]) not in undone
    ]  # fmt: skip


def _problems(space: Workspace, import_id: int) -> list[tuple[int, str, str]]:
    with space.store.reading() as parts:
        return parts.imports.rejected(import_id, None).select("row", "field", "problem").rows()


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().split("\n") if line]


def test_tasks_come_back_with_the_same_decisions(  # type: ignore[no-untyped-def]  # fixtures
    space, catalogue, decided, elsewhere, tmp_path
) -> None:
    path, manifest = _export(space, catalogue, tmp_path, ExportFormat.LABEL_STUDIO)
    assert (manifest.row_count, manifest.format) == (5, ExportFormat.LABEL_STUDIO)
    run = _import(elsewhere, path)
    assert (run.new_count, run.decision_count, run.rejected_count) == (5, 5, 0)
    there = ensure_catalogue(elsewhere, WordClassifier(), actor="tester")
    assert _ledger(elsewhere.store, there) == _ledger(space.store, catalogue)
    again = _import(elsewhere, path)
    assert (again.new_count, again.decision_count, again.rejected_count) == (0, 0, 0)
    assert again.sentence.startswith("Nothing changed")


def test_a_task_says_what_the_model_and_people_said(  # type: ignore[no-untyped-def]  # fixtures
    space, catalogue, decided, tmp_path
) -> None:
    path, _ = _export(space, catalogue, tmp_path, ExportFormat.LABEL_STUDIO)
    first, second, third, *_ = json.loads(path.read_text())
    assert first["data"]["text"] == HOSTILE
    assert [a["lead_time"] for a in first["annotations"]] == [7.25, None]
    assert first["annotations"][0]["completed_by"] == {"email": "ann@example.org"}
    assert "completed_by" not in first["annotations"][1]
    assert third["annotations"][0]["was_cancelled"] is True
    prediction = second["predictions"][0]
    assert prediction["model_version"] == "words-1 1"
    assert {"number": 0.55} in [result["value"] for result in prediction["result"]]


def test_records_come_back_with_each_persons_last_decision(  # type: ignore[no-untyped-def]  # fixtures
    space, catalogue, decided, elsewhere, tmp_path
) -> None:
    path, _ = _export(space, catalogue, tmp_path, ExportFormat.ARGILLA)
    record = _lines(path)[0]
    assert record["fields"] == {"text": HOSTILE}
    assert [each["value"] for each in record["responses"]["outcome"]] == ["reject", "approve"]  # type: ignore[index]  # JSON
    run = _import(elsewhere, path)
    assert (run.new_count, run.decision_count, run.rejected_count) == (5, 5, 0)
    there = ensure_catalogue(elsewhere, WordClassifier(), actor="tester")
    assert _ledger(elsewhere.store, there) == _ledger(space.store, catalogue)


def test_labels_follow_what_stands(space, catalogue, decided, tmp_path) -> None:  # type: ignore[no-untyped-def]  # fixtures
    path, manifest = _export(space, catalogue, tmp_path, ExportFormat.ATPROTO)
    found = [(e["uri"], e["val"], e.get("neg", False)) for e in _lines(path)]
    assert found == [
        ("at://did:plc:x/app.bsky.feed.post/1", "hate-speech", False),
        ("at://did:plc:x/app.bsky.feed.post/1", "spam", False),
        ("at://did:plc:x/app.bsky.feed.post/1", "hate-speech", True),
        ("at://did:plc:x/app.bsky.feed.post/1", "spam", True),
        (
            "urn:moddesk:acme:two%3Awords%20here%2F%C3%BC",
            "toxicity",
            False,
        ),
        ("urn:moddesk:acme:3", "spam", False),
        ("urn:moddesk:acme:3", "spam", True),
        ("urn:moddesk:acme:4", "violence", False),
    ]
    assert manifest.row_count == 8
    assert all(set(e) <= {"ver", "src", "uri", "val", "neg", "cts"} for e in _lines(path))


def test_labels_come_back_onto_items_that_are_there(  # type: ignore[no-untyped-def]  # fixtures
    space, catalogue, decided, elsewhere, tmp_path
) -> None:
    path, _ = _export(space, catalogue, tmp_path, ExportFormat.ATPROTO)
    with elsewhere.store.writing() as parts:
        parts.items.add_new(
            item_frame(
                "a", "b", "c",
                external_id=["at://did:plc:x/app.bsky.feed.post/1", "two:words here/ü", "4"],
            )
        )  # fmt: skip
    run = _import(elsewhere, path)
    assert (run.row_count, run.decision_count) == (8, 4)
    assert _problems(elsewhere, run.import_id) == [
        (6, "external_id", "there is no item with this id in tenant acme"),
        (7, "external_id", "there is no item with this id in tenant acme"),
    ]
    there = ensure_catalogue(elsewhere, WordClassifier(), actor="tester")
    found = [row[:3] for row in _ledger(elsewhere.store, there)]
    assert sorted(found) == [
        ("4", "reject", ("violence",)),
        ("at://did:plc:x/app.bsky.feed.post/1", "approve", ()),
        ("at://did:plc:x/app.bsky.feed.post/1", "reject", ("spam", "hate_speech")),
        ("two:words here/ü", "reject", ("toxicity",)),
    ]
    again = _import(elsewhere, path)
    assert (again.decision_count, again.known_count) == (0, 4)
    undo_import(elsewhere, run.import_id, person=ANN)
    assert not _ledger(elsewhere.store, there)


def test_what_a_person_decided_here_stands(space, catalogue, decided, tmp_path) -> None:  # type: ignore[no-untyped-def]  # fixtures
    path = tmp_path / "l.jsonl"
    path.write_text(json.dumps(_label(uri="urn:moddesk:acme:4", neg=True)))
    run = _import(space, path)
    assert run.decision_count == 0
    assert "people decided" in _problems(space, run.import_id)[0][2]


def test_a_label_takes_an_item_out_of_the_queue_until_it_is_taken_back(  # type: ignore[no-untyped-def]  # fixtures
    space, catalogue, flagged, tmp_path, clock
) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text(json.dumps(_label(uri="urn:moddesk:acme:e0", val="rude")))
    waiting = len(_open(space, flagged))
    run = _import(space, path)
    assert len(_open(space, flagged)) == waiting - 1
    undo_import(space, run.import_id, person=ANN)
    assert len(_open(space, flagged)) == waiting
    run = _import(space, path)
    clock.advance(seconds=5)
    decide(space, ANN, [a_draft(flagged[0])], policy_version_id=None)
    with pytest.raises(ImportUndoError):
        undo_import(space, run.import_id, person=ANN)


def _open(space: Workspace, items: list[int]) -> list[object]:
    with space.store.reading() as parts:
        return list(parts.tasks.open_tasks_of(items))


def _label(**facts: object) -> dict[str, object]:
    label = {"src": "did:plc:labeler", "uri": "e0", "val": "spam", "cts": "2026-05-01T10:00:00Z"}
    return label | facts


def test_bad_labels_are_named_and_good_ones_kept(space, catalogue, flagged, tmp_path) -> None:  # type: ignore[no-untyped-def]  # fixtures
    path = tmp_path / "l.jsonl"
    lines = [
        _label(), _label(src="ann"), _label(val="scammy"), _label(val="x" * 129),
        _label(cts="yesterday"), _label(neg="no"), _label(uri=""), 7,
        _label(uri="e1", cts="2027-01-01T00:00:00Z"),
        _label(uri="e2", exp="2026-05-02T00:00:00Z"),
    ]  # fmt: skip
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n{not json\n")
    run = _import(space, path)
    assert (run.row_count, run.decision_count) == (11, 3)
    assert [problem[:2] for problem in _problems(space, run.import_id)] == [
        (2, "src"), (3, "val"), (4, "val"), (5, "cts"), (6, "neg"), (7, "uri"), (8, "row"),
        (9, "decided_at"), (11, "row"),
    ]  # fmt: skip


FOREIGN_TASKS = [
    {
        "id": 1, "created_at": "2026-03-09T21:52:49.513742Z", "project": 83,
        "data": {"text": "An annotated comment"},
        "annotations": [
            {"id": 1001, "result": [{"from_name": "r", "id": "Dx", "to_name": "text",
             "type": "choices", "value": {"choices": ["Hate speech"]}}], "was_cancelled": False,
             "ground_truth": False, "created_at": "2026-03-09T22:16:08.728353Z",
             "lead_time": 4.288, "completed_by": 10},
            {"id": 1002, "result": [], "was_cancelled": True, "completed_by": 11},
            {"id": 1003, "result": [{"type": "choices", "value": {"choices": ["Positive"]}}]},
            {"id": 1004, "result": [{"type": "rectanglelabels", "value": {"x": 1}}]},
        ],
        "predictions": [{"model_version": "model 1", "result": []}],
    },
    {"id": 2, "data": {"image": "https://example.org/1.jpg"}, "annotations": []},
    {"id": 3, "data": {"comment": "Left the tab open"}, "annotations": [
        {"result": [{"type": "choices", "value": {"choices": ["Approve"]}}], "lead_time": 9e9,
         "created_at": "2026-03-09T22:16:08Z", "completed_by": {"email": "c@example.org"}}]},
]  # fmt: skip


def test_tasks_that_label_studio_wrote_are_read(space, catalogue, tmp_path) -> None:  # type: ignore[no-untyped-def]  # fixtures
    path = tmp_path / "project-83.json"
    path.write_text(json.dumps(FOREIGN_TASKS))
    run = _import(space, path)
    assert (run.row_count, run.new_count, run.decision_count) == (3, 2, 2)
    assert [problem[:2] for problem in _problems(space, run.import_id)] == [
        (1, "annotations"), (1, "annotations"), (2, "body"), (3, "handling_seconds"),
    ]  # fmt: skip
    assert [row[:6] for row in _ledger(space.store, catalogue)] == [
        ("label-studio:83:1", "reject", ("hate_speech",), None, "label-studio:10",
         NOON.replace(month=3, day=9, hour=22, minute=16, second=8, microsecond=728353)),
        ("label-studio::3", "approve", (), None, "c@example.org",
         NOON.replace(month=3, day=9, hour=22, minute=16, second=8)),
    ]  # fmt: skip


def test_answers_from_label_studio_come_back_onto_our_items(  # type: ignore[no-untyped-def]  # fixtures
    space, catalogue, flagged, tmp_path
) -> None:
    path, _ = _export(space, catalogue, tmp_path, ExportFormat.LABEL_STUDIO)
    tasks = json.loads(path.read_text())
    tasks[0]["annotations"] = [
        {"result": [{"type": "choices", "value": {"choices": ["reject"]}},
                    {"type": "choices", "value": {"choices": ["toxicity", "nonsense"]}}],
         "created_at": "2026-05-04T11:30:00Z", "lead_time": 3, "completed_by": 4}
    ]  # fmt: skip
    path.write_text(json.dumps(tasks))
    run = _import(space, path)
    assert (run.new_count, run.known_count, run.decision_count, run.rejected_count) == (0, 5, 1, 1)
    undo_import(space, run.import_id, person=ANN)
    with space.store.reading() as parts:
        assert len(parts.items.get_many(flagged)) == 5


def test_a_broken_array_says_where_and_keeps_nothing(space, catalogue, tmp_path) -> None:  # type: ignore[no-untyped-def]  # fixtures
    path = tmp_path / "t.json"
    path.write_text(json.dumps(FOREIGN_TASKS)[:-200])
    with pytest.raises(Exception, match="breaks off behind element"):
        _import(space, path)


COOP = (
    '"Decisions","Policies","Reviewer","Queue","Job Created At","Claimed At","Decision Time",'
    '"Wait Time (sec)","Handle Time (sec)","Decision Reason","Link"'
)


def _coop(*cells: str) -> str:
    return ",".join(f'"{cell}"' for cell in cells)


def test_decisions_of_coop_come_onto_items(space, catalogue, flagged, tmp_path) -> None:  # type: ignore[no-untyped-def]  # fixtures
    rest = ("jane@example.com", "Appeals", "", "", "2026-05-01 13:58:00 UTC", "300", "180")
    path = tmp_path / "decisions.csv"
    rows = [
        _coop('[""Ban user""]', '[""Spam"",""House rules""]', *rest, "'=repeat", "l", "e0"),
        _coop('[""Ignore""]', "[]", *rest, "", "l", "e1"),
        _coop('[""Closed Automatically""]', "[]", *rest, "", "l", "e2"),
        _coop('[""Ignore""]', "[]", *rest, "", "l", ""),
    ]
    path.write_text("\n".join([f'{COOP},"item_id"', *rows]))
    run = _import(space, path)
    assert run.decision_count == 2
    assert [problem[:2] for problem in _problems(space, run.import_id)] == [
        (1, "Policies"), (3, "Decisions"), (4, "item_id"),
    ]  # fmt: skip
    assert [row[:5] for row in _ledger(space.store, catalogue)] == [
        ("e0", "reject", ("spam",), "=repeat", "jane@example.com"),
        ("e1", "approve", (), None, "jane@example.com"),
    ]


def test_coops_own_file_lacks_the_items_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text(f"{COOP}\n" + _coop(*["x"] * 11))
    with pytest.raises(Exception, match="Add a column named item_id"):
        open_file(path)


def test_a_format_fits_its_kind_and_ending(space, catalogue, tmp_path) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with pytest.raises(ExportError, match=r"must end in \.json"):
        open_writer(tmp_path / "a.csv", ExportFormat.LABEL_STUDIO)
    with pytest.raises(ExportError, match="not a DID"):
        open_writer(tmp_path / "a.jsonl", ExportFormat.ATPROTO, "me")
    with pytest.raises(ExportError, match="cannot be written as"):
        export_records(
            space, catalogue, open_writer(tmp_path / "a.jsonl", ExportFormat.ATPROTO),
            kind=ExportKind.ITEMS, wanted=ItemFilter(), person=ANN, version="1", job=NoJob(),
        )  # fmt: skip
    assert not list(tmp_path.glob("*.jsonl"))


def test_an_empty_selection_is_an_empty_file(space, catalogue, tmp_path) -> None:  # type: ignore[no-untyped-def]  # fixtures
    for written_as in KINDS:
        path, manifest = _export(space, catalogue, tmp_path, written_as)
        assert manifest.row_count == 0
        assert path.read_text().split() in ([], ["[", "]"])
