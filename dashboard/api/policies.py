"""Policies: their versions, and what a changed rule would do to history."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from core.domain.api_key import Scope
from core.domain.item_filter import ItemFilter
from core.domain.policy import PolicyMode, PolicyVersion, Rule, ThresholdRule
from core.domain.record import Record
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.errors import NotFoundError
from core.metrics.survey import Estimate
from core.usecases.preview_policy import Preview, Side, preview_policy
from dashboard.api.answers import Answer
from dashboard.api.bodies import model_body
from dashboard.api.documented import body_of, problems
from dashboard.api.keys import Caller, api_caller
from dashboard.api.row_id import RowId, StorableId

router = APIRouter(prefix="/api/v1", tags=["policies"])
Reader = Annotated[Caller, Depends(api_caller(Scope.READ))]
_EXAMPLE = {
    "rule": {
        "kind": "thresholds",
        "thresholds": {"toxicity": {"approve_below": 0.3, "reject_above": 0.9}},
    }
}


class PolicyAnswer(Answer):
    """One version of a policy; overrides are those that can apply to the key's tenant."""

    id: str
    name: str
    number: int
    mode: PolicyMode
    share: Annotated[float, Field(description="For which share of new items it is live.")]
    is_in_force: Annotated[bool, Field(description="Whether it decides on new items in general.")]
    model_version_id: str
    rule: Rule
    created_at: datetime
    published_at: datetime | None


class PolicyList(Answer):
    """Every version of every policy, oldest first."""

    policies: tuple[PolicyAnswer, ...]


class PreviewRequest(Record):
    """A rule to be looked at on history."""

    rule: Rule
    against: Annotated[
        StorableId | None, Field(description="A policy version's id; default: the one in force.")
    ] = None
    language: Annotated[str | None, Field(pattern=r"^[a-z]{2}$")] = None


class EstimateAnswer(Answer):
    """A share with its interval (95 %) and what it rests on."""

    value: float | None
    low: float | None
    high: float | None
    count: Annotated[float, Field(description="Observations behind it.")]
    method: str


class SideAnswer(Answer):
    """One rule on history."""

    verdicts: dict[VerdictKind, int]
    reviews_per_day: float
    precision: EstimateAnswer
    recall: EstimateAnswer


class PreviewAnswer(Answer):
    """What the rule would change; nothing is written."""

    items: Annotated[int, Field(description="Scored items of history.")]
    unscored: int
    flips: int
    flip_share: float
    before: SideAnswer
    after: SideAnswer


@router.get("/policies", summary="Policy versions", responses=problems(401, 403, 422, 429, 503))
async def many_policies(caller: Reader) -> PolicyList:
    """Every version with its mode and rule."""
    versions = await caller.parts.reading.run(lambda: _versions(caller))
    return PolicyList(policies=tuple(_answer(caller, each) for each in versions))


@router.get(
    "/policies/{policy_id}",
    summary="One policy version",
    responses=problems(401, 403, 404, 422, 429, 503),
)
async def one_policy(caller: Reader, policy_id: RowId) -> PolicyAnswer:
    """The version with its mode and rule."""
    return _answer(caller, await caller.parts.reading.run(lambda: _version(caller, policy_id)))


@router.post(
    "/policies/preview",
    summary="What a rule would change on history",
    openapi_extra=body_of(PreviewRequest, _EXAMPLE),
    responses=problems(400, 401, 403, 404, 413, 415, 422, 429, 503),
)
async def preview(request: Request, caller: Reader) -> PreviewAnswer:
    """Verdicts, flips and estimated precision and recall, before and after; nothing is written."""
    sent = await model_body(request, PreviewRequest)
    workbench = caller.workbench

    def work() -> Preview:
        before = _version(caller, sent.against) if sent.against else workbench.catalogue.policy
        return preview_policy(
            workbench.space, workbench.histories, workbench.catalogue, caller.person,
            ItemFilter(language=sent.language), before=before, rule=sent.rule,
        )  # fmt: skip

    found = await caller.parts.scoring.run(work)
    return PreviewAnswer(
        items=found.history.size, unscored=found.unscored, flips=found.flips,
        flip_share=found.flip_share, before=_side(found.before), after=_side(found.after),
    )  # fmt: skip


def _versions(caller: Caller) -> tuple[PolicyVersion, ...]:
    caller.person.require(Permission.SEE_SCORES)
    return caller.workbench.catalogue.policies


def _version(caller: Caller, policy_id: str) -> PolicyVersion:
    for each in _versions(caller):
        if each.policy_version_id == int(policy_id):
            return each
    raise NotFoundError(f"There is no policy version {policy_id}.")


def _answer(caller: Caller, version: PolicyVersion) -> PolicyAnswer:
    in_force = caller.workbench.catalogue.policy
    return PolicyAnswer(
        id=str(version.policy_version_id), name=version.name, number=version.number,
        mode=version.mode, share=version.share,
        is_in_force=version.policy_version_id == in_force.policy_version_id,
        model_version_id=str(version.model_version_id), rule=_seen_by(caller, version.rule),
        created_at=version.created_at, published_at=version.published_at,
    )  # fmt: skip


def _seen_by(caller: Caller, rule: Rule) -> Rule:
    """The rule without the bounds of other tenants, whose names are not for this key."""
    if not isinstance(rule, ThresholdRule):
        return rule
    mine = (each for each in rule.overrides if each.tenant in (None, caller.tenant))
    return rule.model_copy(update={"overrides": tuple(mine)})


def _side(side: Side) -> SideAnswer:
    return SideAnswer(
        verdicts=side.counts, reviews_per_day=side.reviews_per_day,
        precision=_estimate(side.precision), recall=_estimate(side.recall),
    )  # fmt: skip


def _estimate(found: Estimate) -> EstimateAnswer:
    known = found.is_known
    return EstimateAnswer(
        value=found.value, low=found.interval.low if known else None,
        high=found.interval.high if known else None, count=found.count, method=found.method,
    )  # fmt: skip
