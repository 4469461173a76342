"""Scores of a model that runs elsewhere, on both stores."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from core.domain.import_run import ImportRun
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.outside_labels import Fate, Target
from core.domain.person import Person, operator
from core.domain.role import Role
from core.errors import (
    ForbiddenError,
    ImportUndoError,
    JobCancelledError,
    MappingError,
    NotFoundError,
    OutsideModelError,
    UnknownModelError,
    UnreadableFileError,
)
from core.store.job_handle import JobHandle, NoJob
from core.usecases.list_imports import list_imports, refused_rows
from core.usecases.outside_models import OutsideModel, outside_models
from data.bootstrap import Workbench, open_workbench, read_settings
from data.exports.record_writer import file_digest
from data.score_imports import ScoreFile, import_score_file, look_at_scores
from data.sql.store import SqlStore
from data.sql.tables import item, score
from tests.builders import FixedClock
from tests.dashboard.word_workbench import WordRegistry

ANN = operator("ann")
OURS = Person(name="olga", role=Role.ADMIN, tenants=("acme",))


@pytest.fixture
def workbench(database_url: str, clock: FixedClock, tmp_path: Path) -> Iterator[Workbench]:
    """Items 1 to 5 of acme, 1 and 9 of the zoo, scored by the model in use."""
    settings = read_settings(
        database_url=database_url, actor="ann", pool_size=6, model="words-1", files_dir=tmp_path
    )
    with open_workbench(settings, clock, WordRegistry()) as opened:
        path = tmp_path / "items.csv"
        rows = [f"{n},text number {n},acme" for n in range(1, 6)] + ["1,other,zoo", "9,nine,zoo"]
        path.write_text("\n".join(["id,text,tenant", *rows]) + "\n")
        opened.import_file(path, mapping=[], job=NoJob())
        opened.score(NoJob())
        yield opened


class _Scores:
    """Writes a file with scores and imports it."""

    def __init__(self, workbench: Workbench, folder: Path) -> None:
        self.workbench, self.folder = workbench, folder

    def file(self, *rows: str, header: str | None = "id,TOXICITY", name: str = "s.csv") -> Path:
        path = self.folder / name
        path.write_text("\n".join([*([header] if header else []), *rows]) + "\n")
        return path

    def add(
        self, path: Path, *, version: str = "1", name: str = "perspective",
        tenant: str | None = "acme", person: Person | None = None, job: JobHandle | None = None,
        columns: dict[str, str] | None = None, **targets: Target,
    ) -> ImportRun:  # fmt: skip
        file = ScoreFile(path=path, name=path.name, columns=columns or {}, targets=targets)
        return import_score_file(
            self.workbench, file, OutsideModel(name=name, version=version), job=job or NoJob(),
            tenant=tenant, person=person,
        )  # fmt: skip

    def problems(self, run: ImportRun) -> list[tuple[int, str, str, str | None]]:
        rows = refused_rows(self.workbench.space, ANN, run.import_id, limit=None)
        return [(row[0], row[1], row[2], row[3]) for row in rows.rows()]

    def stored(self, version: str = "1") -> dict[str, dict[str, object]]:
        """What the version has, by tenant/id."""
        number = next(
            each.model_version_id
            for each in outside_models(self.workbench.space)
            if each.version == version
        )
        store = self.workbench.space.store
        assert isinstance(store, SqlStore)
        query = (
            select(item.c.tenant_id, item.c.external_id, item.c.content_hash.label("now"), score)
            .join(score, score.c.item_id == item.c.item_id)
            .where(score.c.model_version_id == number)
        )
        with store.dialect.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        for row in rows:
            assert row["now"] == row["content_hash"]
        return {f"{row['tenant_id']}/{row['external_id']}": row for row in rows}


@pytest.fixture
def scores(workbench: Workbench, tmp_path: Path) -> _Scores:
    return _Scores(workbench, tmp_path)


def _near(row: dict[str, object], **values: float | None) -> bool:
    return all(row[name] == (None if wanted is None else pytest.approx(wanted))
               for name, wanted in values.items())  # fmt: skip


def test_a_wide_file_becomes_a_version_that_only_has_scores(scores: _Scores) -> None:
    path = scores.file(
        "1,0.9,0.25,0.1,ann", "2,0.1,,,ben", header="comment_id,TOXICITY,THREAT,INSULT,user"
    )
    run = scores.add(path)
    assert (run.row_count, run.new_count, run.rejected_count) == (2, 2, 0)
    assert run.sentence.startswith("2 items now have scores of perspective (1).")
    (version,) = outside_models(scores.workbench.space)
    assert (version.kind, version.labels) == ("external", (Label.TOXICITY, Label.VIOLENCE))
    stored = scores.stored()
    assert _near(stored["acme/1"], toxicity=0.9, violence=0.25, spam=None)
    assert _near(stored["acme/2"], toxicity=0.1, violence=None)
    extra = stored["acme/1"]["extra"]
    assert (json.loads(extra) if isinstance(extra, str) else extra) == {"INSULT": 0.1}
    assert stored["acme/2"]["extra"] is None


def test_a_long_file_and_raw_answers_say_the_same(scores: _Scores, tmp_path: Path) -> None:
    long = scores.file(
        "1,TOXICITY,0.9", "1,INSULT,0.1", "2,TOXICITY,0.2", "1,INSULT,0.1",
        header="external_id,label,score",
    )  # fmt: skip
    assert scores.add(long).new_count == 2
    answer = {
        "id": 1,
        "languages": ["en"],
        "attributeScores": {
            "TOXICITY": {
                "spanScores": [{"begin": 0, "end": 3, "score": {"value": 0.3}}],
                "summaryScore": {"value": 0.9, "type": "PROBABILITY"},
            },
            "INSULT": {"summaryScore": {"value": 0.1, "type": "PROBABILITY"}},
        },
    }
    second = {"id": "2", "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0.2}}}}
    raw = scores.file(json.dumps(answer), json.dumps(second), header=None, name="a.jsonl")
    assert scores.add(raw, version="2").new_count == 2
    first, other = scores.stored("1"), scores.stored("2")
    for key in ("acme/1", "acme/2"):
        for column in ("toxicity", "extra"):
            assert first[key][column] == other[key][column]
    # The same again as Parquet, into the same version: nothing is new.
    pl.DataFrame({"id": [1, 2], "TOXICITY": [0.9, 0.2], "INSULT": [0.1, None]}).write_parquet(
        tmp_path / "s.parquet"
    )
    again = scores.add(tmp_path / "s.parquet")
    assert (again.new_count, again.known_count, again.rejected_count) == (0, 2, 0)


def test_openai_categories_in_one_column_are_read(scores: _Scores) -> None:
    line = {"id": 1, "category_scores": {"harassment": 0.5, "hate/threatening": 0.25, "sexual": 1}}
    assert scores.add(scores.file(json.dumps(line), header=None, name="o.jsonl")).new_count == 1
    assert _near(scores.stored()["acme/1"], toxicity=0.5, adult_content=1.0, hate_speech=None)


def test_repeating_adds_nothing_and_says_so(scores: _Scores) -> None:
    path = scores.file("1,0.9", "2,0.1")
    scores.add(path)
    again = scores.add(path)
    assert (again.new_count, again.known_count, again.rejected_count) == (0, 2, 0)
    assert again.sentence.startswith("Nothing changed: 2 had these scores before")
    assert len(outside_models(scores.workbench.space)) == 1


def test_a_version_grows_by_files_with_other_items_and_fewer_labels(scores: _Scores) -> None:
    scores.add(scores.file("1,0.9,0.2", header="id,TOXICITY,THREAT"))
    run = scores.add(scores.file("1,0.9", "2,0.4"))
    assert (run.new_count, run.known_count) == (1, 1)
    assert len(outside_models(scores.workbench.space)) == 1


def test_a_changed_score_is_refused_with_another_version_to_take(scores: _Scores) -> None:
    scores.add(scores.file("1,0.9,0.3", "2,0.1,0.3", header="id,TOXICITY,INSULT"))
    run = scores.add(
        scores.file("1,0.8,0.3", "2,0.1,0.4", "3,0.5,0.5", header="id,TOXICITY,INSULT")
    )
    assert (run.new_count, run.known_count, run.changed_count) == (1, 0, 2)
    first, second = scores.problems(run)
    assert first[:2] == (1, "TOXICITY")
    assert "import these as another version, such as “1-2”" in first[2]
    assert first[3] == "0.8 here, 0.9 recorded"
    assert second[:2] == (2, "INSULT")
    assert _near(scores.stored()["acme/1"], toxicity=0.9)
    assert scores.add(scores.file("1,0.8"), version="1-2").new_count == 1


def test_bad_rows_are_listed_and_good_ones_kept(scores: _Scores) -> None:
    run = scores.add(
        scores.file("1,0.5", "2,1.2", "3,-0.1", "4,high", "5,NaN", ",0.5", "77,0.5", "2,inf", "3,")
    )
    assert (run.row_count, run.new_count, run.rejected_count) == (9, 1, 8)
    found = {row: (field, problem) for row, field, problem, _ in scores.problems(run)}
    assert found == {
        2: ("TOXICITY", "outside 0 to 1: a score lies between them"),
        3: ("TOXICITY", "outside 0 to 1: a score lies between them"),
        4: ("TOXICITY", "not a number"),
        5: ("TOXICITY", "not a number"),
        6: ("external_id", "missing: whose score is this?"),
        7: ("external_id", "no item of this tenant has this id"),
        8: ("TOXICITY", "not a number"),
        9: ("row", "no score for any label that is used"),
    }
    assert list(scores.stored()) == ["acme/1"]
    content = scores.workbench.rejected_csv(run.import_id)
    assert content.startswith(b"row,field,problem,excerpt")
    assert b"2,TOXICITY,outside 0 to 1: a score lies between them,1.2" in content


def test_the_ends_of_the_scale_are_scores(scores: _Scores) -> None:
    run = scores.add(scores.file("1,0", "2,1", "3,1e-9", "4,-0.0"))
    assert (run.new_count, run.rejected_count) == (4, 0)


@pytest.mark.parametrize(
    ("header", "rows", "refused"),
    [
        ("id,TOXICITY", ["1,0.5", "1,0.6", "2,0.5", "2,0.5"], [(1, "TOXICITY"), (2, "TOXICITY")]),
        (
            "id,label,score",
            ["1,TOXICITY,0.5", "1,TOXICITY,0.6", "2,TOXICITY,0.5", "2,TOXICITY,0.5"],
            [(1, "TOXICITY"), (2, "TOXICITY")],
        ),
    ],
)
def test_rows_that_contradict_each_other_are_all_refused(
    scores: _Scores, header: str, rows: list[str], refused: list[tuple[int, str]]
) -> None:
    run = scores.add(scores.file(*rows, header=header))
    assert [row[:2] for row in scores.problems(run)] == refused
    assert list(scores.stored()) == ["acme/2"]


def test_wide_rows_of_an_item_complete_each_other(scores: _Scores) -> None:
    run = scores.add(scores.file("1,0.5,", "1,,0.25", header="id,TOXICITY,THREAT"))
    assert (run.new_count, run.rejected_count) == (1, 0)
    assert _near(scores.stored()["acme/1"], toxicity=0.5, violence=0.25)


def test_a_bad_long_row_costs_only_itself(scores: _Scores) -> None:
    run = scores.add(
        scores.file("1,TOXICITY,0.5", "1,THREAT,7", "2,TOXICITY,", "2,,0.5", "3,FLIRTATION,-1",
                    header="id,attribute,value"),
        FLIRTATION=Fate.LEFT_OUT,
    )  # fmt: skip
    assert (run.new_count, run.rejected_count) == (1, 3)
    assert [row[:2] for row in scores.problems(run)] == [(2, "score"), (3, "score"), (4, "label")]


def test_an_id_of_several_tenants_needs_its_tenant(scores: _Scores) -> None:
    run = scores.add(scores.file("1,0.5", "9,0.5", "2,0.5"), tenant=None)
    assert run.new_count == 2
    assert scores.problems(run) == [
        (1, "external_id", "an id in several tenants (acme, zoo): say which one", "1")
    ]
    told = scores.add(scores.file("1,0.5,zoo", "1,0.4,acme", "3,0.3,", header="id,TOXICITY,tenant"),
                      tenant=None)  # fmt: skip
    assert (told.new_count, told.rejected_count) == (3, 0)
    assert set(scores.stored()) == {"acme/1", "zoo/1", "zoo/9", "acme/2", "acme/3"}


def test_people_add_scores_to_items_they_see_only(scores: _Scores) -> None:
    path = scores.file("1,0.5,", "9,0.5,", "9,0.5,zoo", "2,0.5,acme", header="id,TOXICITY,tenant")
    run = scores.add(path, tenant=None, person=OURS)
    assert run.new_count == 2
    assert {row: problem for row, _, problem, _ in scores.problems(run)} == {
        # Whether the zoo has such an item is none of her business.
        2: "no item has this id: import the items first",
        3: "you do not see the items of this tenant",
    }
    assert set(scores.stored()) == {"acme/1", "acme/2"}
    with pytest.raises(ForbiddenError, match="zoo"):
        scores.add(path, tenant="zoo", person=OURS)
    with pytest.raises(ForbiddenError, match="import"):
        scores.add(path, person=Person(name="r", role=Role.REVIEWER))
    scores.add(path, tenant=None)
    assert [each.actor for each in list_imports(scores.workbench.space, OURS)][:1] == ["olga"]


def test_what_a_label_means_is_fixed_for_a_version(scores: _Scores) -> None:
    scores.add(scores.file("1,0.5"))
    with pytest.raises(OutsideModelError, match=r"toxicity=toxicity; in this import toxicity=spam"):
        scores.add(scores.file("2,0.5"), TOXICITY=Label.SPAM)
    with pytest.raises(OutsideModelError, match="another version, such as “1-2”"):
        scores.add(scores.file("2,0.5,0.5", header="id,TOXICITY,THREAT"))
    assert scores.add(scores.file("2,0.5"), version="1-2", TOXICITY=Label.SPAM).new_count == 1
    digests = {each.digest for each in outside_models(scores.workbench.space)}
    assert len(digests) == 2


def test_two_labels_cannot_become_the_same_one_of_ours(scores: _Scores) -> None:
    path = scores.file("1,0.5,0.4", header="id,TOXICITY,INSULT")
    with pytest.raises(MappingError, match="TOXICITY and INSULT are both mapped to toxicity"):
        scores.add(path, TOXICITY=Label.TOXICITY, INSULT=Label.TOXICITY)
    run = scores.add(path, INSULT=Label.TOXICITY)
    assert run.new_count == 1
    assert _near(scores.stored()["acme/1"], toxicity=0.4)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("comment,TOXICITY", "No column is the items' id"),
        ("id,INSULT", "None of the file's labels is mapped"),
        ("id,name", "no column that looks like scores"),
    ],
)
def test_a_file_without_what_is_needed_is_refused_in_words(
    scores: _Scores, header: str, words: str
) -> None:
    with pytest.raises(MappingError, match=words):
        scores.add(scores.file("1,x", header=header))
    with pytest.raises(UnreadableFileError, match="no rows"):
        scores.add(scores.file())
    assert outside_models(scores.workbench.space) == []


def test_a_column_or_label_that_is_not_there_is_named(scores: _Scores) -> None:
    path = scores.file("1,TOXICITY,0.5", header="id,kind,number")
    with pytest.raises(MappingError, match="no column 'nope' for label"):
        look_at_scores(path, columns={"label": "nope"})
    with pytest.raises(MappingError, match="both a column of labels and one of scores"):
        look_at_scores(path, columns={"label": "kind"})
    run = scores.add(path, columns={"label": "kind", "score": "number"})
    assert run.new_count == 1
    with pytest.raises(MappingError, match="no label 'SPAM'"):
        scores.add(path, columns={"label": "kind", "score": "number"}, SPAM=Label.SPAM)


def test_names_that_cannot_be_told_apart_are_refused(scores: _Scores) -> None:
    path = scores.file("1,0.5")
    for name, version in (("lexical-1", "1"), ("words-1", "1"), ("lexical-1@bf16", "1"),
                          (" ", "1"), ("p", ""), ("a\nb", "1"), ("x" * 81, "1")):  # fmt: skip
        with pytest.raises(OutsideModelError):
            scores.add(path, name=name, version=version)
    assert outside_models(scores.workbench.space) == []


def test_an_outside_model_cannot_be_run(scores: _Scores) -> None:
    scores.add(scores.file("1,0.5"))
    with pytest.raises(UnknownModelError, match="outside model: its scores were imported"):
        scores.workbench.registry.resolve("perspective")
    assert not scores.workbench.registry.can_open("perspective", "0" * 64)
    rows = {row.name: row for row in scores.workbench.models(scores.workbench.operator)}
    assert not rows["perspective"].is_installed
    assert rows["perspective"].note == "imported scores; it does not run here"
    assert rows["perspective"].item_count == 1
    with pytest.raises(UnknownModelError):
        scores.workbench.rescore("perspective", ItemFilter(), NoJob())


def test_scores_are_not_taken_back_and_the_items_still_can_be(scores: _Scores) -> None:
    run = scores.add(scores.file("1,0.5"))
    with pytest.raises(ImportUndoError, match="never removed"):
        scores.workbench.undo_import(run.import_id)
    items = list_imports(scores.workbench.space, ANN)[-1]
    assert scores.workbench.undo_import(items.import_id) == 7
    with pytest.raises(NotFoundError):
        scores.workbench.undo_import(items.import_id)


def test_the_audit_log_says_what_was_added_from_what(scores: _Scores) -> None:
    path = scores.file("1,0.5", "2,5", "7,0.1")
    run = scores.add(path)
    with scores.workbench.space.store.reading() as parts:
        added, imported = list(parts.audit.events())[-2:]
    assert (added.verb, added.subject) == ("model.added", "model:perspective (1)")
    assert added.details["labels"] == {"toxicity": "toxicity"}
    assert imported.verb == "scores.imported"
    facts = imported.details
    assert facts["file_digest"] == file_digest(path)
    assert (facts["new_count"], facts["rejected_count"], facts["row_count"]) == (1, 2, 3)
    assert facts["mapping"]["label:TOXICITY"] == "toxicity"
    assert facts["import_id"] == str(run.import_id)


class _Cancelling:
    """Cancels at a stage, after so many of its signs."""

    def __init__(self, stage: str, after: int = 0) -> None:
        self.stage, self.left = stage, after

    def progress(self, stage: str, done: int, total: int | None) -> None:
        if stage == self.stage:
            self.left -= 1
            if self.left < 0:
                raise JobCancelledError("Cancelled.")


def test_a_cancel_while_reading_leaves_nothing(scores: _Scores) -> None:
    with pytest.raises(JobCancelledError):
        scores.add(scores.file("1,0.5"), job=_Cancelling("reading"))
    assert outside_models(scores.workbench.space) == []
    assert len(list_imports(scores.workbench.space, ANN)) == 1


def test_what_was_added_before_a_cancel_stays_and_the_rest_can_follow(
    scores: _Scores, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Four batches, although the file is small; every id is in one of them.
    monkeypatch.setattr("data.score_imports._batch_names", _four)
    path = scores.file("1,0.1", "2,0.2", "3,0.3", "4,0.4", "5,0.5")
    with pytest.raises(JobCancelledError, match="got their scores and keep them"):
        scores.add(path, job=_Cancelling("adding", after=3))
    run = list_imports(scores.workbench.space, ANN)[0]
    assert run.sentence.startswith("Cancelled before the end")
    before = len(scores.stored())
    assert 0 < before < 5
    assert run.new_count == before
    rest = scores.add(path)
    assert (rest.new_count, rest.known_count) == (5 - before, before)


def _four(shape: object) -> Sequence[str]:
    return ["a", "b", "c", "d"]


def test_batches_do_not_change_what_is_stored(
    scores: _Scores, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{n},{label},{n / 10}" for label in ("TOXICITY", "INSULT") for n in range(1, 6)]
    path = scores.file(*rows, header="id,label,score")
    one = scores.add(path)
    monkeypatch.setattr("data.score_imports._batch_names", _four)
    four = scores.add(path, version="2")
    assert (one.new_count, four.new_count) == (5, 5)
    first, second = scores.stored("1"), scores.stored("2")
    for key, row in first.items():
        assert (row["toxicity"], row["extra"]) == (second[key]["toxicity"], second[key]["extra"])


def test_the_new_version_can_be_chosen_at_once(scores: _Scores) -> None:
    before = len(scores.workbench.catalogue.models)
    scores.add(scores.file("1,0.5"))
    assert len(scores.workbench.catalogue.models) == before + 1
    assert scores.workbench.catalogue.model.name == "words-1"
