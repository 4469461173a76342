"""The life of a policy, on both databases."""

import pytest

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.policy import LabelThresholds, PolicyMode, PolicyVersion, ThresholdRule
from core.domain.role import Role
from core.domain.status import Status
from core.errors import ForbiddenError, PolicyError
from core.store.job_handle import NoJob
from core.usecases.catalogue import Catalogue, ensure_catalogue, in_force
from core.usecases.conclude_history import conclude_history
from core.usecases.history import Histories
from core.usecases.manage_policies import (
    SeenPreview,
    before_live,
    concerns,
    life_of,
    publish,
    retire,
    roll_back,
    save_draft,
    seen,
)
from core.usecases.preview_policy import preview_policy
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier, item_frame

MANAGER = operator("mia")
WHY = "A campaign is under way, and we watch it closely."


@pytest.fixture
def strict(space: Workspace, catalogue: Catalogue) -> PolicyVersion:
    rule = ThresholdRule(
        thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.02, reject_above=0.9)}
    )
    return save_draft(space, MANAGER, name="strict", rule=rule, model=catalogue.model)


@pytest.fixture
def looked_at(
    space: Workspace, catalogue: Catalogue, flagged: list[int], strict: PolicyVersion
) -> SeenPreview:
    preview = preview_policy(
        space, Histories(space.store), catalogue, MANAGER, ItemFilter(),
        before=catalogue.policy, rule=strict.rule,
    )  # fmt: skip
    assert preview.history.size == len(flagged)
    return seen(preview, ItemFilter(), catalogue.policy, space.clock.now())


def _now(space: Workspace, catalogue: Catalogue) -> Catalogue:
    with space.store.reading() as parts:
        found = in_force(parts, catalogue.model)
    assert found is not None
    return found


def test_drafts_are_numbered_and_never_change(space: Workspace, catalogue: Catalogue) -> None:
    rule = catalogue.policy.rule
    first = save_draft(space, MANAGER, name="default", rule=rule, model=catalogue.model)
    second = save_draft(space, MANAGER, name="default", rule=rule, model=catalogue.model)
    assert (first.display_name, second.display_name) == ("default v2", "default v3")
    assert first.mode is PolicyMode.DRAFT
    with pytest.raises(PolicyError, match="name"):
        save_draft(space, MANAGER, name=" ", rule=rule, model=catalogue.model)


def test_publishing_live_needs_a_reason_when_the_preview_raises_concerns(
    space: Workspace, catalogue: Catalogue, strict: PolicyVersion, looked_at: SeenPreview
) -> None:
    assert len(concerns(looked_at)) == 3
    with pytest.raises(PolicyError, match="Say why"):
        publish(
            space, MANAGER, strict.policy_version_id, mode=PolicyMode.LIVE, preview=looked_at,
            model=catalogue.model,
        )  # fmt: skip
    assert _now(space, catalogue).policy.name == "default"
    publish(
        space, MANAGER, strict.policy_version_id, mode=PolicyMode.LIVE, preview=looked_at,
        model=catalogue.model, note=WHY,
    )  # fmt: skip
    after = _now(space, catalogue)
    assert after.policy.display_name == "strict v1"
    [old] = [each for each in after.policies if each.display_name == "default v1"]
    assert old.mode is PolicyMode.RETIRED
    [drafted, live] = life_of(space, MANAGER, strict.policy_version_id)
    assert drafted.mode is PolicyMode.DRAFT
    assert live.note == WHY
    assert live.preview is not None
    assert SeenPreview.model_validate_json(live.preview) == looked_at


def test_publishing_is_in_the_audit_chain_with_its_preview(
    space: Workspace, catalogue: Catalogue, strict: PolicyVersion, looked_at: SeenPreview
) -> None:
    publish(
        space, MANAGER, strict.policy_version_id, mode=PolicyMode.LIVE, preview=looked_at,
        model=catalogue.model, note=WHY,
    )  # fmt: skip
    roll_back(space, MANAGER, _now(space, catalogue).policy)
    with space.store.reading() as parts:
        events = list(parts.audit.events())
    verbs = [event.verb for event in events if event.verb.startswith("policy.")]
    assert verbs[-3:] == ["policy.drafted", "policy.published", "policy.rolled_back"]
    [published] = [event for event in events if event.verb == "policy.published"]
    assert published.actor == "mia"
    assert published.details["preview"]["flips"] == looked_at.flips


