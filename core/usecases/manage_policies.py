"""The life of a policy: draft, shadow, live (for a share), retired; and back in one step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.domain.item_filter import ItemFilter
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.policy import PolicyChange, PolicyMode, PolicyVersion, Rule
from core.domain.record import Record
from core.domain.role import Permission
from core.errors import PolicyError
from core.metrics.survey import Estimate
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.preview_policy import Preview
from core.usecases.read_experiment import named_for
from core.usecases.workspace import Workspace

#: More of history than this may not flip without a reason.
MOST_FLIPS = 0.10
#: Fewer items, or fewer reviews, than this are a small sample.
ENOUGH_ITEMS, ENOUGH_REVIEWS = 1_000, 100
#: More unscored items than this leave the preview incomplete.
MOST_UNSCORED = 0.05
NOTE_MIN, NOTE_MAX = 10, 1_000


class SeenPreview(Record):
    """What somebody looked at before publishing; stored with the change."""

    filter: ItemFilter
    against: str
    items: int
    unscored: int
    flips: int
    before: dict[str, int]
    after: dict[str, int]
    precision: Estimate
    recall: Estimate
    missed: Estimate
    reviews: int
    is_weighted: bool
    hours_per_day: float | None
    seen_at: datetime


def seen(
    preview: Preview, wanted: ItemFilter, against: PolicyVersion, now: datetime
) -> SeenPreview:
    """The preview as it is stored."""
    return SeenPreview(
        filter=wanted,
        against=against.display_name,
        items=preview.history.size,
        unscored=preview.unscored,
        flips=preview.flips,
        before={kind.value: count for kind, count in preview.before.counts.items()},
        after={kind.value: count for kind, count in preview.after.counts.items()},
        precision=preview.after.precision,
        recall=preview.after.recall,
        missed=preview.after.missed,
        reviews=preview.evidence.reviews,
        is_weighted=preview.evidence.is_weighted,
        hours_per_day=preview.after.hours_per_day,
        seen_at=now,
    )


def concerns(preview: SeenPreview) -> list[str]:
    """Why publishing needs a reason; empty when it does not."""
    found = []
    if preview.items and preview.flips > MOST_FLIPS * preview.items:
        found.append(
            f"{preview.flips / preview.items:.0%} of the history changes its verdict "
            f"(more than {MOST_FLIPS:.0%})."
        )
    if preview.items < ENOUGH_ITEMS:
        found.append(f"The preview covers {preview.items:,} items (fewer than {ENOUGH_ITEMS:,}).")
    if preview.reviews < ENOUGH_REVIEWS:
        found.append(
            f"{preview.reviews:,} human decisions are behind it (fewer than {ENOUGH_REVIEWS})."
        )
    if preview.unscored > MOST_UNSCORED * (preview.items + preview.unscored):
        found.append(f"{preview.unscored:,} items have no scores of its model and are left out.")
    return found


def save_draft(
    space: Workspace,
    person: Person,
    *,
    name: str,
    rule: Rule,
    model: ModelVersion,
    origin: Mapping[str, object] | None = None,
) -> PolicyVersion:
    """Records a new version of the named policy as a draft; versions never change afterwards.

    `origin` says in the audit log what the rule was worked out from.
    """
    person.require(Permission.MANAGE_POLICIES)
    if not name.strip() or len(name) > 80:
        raise PolicyError("Give the policy a name of 1 to 80 characters.")
    if rule_labels := _not_scored(rule, model):
        raise PolicyError(f"{model.display_name} does not score {', '.join(rule_labels)}.")
    with space.store.writing() as parts:
        parts.serialise("policies")
        numbers = [each.number for each in parts.policies.all() if each.name == name.strip()]
        version = PolicyVersion(
            policy_version_id=space.ids.next(),
            name=name.strip(),
            number=max(numbers, default=0) + 1,
            mode=PolicyMode.DRAFT,
            model_version_id=model.model_version_id,
            rule=rule,
            author=person.name,
            created_at=space.clock.now(),
        )
        parts.policies.add(version)
        parts.audit.append(
            person.name, "policy.drafted", f"policy:{version.display_name}",
            {
                "rule": rule.model_dump(mode="json"), "model": model.display_name,
                **({"origin": dict(origin)} if origin else {}),
            },
        )  # fmt: skip
    return version


def publish(
    space: Workspace,
    person: Person,
    policy_version_id: int,
    *,
    mode: PolicyMode,
    preview: SeenPreview,
    model: ModelVersion,
    share: float = 1.0,
    note: str = "",
) -> PolicyVersion:
    """Makes a version shadow or live; the preview that was looked at is stored with it.

    `model` is the model version in use. A version that goes live for everything retires the one
    before it; for a share, the one before stays live for the rest. Raises PolicyError when the
    preview raises concerns and `note` gives no reason.
    """
    with space.store.writing() as parts:
        parts.serialise("policies")
        return publish_within(
            parts, person, policy_version_id, mode=mode, preview=preview, model=model, share=share,
            note=note,
        )  # fmt: skip


def publish_within(
    parts: StoreParts,
    person: Person,
    policy_version_id: int,
    *,
    mode: PolicyMode,
    preview: SeenPreview,
    model: ModelVersion,
    share: float = 1.0,
    note: str = "",
) -> PolicyVersion:
    """`publish` inside a transaction that has serialised "policies"."""
    person.require(Permission.MANAGE_POLICIES)
    if mode not in (PolicyMode.SHADOW, PolicyMode.LIVE):
        raise PolicyError("A version is published as shadow or live.")
    if not 0 < share <= 1:
        raise PolicyError("The share must be above 0 and at most 100 %.")
    doubts = concerns(preview)
    if mode is PolicyMode.LIVE and doubts and len(note.strip()) < NOTE_MIN:
        raise PolicyError(
            f"Say why it should go live all the same ({NOTE_MIN} characters or more): "
            + " ".join(doubts)
        )
    version = _get(parts, policy_version_id)
    if version.mode is mode and version.share == share:
        raise PolicyError(f"{version.display_name} is {mode.value} already.")
    if version.model_version_id != model.model_version_id:
        raise PolicyError(
            f"{version.display_name} reads another model version than the one that scores new "
            f"items ({model.display_name}). Choose that model in the settings first."
        )
    if share < 1:
        _refuse_second_split(parts, version, person)
    replaced = _replaced(parts, version, mode, share)
    for other in replaced:
        parts.policies.set_mode(
            other, PolicyMode.RETIRED, person.name, note=f"Replaced by {version.display_name}."
        )
    parts.policies.set_mode(
        version, mode, person.name, share=share if mode is PolicyMode.LIVE else 1.0,
        preview=preview.model_dump_json(), note=note.strip()[:NOTE_MAX] or None,
    )  # fmt: skip
    details: dict[str, Any] = {
        "mode": mode.value, "share": share, "note": note.strip()[:NOTE_MAX],
        "retired": [each.display_name for each in replaced],
        "overridden": doubts if mode is PolicyMode.LIVE else [],
        "preview": preview.model_dump(mode="json"),
    }  # fmt: skip
    parts.audit.append(person.name, "policy.published", f"policy:{version.display_name}", details)
    return version.model_copy(update={"mode": mode, "share": share})


def _refuse_second_split(parts: StoreParts, version: PolicyVersion, person: Person) -> None:
    """New items can be split in one way at a time only."""
    for experiment in parts.experiments.running():
        if experiment.model_version_id == version.model_version_id:
            raise PolicyError(
                f"{named_for(experiment, person)} splits new items already. Stop it before "
                f"{version.display_name} goes live for a share."
            )


def retire(space: Workspace, person: Person, policy_version_id: int, *, note: str) -> None:
    """Ends a shadow, a partly live version or a draft; the live one is replaced, not retired."""
    person.require(Permission.MANAGE_POLICIES)
    with space.store.writing() as parts:
        parts.serialise("policies")
        version = _get(parts, policy_version_id)
        if version.mode is PolicyMode.LIVE and version.share >= 1:
            raise PolicyError(
                f"{version.display_name} is what decides now. Publish another version in its place."
            )
        parts.policies.set_mode(version, PolicyMode.RETIRED, person.name, note=note or None)
        parts.audit.append(
            person.name, "policy.retired", f"policy:{version.display_name}", {"note": note}
        )


@rereading
def before_live(space: Workspace, live: PolicyVersion) -> PolicyVersion | None:
    """The version that was live for everything before `live`: what roll-back returns to."""
    with space.store.reading() as parts:
        return _before(parts, live)


def roll_back(space: Workspace, person: Person, live: PolicyVersion) -> PolicyVersion:
    """Makes the version before `live` decide again, in one step; the version returned to."""
    person.require(Permission.MANAGE_POLICIES)
    with space.store.writing() as parts:
        parts.serialise("policies")
        if _get(parts, live.policy_version_id).mode is not PolicyMode.LIVE:
            raise PolicyError(f"{live.display_name} is not live any more. Look again.")
        earlier = _before(parts, live)
        if earlier is None:
            raise PolicyError(f"Nothing was live before {live.display_name}.")
        note = f"Rolled back from {live.display_name}."
        parts.policies.set_mode(live, PolicyMode.RETIRED, person.name, note=note)
        parts.policies.set_mode(earlier, PolicyMode.LIVE, person.name, note=note)
        parts.audit.append(
            person.name, "policy.rolled_back", f"policy:{earlier.display_name}",
            {"from": live.display_name},
        )  # fmt: skip
    return earlier


@rereading
def life_of(space: Workspace, person: Person, policy_version_id: int) -> list[PolicyChange]:
    """The steps of a version's life, oldest first."""
    person.require(Permission.SEE_SCORES)
    with space.store.reading() as parts:
        return parts.policies.life(policy_version_id)


