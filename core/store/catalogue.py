"""What we need from storage for model versions, policy versions and scores."""

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from core.domain.model_version import ModelVersion
from core.domain.policy import PolicyChange, PolicyMode, PolicyVersion


class ModelStore(Protocol):
    """Model versions: immutable."""

    def add(self, version: ModelVersion) -> None:
        """Records a model version."""

    def all(self) -> list[ModelVersion]:
        """Every model version, oldest first."""


class PolicyStore(Protocol):
    """Policy versions are immutable; their mode is a fact that is appended."""

    def add(self, version: PolicyVersion) -> None:
        """Records a policy version in its first mode."""

    def set_mode(
        self, version: PolicyVersion, mode: PolicyMode, actor: str, *,
        share: float = 1.0, preview: str | None = None, note: str | None = None,
    ) -> None:  # fmt: skip
        """Appends a change of mode, with the preview that was looked at (JSON)."""

    def life(self, policy_version_id: int) -> list[PolicyChange]:
        """The changes of a version's mode, oldest first."""

    def all(self) -> list[PolicyVersion]:
        """Every policy version with its current mode, oldest first."""


class ScoreStore(Protocol):
    """Scores and verdicts: appended, one row per item and version."""

    def add_scores(self, frame: pl.DataFrame) -> None:
        """Appends scores."""

    def add_verdicts(self, frame: pl.DataFrame) -> None:
        """Appends verdicts."""

    def by_content(self, hashes: Sequence[bytes], model_version_id: int) -> pl.DataFrame:
        """Scores already computed for identical content."""

    def scored_among(self, item_ids: Sequence[int], model_version_id: int) -> list[int]:
        """Those of the items that have scores of the model version."""

    def lacking(
        self, base_version_id: int, model_version_id: int, after_id: int, limit: int
    ) -> pl.DataFrame:
        """item_id, content_hash and the labels by the base, of items the other version lacks.

        The next `limit` items by id.
        """

    def any(self) -> bool:
        """Whether any item has scores."""

    def counts(self) -> dict[int, int]:
        """How many items each model version scored, by its id."""
