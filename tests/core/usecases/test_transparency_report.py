"""The transparency report from a real store, once for each database."""

import json
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.decision import Outcome, Source
from core.domain.dsa_enums import Category, Ground
from core.domain.dsa_mapping import DsaMapping
from core.domain.label import Label
from core.errors import RegulationError
from core.store.job_handle import NoJob
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.history import Histories
from core.usecases.manage_regulation import save_mapping
from core.usecases.review_item import decide
from core.usecases.score_items import score_items
from core.usecases.transparency_report import (
    BuiltReport,
    ReportRequest,
    build_report,
    export_report,
)
from core.usecases.validate_report import validate_report
from core.usecases.workspace import ReviewRules, Workspace
from data.exports.bundle import open_bundle
from tests.builders import FixedClock, WordClassifier, a_draft, item_frame
from tests.regulated import ADMIN, DAY, Add, a_mapping, imported, reject, wait


@pytest.fixture
def mapped(space: Workspace) -> DsaMapping:
    return save_mapping(space, ADMIN, a_mapping())


@pytest.fixture
def add(space: Workspace) -> Add:
    count = iter(range(1_000))

    def add_one(body: str = "some words", **columns: Any) -> int:
        frame = item_frame(body, external_id=[f"r{next(count)}"], **columns)
        with space.store.writing() as parts:
            return int(parts.items.add_new(frame)["item_id"][0])

    return add_one


@pytest.fixture
def histories(space: Workspace) -> Histories:
    return Histories(space.store)


def build(
    space: Workspace, histories: Histories, catalogue: Catalogue, **request: Any
) -> BuiltReport:
    wanted = ReportRequest(**({"start": DAY, "end": DAY, "published_on": DAY} | request))
    return build_report(space, histories, catalogue, ADMIN, wanted, NoJob())


def row(built: BuiltReport, part: int, *names: str) -> tuple[str, ...]:
    """The first row of a part with these cells, without spaces at their ends."""
    rows = next(each for each in built.parts if each.number == part).rows
    return next(
        tuple(cell.strip() for cell in cells)
        for cells in rows
        if all(name in [cell.strip() for cell in cells] for name in names)
    )


def test_measures_are_counted_once_in_the_most_specific_row(
    space: Workspace, histories: Histories, catalogue: Catalogue, clock: FixedClock,
    mapped: DsaMapping, add: Add, flagged: list[int], tmp_path: Path,
) -> None:  # fmt: skip
    twice, overturned = add(), add()
    reject(space, twice, Label.SPAM)
    reject(space, overturned, Label.HATE_SPEECH)
    reject(space, add(), Label.SPAM, Label.TOXICITY)
    wait(clock)
    reject(space, twice, Label.SPAM)
    decide(space, ADMIN, [a_draft(overturned)], policy_version_id=None)
    wait(clock)
    built = build(space, histories, catalogue)
    assert (built.measure_count, built.held_count) == (4, 0)
    spam = row(built, 6, "Spam")
    assert (spam[3], spam[5], spam[6], spam[7], spam[8]) == ("KEYWORD_OTHER", "1", "0", "1", "")
    # A measure that was reversed later was taken all the same.
    assert row(built, 5, "KEYWORD_HATE_SPEECH")[5] == "1"
    harassment = row(built, 6, "KEYWORD_CYBER_HARASSMENT")
    assert harassment[5:8] == ("2", "1", "2")  # one of them by the policy alone
    assert row(built, 6, "TOTAL")[5:8] == ("3", "1", "3")
    assert row(built, 6, "KEYWORD_PHISHING")[5:9] == ("0", "0", "0", "")
    solely = row(built, 8, "Number of measures solely taken by automated means", "Total number")
    assert solely[6] == "1"
    by_people = row(built, 8, "Number of measures not taken by automated means", "Own-initiative")
    assert by_people[6] == "3"
    accuracy = row(built, 8, "Accuracy of the automated means - Accuracy", "Total number")
    assert accuracy[6] == ""
    assert "not known" in accuracy[7]
    # What is left to do is what our data cannot say.
    assert {fault.part for fault in built.faults} == {7}


def test_a_report_is_written_with_its_manifest_and_read_back(
    space: Workspace, histories: Histories, catalogue: Catalogue, clock: FixedClock, add: Add,
    tmp_path: Path,
) -> None:  # fmt: skip
    mapping = a_mapping()
    platform = mapping.platform.model_copy(update={"decides_complaints_here": True})
    save_mapping(space, ADMIN, mapping.model_copy(update={"platform": platform}))
    reject(space, add())
    wait(clock)
    request = ReportRequest(start=DAY, end=DAY, published_on=DAY)
    for name in ("one.zip", "two.zip"):
        manifest = export_report(
            space, histories, catalogue, open_bundle(tmp_path / name), ADMIN, request,
            version="1", job=NoJob(),
        )  # fmt: skip
        clock.advance(minutes=1)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert manifest.to_fill_in == ()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name.endswith(".csv")}
    verdict = validate_report(files)
    assert verdict.is_accepted, [each.sentence for each in verdict.faults]
    assert verdict.checked == (1, 2, 3, 4, 5, 6, 7, 8, 9)
    assert any("Part 3 is blank" in note for note in verdict.notes)


