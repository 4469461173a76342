"""Recalibration in the background: apart from the workbench, for it needs what scoring must not."""

from collections.abc import Callable
from functools import partial
from typing import Any

from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.role import Permission
from core.store.job_handle import JobHandle
from core.usecases.recalibrate_model import (
    Proposal,
    RecalibrationSummary,
    add_recalibrated_scores,
    recalibrate_model,
)
from data.bootstrap import Workbench


def start_recalibration(workbench: Workbench, proposal: Proposal, person: Person) -> int:
    """Makes the proposed model version in the background; the job's id."""
    make = partial(recalibrate_model, workbench.space, workbench.registry, proposal, person=person)
    return _start(workbench, f"Recalibrating {proposal.model.name}", person, make)


def start_recalibrated_scores(workbench: Workbench, model: ModelVersion, person: Person) -> int:
    """Gives a recalibrated version scores for what its base scored since; the job's id."""
    make = partial(
        add_recalibrated_scores, workbench.space, workbench.registry, model, person=person
    )
    return _start(workbench, f"Adding scores of {model.name}", person, make)


def _start(
    workbench: Workbench, title: str, person: Person, make: Callable[..., RecalibrationSummary]
) -> int:
    person.require(Permission.MANAGE_POLICIES)

    def work(job: JobHandle) -> dict[str, Any]:
        try:
            summary = make(job=job)
        finally:
            # Also when it was cancelled: the version is there then, with fewer scores.
            workbench.policies_changed(by=person)
        return summary.model_dump() | {"sentence": summary.sentence}

    return workbench.jobs.submit("recalibrating", title, person.name, work)
