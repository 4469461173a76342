"""Policy versions as the page says them, what decides now first."""

from core.domain.policy import PolicyMode, PolicyVersion
from dashboard import state

_ORDER = (PolicyMode.LIVE, PolicyMode.SHADOW, PolicyMode.DRAFT, PolicyMode.RETIRED)


def version_words(version: PolicyVersion) -> str:
    """A version with its mode, such as "default v2 · live for 20%"."""
    share = f" for {version.share:.0%}" if version.share < 1 else ""
    return f"{version.display_name} · {version.mode.value}{share}"


def versions_in_order() -> dict[int, PolicyVersion]:
    """Every version by id: live, shadow, drafts, retired; the newest of each first."""
    found = sorted(
        state.workbench().catalogue.policies,
        key=lambda each: (_ORDER.index(each.mode), -each.policy_version_id),
    )
    return {each.policy_version_id: each for each in found}
