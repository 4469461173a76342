"""Recording what a policy concludes on history: for lists and comparisons, never a decision."""

from core.domain.policy import PolicyVersion
from core.store.job_handle import JobHandle
from core.store.previews import RuleOn
from core.usecases.workspace import Workspace

_BATCH = 50_000


def conclude_history(space: Workspace, policy: PolicyVersion, job: JobHandle) -> int:
    """Records a policy's verdicts on all history that has none; decides nothing.

    Lists and shadow comparisons read verdicts. The number of items concluded on.
    """
    on = RuleOn(rule=policy.rule, model_version_id=policy.model_version_id)
    with space.store.reading() as parts:
        total = parts.scores.counts().get(policy.model_version_id, 0)
    done, after_id = 0, 0
    while True:
        with space.store.writing() as parts:
            parts.serialise(f"scores:{policy.model_version_id}")
            found = parts.previews.conclude(policy.policy_version_id, on, after_id, _BATCH)
        if found is None:
            return done
        after_id, count = found
        done += count
        job.progress("concluding", done, max(total, done))
