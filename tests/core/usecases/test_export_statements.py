"""Statements of reasons from a real store, once for each database."""

import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.decision import Outcome
from core.domain.dsa_enums import Automation, Category
from core.domain.dsa_mapping import DsaMapping, default_mapping
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Role
from core.domain.statement import StatementOfReasons
from core.errors import ConflictError, ExportError, ForbiddenError, RegulationError
from core.store.job_handle import NoJob
from core.usecases.catalogue import Catalogue
from core.usecases.export_statements import (
    StatementManifest,
    StatementRequest,
    check_statements,
    export_statements,
)
from core.usecases.manage_regulation import read_mapping, save_mapping
from core.usecases.review_item import UndoRequest, decide, undo
from core.usecases.transparency_report import (
    days,
)
from core.usecases.workspace import Workspace
from data.exports.bundle import open_bundle
from tests.builders import FixedClock, a_draft, item_frame
from tests.regulated import ADMIN, DAY, PERIOD, Add, a_mapping, imported, reject, wait


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


def write(
    space: Workspace, catalogue: Catalogue, path: Path, *, person: Person = ADMIN, **request: Any
) -> tuple[StatementManifest, list[dict[str, Any]]]:
    """The manifest and the statements of an export."""
    wanted = StatementRequest(**({"period": PERIOD} | request))
    manifest = export_statements(
        space, catalogue, open_bundle(path), person, wanted, version="1", job=NoJob()
    )
    return manifest, read_statements(path)


def read_statements(path: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("statements-")]
        batches = [json.loads(archive.read(name))["statements"] for name in sorted(names)]
    assert all(1 <= len(batch) <= 100 for batch in batches)
    return [each for batch in batches for each in batch]


def check(space: Workspace, catalogue: Catalogue, **request: Any) -> list[str]:
    wanted = StatementRequest(**({"period": PERIOD} | request))
    found = check_statements(space, catalogue, ADMIN, wanted, NoJob())
    return [group.sentence for group in found.groups]