def test_measures_that_cannot_be_placed_are_held_back(
    space: Workspace, histories: Histories, catalogue: Catalogue, clock: FixedClock, add: Add,
    tmp_path: Path,
) -> None:  # fmt: skip
    illegal_spam = a_mapping().reasons[Label.SPAM].model_copy(update={"ground": Ground.ILLEGAL})
    save_mapping(space, ADMIN, a_mapping(spam=illegal_spam))
    reject(space, add(), Label.SPAM)
    reject(space, add(), Label.VIOLENCE)
    reject(space, add())
    wait(clock)
    bundle = open_bundle(tmp_path / "r.zip")
    request = ReportRequest(start=DAY, end=DAY)
    with pytest.raises(RegulationError, match="2 measures cannot be counted"):
        export_report(space, histories, catalogue, bundle, ADMIN, request, version="1", job=NoJob())
    assert not (tmp_path / "r.zip").exists()
    built = build(space, histories, catalogue)
    assert built.measure_count == 1
    assert any("part 5 has no row for it" in group.problem for group in built.groups)


def test_a_report_needs_the_names_of_service_and_provider(
    space: Workspace, histories: Histories, catalogue: Catalogue
) -> None:
    with pytest.raises(RegulationError, match="service and the provider"):
        build(space, histories, catalogue)


def test_an_empty_period_counts_nothing_as_nought(
    space: Workspace, histories: Histories, catalogue: Catalogue, mapped: DsaMapping
) -> None:
    built = build(space, histories, catalogue, start=date(2025, 1, 1), end=date(2025, 12, 31))
    assert built.measure_count == 0
    assert row(built, 6, "TOTAL")[5:9] == ("0", "0", "0", "")
    assert {fault.part for fault in built.faults} == {7}


def test_notices_in_metadata_are_counted_once_and_their_items_one_by_one(
    space: Workspace, histories: Histories, catalogue: Catalogue, clock: FixedClock,
    mapped: DsaMapping, add: Add,
) -> None:  # fmt: skip
    def noticed(name: str, hours: float, *, trusted: bool = False) -> str:
        received = clock.now() + space.rules.undo_window - timedelta(hours=hours)
        notice = {
            "id": name, "received_at": received.isoformat(), "from_trusted_flagger": trusted,
            "category": Category.SPEECH.value, "keyword": "KEYWORD_HATE_SPEECH",
        }  # fmt: skip
        return json.dumps({"dsa": {"notice": notice}})

    for name, hours, trusted in (("n1", 1, False), ("n2", 5, True), ("n2", 11.9, True)):
        reject(space, add(metadata=noticed(name, hours, trusted=trusted)), Label.HATE_SPEECH)
    add(metadata=noticed("n3", 2))
    wait(clock)
    built = build(space, histories, catalogue)
    cells = row(built, 4, "KEYWORD_HATE_SPEECH")[5:15]
    assert cells == ("3", "1", "4", "2", "5", "8.45", "3", "2", "0", "0")
    # They came after notices: none is at the provider's own initiative.
    assert row(built, 5, "TOTAL")[5] == "0"
    assert row(built, 8, "Number of measures not taken by automated means")[6] == "3"
    assert not [each for each in built.faults if each.part == 4]


def test_complaints_that_were_decided_are_counted(
    space: Workspace, histories: Histories, catalogue: Catalogue, clock: FixedClock,
    mapped: DsaMapping, add: Add,
) -> None:  # fmt: skip
    outcomes = (Outcome.APPROVE, Outcome.REJECT, Outcome.APPROVE)
    with space.store.writing() as parts:
        parts.decisions.append(
            [
                imported(
                    space, add(), source=Source.APPEAL, outcome=outcome, standing_outcome=outcome,
                    score_shown=True,
                )
                for outcome in outcomes
            ]
        )  # fmt: skip
    wait(clock)
    built = build(space, histories, catalogue)
    name = "Number of complaints submitted to the internal-complaints mechanism"
    found = [row(built, 7, name, scope)[6] for scope in (
        "Total number", "Decisions upheld", "Decisions partially reversed", "Decisions reversed",
        "Median time")]  # fmt: skip
    assert found == ["3", "1", "0", "2", ""]


def test_automatic_removal_is_measured_on_randomly_drawn_items(
    space: Workspace,
    catalogue: Catalogue,
    clock: FixedClock,
    classifier: WordClassifier,
    mapped: DsaMapping,
    add: Add,
) -> None:
    """40 items let through and 10 removed; people reject 2 of the former, 8 of the latter."""
    drawn = replace(space, rules=ReviewRules(random_share=1.0, claim_cap=100))
    kept = [add(f"hello {number}") for number in range(40)]
    removed = [add(f"idiot idiot {number}") for number in range(10)]
    score_items(
        drawn,
        classifier,
        model=catalogue.model,
        policy=catalogue.policy,
        progress=lambda done, total: None,
    )
    harmful = {*kept[:2], *removed[:8]}
    for claim in next_tasks(drawn, ADMIN, WorkRequest(queue="review", hold=100)):
        outcome = Outcome.REJECT if claim.item_id in harmful else Outcome.APPROVE
        reasons = (Label.TOXICITY,) if outcome is Outcome.REJECT else ()
        draft = a_draft(
            claim.item_id,
            task_id=claim.task_id,
            fence=claim.fence,
            outcome=outcome,
            reasons=reasons,
        )
        decide(drawn, ADMIN, [draft], policy_version_id=catalogue.policy.policy_version_id)
    wait(clock)
    built = build(drawn, Histories(drawn.store), catalogue)
    for name, value in (("Accuracy", "0.92"), ("Precision", "0.8"), ("Recall", "0.8")):
        cells = row(built, 8, f"Accuracy of the automated means - {name}", "Total number")
        assert cells[6] == value
        assert "words-1" in cells[7]
        assert "95% interval" in cells[7]
        assert "at random" in cells[7]
    assert not [each for each in built.faults if each.part == 8]