def test_roll_back_returns_to_what_was_live(
    space: Workspace, catalogue: Catalogue, strict: PolicyVersion, looked_at: SeenPreview
) -> None:
    assert before_live(space, catalogue.policy) is None
    publish(
        space, MANAGER, strict.policy_version_id, mode=PolicyMode.LIVE, preview=looked_at,
        model=catalogue.model, note=WHY,
    )  # fmt: skip
    live = _now(space, catalogue).policy
    returned = roll_back(space, MANAGER, live)
    assert returned.display_name == "default v1"
    assert _now(space, catalogue).policy.display_name == "default v1"
    with pytest.raises(PolicyError, match="not live any more"):
        roll_back(space, MANAGER, live)


def test_a_shadow_records_and_decides_nothing(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier, strict: PolicyVersion,
    looked_at: SeenPreview,
) -> None:  # fmt: skip
    publish(
        space, MANAGER, strict.policy_version_id, mode=PolicyMode.SHADOW, preview=looked_at,
        model=catalogue.model,
    )  # fmt: skip
    with space.store.writing() as parts:
        parts.items.add_new(item_frame("hello again", external_id=["new"]))
    summary = score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy,
        progress=lambda done, total: None,
    )  # fmt: skip
    assert (summary.approved_count, summary.task_count) == (1, 0)
    assert conclude_history(space, strict, NoJob()) == 5
    with space.store.reading() as parts:
        found = parts.previews.verdicts_compared(
            catalogue.selection(ItemFilter()), catalogue.policy.policy_version_id,
            strict.policy_version_id,
        )  # fmt: skip
    assert found["items"].sum() == 6
    retire(space, MANAGER, strict.policy_version_id, note="Seen enough.")
    assert not _now(space, catalogue).shadows


def test_a_share_of_new_items_is_decided_by_the_partly_live_version(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier, strict: PolicyVersion,
    looked_at: SeenPreview,
) -> None:  # fmt: skip
    publish(
        space, MANAGER, strict.policy_version_id, mode=PolicyMode.LIVE, preview=looked_at,
        model=catalogue.model, share=0.5, note=WHY,
    )  # fmt: skip
    force = _now(space, catalogue)
    assert force.policy.name == "default"
    assert force.partly_live is not None
    with space.store.writing() as parts:
        parts.items.add_new(
            item_frame(
                *(f"hello {n}" for n in range(200)), external_id=[f"n{n}" for n in range(200)]
            )
        )
    summary = score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy,
        progress=lambda done, total: None,
    )  # fmt: skip
    # The strict version flags everything, the other approves it.
    assert 60 < summary.approved_count < 140
    assert summary.approved_count + summary.task_count >= 200
    with space.store.reading() as parts:
        waiting = parts.items.count(force.selection(ItemFilter(status=Status.FLAGGED)))
    assert waiting >= 200 - summary.approved_count
    with pytest.raises(PolicyError, match="Publish another version"):
        retire(space, MANAGER, force.policy.policy_version_id, note="")
    retire(space, MANAGER, strict.policy_version_id, note="Done.")
    assert _now(space, catalogue).partly_live is None


def test_a_version_of_another_model_cannot_decide(
    space: Workspace, catalogue: Catalogue, looked_at: SeenPreview, strict: PolicyVersion
) -> None:
    other = catalogue.model.model_copy(update={"model_version_id": 1, "name": "other"})
    with pytest.raises(PolicyError, match="another model version"):
        publish(
            space, MANAGER, strict.policy_version_id, mode=PolicyMode.LIVE, preview=looked_at,
            model=other, note=WHY,
        )  # fmt: skip


def test_only_policy_managers_and_admins_publish(
    space: Workspace, catalogue: Catalogue, looked_at: SeenPreview, strict: PolicyVersion
) -> None:
    analyst = Person(name="ana", role=Role.ANALYST)
    with pytest.raises(ForbiddenError):
        publish(
            space, analyst, strict.policy_version_id, mode=PolicyMode.SHADOW, preview=looked_at,
            model=catalogue.model,
        )  # fmt: skip
    with pytest.raises(ForbiddenError):
        save_draft(space, analyst, name="x", rule=strict.rule, model=catalogue.model)
    with pytest.raises(ForbiddenError):
        roll_back(space, analyst, catalogue.policy)
    with pytest.raises(ForbiddenError):
        retire(space, analyst, strict.policy_version_id, note="")


def test_a_restart_keeps_what_was_published(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier, strict: PolicyVersion,
    looked_at: SeenPreview,
) -> None:  # fmt: skip
    publish(
        space, MANAGER, strict.policy_version_id, mode=PolicyMode.LIVE, preview=looked_at,
        model=catalogue.model, note=WHY,
    )  # fmt: skip
    again = ensure_catalogue(space, classifier, actor="somebody")
    assert again.policy.display_name == "strict v1"
    assert len(again.policies) == len(catalogue.policies) + 1
