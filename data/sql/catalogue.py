"""Model versions and policy versions."""

from sqlalchemy import func, insert, select

from core.domain.model_version import ModelVersion
from core.domain.policy import PolicyChange, PolicyMode, PolicyVersion
from data.sql.part import Part
from data.sql.tables import model_version, policy_mode, policy_version


class SqlModels(Part):
    """Model versions."""

    def add(self, version: ModelVersion) -> None:
        """Records a model version."""
        self._connection.execute(insert(model_version), [version.model_dump(mode="python")])

    def all(self) -> list[ModelVersion]:
        """Every model version, oldest first."""
        rows = self._connection.execute(
            select(model_version).order_by(model_version.c.model_version_id)
        ).mappings()
        return [ModelVersion.model_validate(dict(row)) for row in rows]


class SqlPolicies(Part):
    """Policy versions and the facts of their life."""

    def add(self, version: PolicyVersion) -> None:
        """Records a policy version in its first mode."""
        self._connection.execute(
            insert(policy_version),
            [
                {
                    "policy_version_id": version.policy_version_id,
                    "name": version.name,
                    "number": version.number,
                    "model_version_id": version.model_version_id,
                    "rule": version.rule.model_dump(mode="json"),
                    "author": version.author,
                    "created_at": version.created_at,
                }
            ],
        )
        self.set_mode(version, version.mode, version.author, share=version.share, note=version.note)

    def set_mode(
        self, version: PolicyVersion, mode: PolicyMode, actor: str, *,
        share: float = 1.0, preview: str | None = None, note: str | None = None,
    ) -> None:  # fmt: skip
        """Appends a change of mode."""
        self._unit.has_news = True
        self._connection.execute(
            insert(policy_mode),
            [
                {
                    "change_seq": self._unit.ids.next(),
                    "policy_version_id": version.policy_version_id,
                    "mode": mode.value,
                    "actor": actor,
                    "changed_at": self._unit.clock.now(),
                    "share": share,
                    "preview": preview,
                    "note": note,
                }
            ],
        )

    def life(self, policy_version_id: int) -> list[PolicyChange]:
        """The changes of a version's mode, oldest first."""
        changes = policy_mode.c
        rows = self._connection.execute(
            select(
                changes.mode, changes.actor, changes.changed_at, changes.share, changes.preview,
                changes.note,
            )
            .where(changes.policy_version_id == policy_version_id)
            .order_by(changes.change_seq)
        ).mappings()  # fmt: skip
        return [PolicyChange.model_validate(dict(row)) for row in rows]

    def all(self) -> list[PolicyVersion]:
        """Every policy version with its current mode, oldest first."""
        # Modes are only ever added, each under an id of its own, and a version comes with one.
        stamp = self._connection.execute(
            select(func.count(), func.max(policy_mode.c.change_seq))
        ).one()
        return self._unit.facts.policies(tuple(stamp), self._read_all)

    def _read_all(self) -> list[PolicyVersion]:
        newest = (
            select(
                policy_mode.c.policy_version_id,
                func.max(policy_mode.c.change_seq).label("change_seq"),
            )
            .group_by(policy_mode.c.policy_version_id)
            .subquery()
        )
        published = (
            select(
                policy_mode.c.policy_version_id,
                func.min(policy_mode.c.changed_at).label("published_at"),
            )
            .where(policy_mode.c.mode == PolicyMode.LIVE.value)
            .group_by(policy_mode.c.policy_version_id)
            .subquery()
        )
        versions = policy_version.c
        rows = self._connection.execute(
            select(
                versions.policy_version_id,
                versions.name,
                versions.number,
                versions.model_version_id,
                versions.rule,
                versions.author,
                versions.created_at,
                policy_mode.c.mode,
                func.coalesce(policy_mode.c.share, 1.0).label("share"),
                policy_mode.c.note,
                policy_mode.c.changed_at,
                policy_mode.c.actor.label("changed_by"),
                published.c.published_at,
            )
            .join(newest, newest.c.policy_version_id == versions.policy_version_id)
            .join(policy_mode, policy_mode.c.change_seq == newest.c.change_seq)
            .outerjoin(published, published.c.policy_version_id == versions.policy_version_id)
            .order_by(versions.policy_version_id)
        ).mappings()
        return [PolicyVersion.model_validate(dict(row)) for row in rows]
