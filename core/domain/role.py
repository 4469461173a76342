"""Roles, and the one table of what each may do; pages, use cases and the API all consult it."""

from enum import StrEnum


class Permission(StrEnum):
    """Something that not everybody may do."""

    SEE_OVERVIEW = "see_overview"
    REVIEW = "review"
    REVIEW_ESCALATIONS = "review_escalations"
    DECIDE_IN_BULK = "decide_in_bulk"
    IMPORT = "import"
    EXPORT = "export"
    SEE_SCORES = "see_scores"
    SEE_QUALITY = "see_quality"
    MANAGE_POLICIES = "manage_policies"
    SEE_MODELS = "see_models"
    RESCORE = "rescore"
    MANAGE_QUEUES = "manage_queues"
    READ_AUDIT = "read_audit"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_WEBHOOKS = "manage_webhooks"

    @property
    def words(self) -> str:
        """What it allows."""
        return _WORDS[self]


_WORDS: dict[Permission, str] = {
    Permission.SEE_OVERVIEW: "see what waits and what was decided",
    Permission.REVIEW: "decide, skip and undo in the queues they are given",
    Permission.REVIEW_ESCALATIONS: "decide what others escalated",
    Permission.DECIDE_IN_BULK: "decide several items at once, also outside a queue",
    Permission.IMPORT: "import items and take imports back",
    Permission.EXPORT: "export items, scores and decisions",
    Permission.SEE_SCORES: "see how scores are distributed and what a policy would change",
    Permission.SEE_QUALITY: "see how far reviewers agree, and how they work",
    Permission.MANAGE_POLICIES: "save, publish and retire policy versions",
    Permission.SEE_MODELS: "see the models and try texts on them",
    Permission.RESCORE: "score history with another model",
    Permission.MANAGE_QUEUES: "define queues and who works on them",
    Permission.READ_AUDIT: "read and export the audit log",
    Permission.MANAGE_PEOPLE: "add people, change their roles, end their sessions",
    Permission.MANAGE_WEBHOOKS: "say which addresses are told of decisions, and send again",
}


class Role(StrEnum):
    """What a person is here for."""

    REVIEWER = "reviewer"
    SENIOR_REVIEWER = "senior_reviewer"
    POLICY_MANAGER = "policy_manager"
    ANALYST = "analyst"
    ADMIN = "admin"

    @property
    def words(self) -> str:
        """The role as people say it."""
        return self.value.replace("_", " ")

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this role may do."""
        return PERMISSIONS[self]


_REVIEWER = frozenset({Permission.SEE_OVERVIEW, Permission.REVIEW})
_ANALYST = frozenset(
    {
        Permission.SEE_OVERVIEW,
        Permission.EXPORT,
        Permission.SEE_SCORES,
        Permission.SEE_MODELS,
    }
)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.REVIEWER: _REVIEWER,
    Role.SENIOR_REVIEWER: _REVIEWER
    | {
        Permission.REVIEW_ESCALATIONS,
        Permission.DECIDE_IN_BULK,
        Permission.MANAGE_QUEUES,
        Permission.SEE_SCORES,
        Permission.SEE_QUALITY,
    },
    Role.POLICY_MANAGER: _ANALYST
    | {
        Permission.IMPORT,
        Permission.RESCORE,
        Permission.MANAGE_QUEUES,
        Permission.MANAGE_POLICIES,
        Permission.READ_AUDIT,
    },
    Role.ANALYST: _ANALYST,
    Role.ADMIN: frozenset(Permission),
}