def test_a_persons_rejection_is_stated_with_what_the_ledger_knows(
    space: Workspace, catalogue: Catalogue, clock: FixedClock, mapped: DsaMapping, add: Add,
    tmp_path: Path,
) -> None:  # fmt: skip
    shown = reject(space, add(), Label.TOXICITY, Label.HATE_SPEECH, note="It insults.")
    hidden = reject(space, add(language="de"), Label.SPAM, score_shown=False)
    wait(clock)
    manifest, statements = write(space, catalogue, tmp_path / "s.zip")
    assert (manifest.statement_count, manifest.held_count) == (2, 0)
    one, two = statements
    assert one == {
        "puid": shown,
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Rule 4",
        "incompatible_content_explanation": "Our rule 4 forbids it.",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "category_addition": ["STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"],
        "category_specification": ["KEYWORD_CYBER_HARASSMENT", "KEYWORD_HATE_SPEECH"],
        "territorial_scope": ["SE"],
        "content_language": "EN",
        "content_date": "2026-05-04",
        "application_date": "2026-05-04",
        "decision_facts": "The text was removed for toxicity, hate speech. It insults.",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_PARTIALLY",
    }
    assert (two["puid"], two["content_language"]) == (hidden, "DE")
    assert two["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert two["category_specification_other"] == "Spam"
    for each in statements:
        assert isinstance(StatementOfReasons.checked(each), StatementOfReasons)


def test_a_policys_rejection_is_fully_automated(
    space: Workspace, catalogue: Catalogue, clock: FixedClock, mapped: DsaMapping,
    flagged: list[int], tmp_path: Path,
) -> None:  # fmt: skip
    by_person = reject(space, flagged[0])
    wait(clock)
    _, statements = write(space, catalogue, tmp_path / "s.zip")
    found = {each["puid"]: each for each in statements}
    assert found[by_person]["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"
    (automated,) = [each for puid, each in found.items() if puid != by_person]
    assert automated["automated_decision"] == "AUTOMATED_DECISION_FULLY"
    assert automated["automated_detection"] == "Yes"


def test_an_item_that_the_policy_flagged_was_detected_by_it(
    space: Workspace, catalogue: Catalogue, clock: FixedClock, mapped: DsaMapping,
    flagged: list[int], tmp_path: Path,
) -> None:  # fmt: skip
    draft = a_draft(flagged[0], outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
    decide(space, ADMIN, [draft], policy_version_id=catalogue.policy.policy_version_id)
    wait(clock)
    _, statements = write(space, catalogue, tmp_path / "s.zip")
    found = {each["puid"]: each["automated_detection"] for each in statements}
    assert found[str(draft.decision_id)] == "Yes"


def test_only_rejections_that_stand_and_are_in_effect_are_stated(
    space: Workspace, catalogue: Catalogue, clock: FixedClock, mapped: DsaMapping, add: Add,
    tmp_path: Path,
) -> None:  # fmt: skip
    kept, undone, overturned, confirmed = add(), add(), add(), add()
    stated = {reject(space, kept)}
    withdrawn = a_draft(undone, outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
    decide(space, ADMIN, [withdrawn], policy_version_id=None)
    undo(space, ADMIN, UndoRequest(undo_id=space.ids.uuid(), decision_id=withdrawn.decision_id))
    reject(space, overturned)
    reject(space, confirmed)
    wait(clock)
    decide(space, ADMIN, [a_draft(overturned)], policy_version_id=None)
    stated.add(reject(space, confirmed, Label.SPAM))
    wait(clock)
    reject(space, add())  # not in effect yet
    _, statements = write(space, catalogue, tmp_path / "s.zip")
    assert {each["puid"] for each in statements} == stated
    tomorrow = days(DAY + timedelta(days=1), DAY + timedelta(days=1))
    with pytest.raises(RegulationError, match="nothing to state"):
        write(space, catalogue, tmp_path / "none.zip", period=tomorrow)
    assert not (tmp_path / "none.zip").exists()


def test_nothing_is_invented_and_nothing_is_written_by_halves(
    space: Workspace, catalogue: Catalogue, clock: FixedClock, add: Add, tmp_path: Path
) -> None:
    save_mapping(space, ADMIN, a_mapping(spam=default_mapping().reasons[Label.SPAM]))
    ready = reject(space, add())
    reject(space, add(), Label.SPAM)
    reject(space, add(), Label.VIOLENCE)
    wait(clock)
    sentences = check(space, catalogue)
    assert "category of Violence: the reason is not mapped to a category (1 decision)" in sentences
    for field in ("decision_ground", "decision_visibility", "decision_facts"):
        assert f"{field} of Spam: the mapping does not answer it (1 decision)" in sentences
    with pytest.raises(RegulationError, match="2 of 3 statements are held back"):
        write(space, catalogue, tmp_path / "s.zip")
    assert list(tmp_path.glob("*.zip")) == list(tmp_path.glob(".*part")) == []
    manifest, statements = write(space, catalogue, tmp_path / "s.zip", is_partial=True)
    assert [each["puid"] for each in statements] == [ready]
    assert manifest.held_count == 2
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        held = json.loads(archive.read("held-back.json"))
    assert {each["field"] for each in held} >= {"category", "decision_facts"}


def test_an_address_in_the_facts_blocks_its_statement(
    space: Workspace, catalogue: Catalogue, clock: FixedClock, mapped: DsaMapping, add: Add,
    tmp_path: Path,
) -> None:  # fmt: skip
    puid = reject(space, add(), note="Reported by anna@example.org, +49 30 1234567")
    wait(clock)
    (sentence,) = check(space, catalogue)
    assert sentence == (
        "decision_facts: seems to hold an e-mail address and a phone number (1 decision)"
    )
    with pytest.raises(RegulationError, match="e-mail address"):
        write(space, catalogue, tmp_path / "s.zip", is_partial=True)
    found = check_statements(space, catalogue, ADMIN, StatementRequest(period=PERIOD), NoJob())
    assert (found.held[0].puid, found.ready_count) == (puid, 0)
    assert "anna" not in found.model_dump_json()


def test_what_an_items_metadata_says_goes_first(
    space: Workspace, catalogue: Catalogue, clock: FixedClock, mapped: DsaMapping, add: Add,
    tmp_path: Path,
) -> None:  # fmt: skip
    said = {
        "source_type": "SOURCE_TRUSTED_FLAGGER", "source_identity": "A hotline",
        "decision_facts": "As the hotline wrote.", "territorial_scope": ["AT"],
        "content_type": ["CONTENT_TYPE_PRODUCT"], "content_id": {"EAN-13": "4006381333931"},
    }  # fmt: skip
    tags = {"tags": [f"tag{number}" for number in range(10_000)]}
    reject(space, add(metadata=json.dumps({"dsa": said, **tags})))
    wait(clock)
    _, (statement,) = write(space, catalogue, tmp_path / "s.zip")
    for field, value in said.items():
        assert statement[field] == value
    reject(space, add(metadata=json.dumps({"dsa": {"source": "x"}})))
    wait(clock)
    assert "metadata.dsa.source" in check(space, catalogue)[0]


def test_an_imported_decision_does_not_say_how_it_was_made(
    space: Workspace, catalogue: Catalogue, clock: FixedClock, mapped: DsaMapping, add: Add
) -> None:
    with space.store.writing() as parts:
        parts.decisions.append([imported(space, add())])
    wait(clock)
    (sentence,) = check(space, catalogue)
    assert sentence.startswith("automated_decision: the imported decision does not say")
    platform = mapped.platform.model_copy(update={"unsaid_automation": Automation.NOT})
    save_mapping(space, ADMIN, mapped.model_copy(update={"platform": platform}))
    assert check(space, catalogue) == []


def test_the_same_store_gives_the_same_bytes(
    space: Workspace, catalogue: Catalogue, clock: FixedClock, mapped: DsaMapping, add: Add,
    tmp_path: Path,
) -> None:  # fmt: skip
    for number in range(101):
        reject(space, add(f"text {number}"))
    wait(clock)
    manifest, statements = write(space, catalogue, tmp_path / "one.zip")
    clock.advance(hours=1)
    write(space, catalogue, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert [each.name for each in manifest.files] == [
        "statements-000001.json", "statements-000002.json",
    ]  # fmt: skip
    assert len(statements) == 101
    request = StatementRequest(period=PERIOD)
    folder = tmp_path / "folder"
    export_statements(
        space, catalogue, open_bundle(folder), ADMIN, request, version="1", job=NoJob()
    )
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        "statements-000001.json",
        "statements-000002.json",
    }
    with pytest.raises(ExportError, match="exists already"):
        export_statements(
            space, catalogue, open_bundle(folder), ADMIN, request, version="1", job=NoJob()
        )
    assert len(list(folder.iterdir())) == 3


def test_a_person_kept_to_tenants_states_only_theirs(
    space: Workspace, catalogue: Catalogue, clock: FixedClock, mapped: DsaMapping, add: Add,
    tmp_path: Path,
) -> None:  # fmt: skip
    ours = reject(space, add())
    reject(space, add(tenant_id="zoo"))
    wait(clock)
    analyst = Person(name="ana", role=Role.ANALYST, tenants=("acme",))
    manifest, statements = write(space, catalogue, tmp_path / "s.zip", person=analyst)
    assert [each["puid"] for each in statements] == [ours]
    assert manifest.tenants == ("acme",)
    wanted = ItemFilter(tenant="zoo")
    with pytest.raises(RegulationError, match="nothing to state"):
        write(space, catalogue, tmp_path / "z.zip", person=analyst, filter=wanted)


def test_the_mapping_is_kept_in_versions_and_audited(space: Workspace) -> None:
    assert read_mapping(space, ADMIN) == default_mapping()
    first = save_mapping(space, ADMIN, a_mapping())
    assert (first.version, first.changed_by) == (1, "boss")
    assert read_mapping(space, ADMIN) == first
    with pytest.raises(ConflictError, match="version 1"):
        save_mapping(space, ADMIN, a_mapping())
    second = save_mapping(space, ADMIN, first.model_copy(update={"reasons": {}}))
    assert (second.version, read_mapping(space, ADMIN).reasons) == (2, {})
    ours = Person(name="ours", role=Role.POLICY_MANAGER, tenants=("acme",))
    with pytest.raises(ForbiddenError, match="all tenants"):
        save_mapping(space, ours, second)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("keywords", ["KEYWORD_RUDE"], "not one of the keywords"),
        ("keywords", ["KEYWORD_PHISHING"], "must belong to the category"),
        ("facts", "by {author}", "is not known"),
        ("keyword_other", "=cmd()", "formula"),
        ("legal_ground", "x" * 501, "at most 500"),
        ("explanation", "a\x00b", "NUL"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(field: str, value: object, words: str) -> None:
    reason = {"category": Category.SPEECH.value, field: value}
    with pytest.raises(ValueError, match=words):
        DsaMapping.model_validate({"reasons": {"spam": reason}})