def _before(parts: StoreParts, live: PolicyVersion) -> PolicyVersion | None:
    """The same model's version that was live for everything last, other than `live`."""
    found: list[tuple[datetime, PolicyVersion]] = []
    for version in parts.policies.all():
        if version.model_version_id != live.model_version_id:
            continue
        if version.policy_version_id == live.policy_version_id:
            continue
        found += [
            (change.changed_at, version)
            for change in parts.policies.life(version.policy_version_id)
            if change.mode is PolicyMode.LIVE and (change.share or 1.0) >= 1
        ]
    return max(found, key=lambda each: each[0])[1] if found else None


def _replaced(
    parts: StoreParts, version: PolicyVersion, mode: PolicyMode, share: float
) -> list[PolicyVersion]:
    """Live versions that give way: all of them, or with a share the other partly live ones."""
    if mode is not PolicyMode.LIVE:
        return []
    others = [
        each
        for each in parts.policies.all()
        if each.mode is PolicyMode.LIVE
        and each.model_version_id == version.model_version_id
        and each.policy_version_id != version.policy_version_id
    ]
    if share < 1:
        if not any(each.share >= 1 for each in others):
            raise PolicyError(
                f"{version.display_name} decides everything now: publish another version for the "
                "rest first."
            )
        return [each for each in others if each.share < 1]
    return others


def _get(parts: StoreParts, policy_version_id: int) -> PolicyVersion:
    found = [each for each in parts.policies.all() if each.policy_version_id == policy_version_id]
    if not found:
        raise PolicyError("There is no such policy version in this store.")
    return found[0]


def _not_scored(rule: Rule, model: ModelVersion) -> list[str]:
    read = rule.weights if rule.kind == "weighted" else rule.thresholds
    return [label.words for label in read if label not in model.labels]
