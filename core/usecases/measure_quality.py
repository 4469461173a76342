"""How far reviewers agree and how they work, from what the ledger already knows."""

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from core.domain.period import Period
from core.domain.person import Person
from core.domain.role import Permission
from core.metrics.agreement import Agreement
from core.store.quality import QualityScope
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.rated_items import (
    AgreementPart,
    SplitBy,
    TwoReviewers,
    agreement_on,
    people_in,
    ratings_of,
    split_agreement,
    two_reviewers,
)
from core.usecases.reviewers_work import exposure_table, people_table, severe_days
from core.usecases.workspace import Workspace


@dataclass(frozen=True)
class ReviewerQuality:
    """The answers and the work of a period; numbers are worked out when they are asked for."""

    scope: QualityScope
    answers: pl.DataFrame = field(repr=False)
    """As `QualityStore.answers`."""
    work: pl.DataFrame = field(repr=False)
    """As `QualityStore.work`."""
    skips: pl.DataFrame = field(repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether nobody decided anything in the period."""
        return self.work.is_empty() and self.ratings.is_empty()

    @property
    def reviewers(self) -> list[str]:
        """Everybody who decided in the period, by name."""
        return sorted({*self.work["actor"].to_list(), *self.ratings["actor"].to_list()})

    @cached_property
    def ratings(self) -> pl.DataFrame:
        """What each person last said of the items that two people or more answered."""
        return ratings_of(self.answers, self.scope.period)

    @cached_property
    def agreement(self) -> Agreement | None:
        """On approving or rejecting; None without an item that two people answered."""
        return agreement_on(self.ratings)

    @property
    def raters(self) -> list[str]:
        """Who answered something that somebody else answered too, by name."""
        return people_in(self.ratings)

    def split(self, by: SplitBy) -> list[AgreementPart]:
        """Agreement of parts, the one with most items first."""
        return split_agreement(self.ratings, by)

    def between(self, first: str, second: str, *, by_reason: bool = False) -> TwoReviewers:
        """The answers of two people side by side."""
        return two_reviewers(self.ratings, first, second, by_reason=by_reason)

    @cached_property
    def people(self) -> pl.DataFrame:
        """One row a person, by name; see `people_table`."""
        return people_table(
            self.work, self.skips, self.answers, self.ratings, self.scope.period
        )  # fmt: skip

    @cached_property
    def exposure(self) -> pl.DataFrame:
        """What all together looked at by expected harm; see `exposure_table`."""
        return exposure_table(self.work)

    @cached_property
    def severe_days(self) -> pl.DataFrame:
        """Severe items and minutes of each person's days, without names."""
        return severe_days(self.work)


@rereading
def measure_quality(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    period: Period,
    *,
    tenant: str | None = None,
    language: str | None = None,
) -> ReviewerQuality:
    """The period's answers and work, over the tenants that the person sees."""
    person.require(Permission.SEE_QUALITY)
    scope = QualityScope(period=period, tenants=_tenants(person, tenant), language=language)
    with space.store.reading() as parts:
        return ReviewerQuality(
            scope=scope,
            answers=parts.quality.answers(scope),
            work=parts.quality.work(scope, catalogue.model.model_version_id),
            skips=parts.quality.skips(scope),
        )


def _tenants(person: Person, tenant: str | None) -> tuple[str, ...] | None:
    if tenant is None:
        return person.tenants
    return (tenant,) if person.sees(tenant) else ()


@rereading
def differing_texts(
    space: Workspace, person: Person, pair: TwoReviewers, *, most: int = 50
) -> pl.DataFrame:
    """item_id, a, b, tenant_id, external_id, title, body: where two people differ, newest first."""
    person.require(Permission.SEE_QUALITY)
    rows = pair.differing.head(most)
    with space.store.reading() as parts:
        texts = parts.items.texts(rows["item_id"].to_list())
    seen = [each for each in texts["tenant_id"].unique().to_list() if person.sees(each)]
    return rows.join(
        texts.filter(pl.col("tenant_id").is_in(seen)), on="item_id", maintain_order="left"
    ).select("item_id", "a", "b", "tenant_id", "external_id", "title", "body")
