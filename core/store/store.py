"""The store: its parts, and the two ways to use them."""

from contextlib import AbstractContextManager
from typing import Protocol

from core.store.analytics import AnalyticsStore
from core.store.api_keys import ApiKeyStore
from core.store.catalogue import ModelStore, PolicyStore, ScoreStore
from core.store.decisions import DecisionStore
from core.store.deliveries import DeliveryStore
from core.store.disagreements import DisagreementStore
from core.store.drift import DriftStore
from core.store.experiments import ExperimentStore
from core.store.golden import GoldenStore
from core.store.identity import IdentityStore
from core.store.items import ItemStore
from core.store.past_decisions import PastDecisionStore
from core.store.previews import DistributionStore, PreviewStore
from core.store.quality import QualityStore
from core.store.queues import QueueStore
from core.store.records import AuditStore, ImportStore, JobStore
from core.store.regulation import RegulationStore
from core.store.reports import ReportStore
from core.store.samples import SampleStore
from core.store.score_imports import ScoreImportStore
from core.store.tasks import TaskStore
from core.store.webhooks import WebhookStore


class StoreParts(Protocol):
    """The parts of a store, bound to one transaction."""

    def serialise(self, *names: str) -> None:
        """Makes writing transactions about the same named things wait for each other."""

    @property
    def items(self) -> ItemStore:
        """Items."""

    @property
    def scores(self) -> ScoreStore:
        """Scores and verdicts."""

    @property
    def score_imports(self) -> ScoreImportStore:
        """Items that an outside model's scores are for."""

    @property
    def past_decisions(self) -> PastDecisionStore:
        """Decisions that were made elsewhere."""

    @property
    def models(self) -> ModelStore:
        """Model versions."""

    @property
    def policies(self) -> PolicyStore:
        """Policy versions."""

    @property
    def decisions(self) -> DecisionStore:
        """The ledger."""

    @property
    def tasks(self) -> TaskStore:
        """Review tasks and claims."""

    @property
    def imports(self) -> ImportStore:
        """Import runs."""

    @property
    def jobs(self) -> JobStore:
        """Jobs."""

    @property
    def audit(self) -> AuditStore:
        """The audit log."""

    @property
    def queues(self) -> QueueStore:
        """Definitions of queues."""

    @property
    def identity(self) -> IdentityStore:
        """Accounts and sessions."""

    @property
    def previews(self) -> PreviewStore:
        """What rules would conclude."""

    @property
    def samples(self) -> SampleStore:
        """Samples that were drawn."""

    @property
    def disagreements(self) -> DisagreementStore:
        """Blind reviews of what two sides conclude differently."""

    @property
    def experiments(self) -> ExperimentStore:
        """Experiments on split traffic."""

    @property
    def distributions(self) -> DistributionStore:
        """How scores are distributed."""

    @property
    def drift(self) -> DriftStore:
        """Two periods or model versions side by side."""

    @property
    def regulation(self) -> RegulationStore:
        """Regulatory exports."""

    @property
    def reports(self) -> ReportStore:
        """Reports."""

    @property
    def quality(self) -> QualityStore:
        """Reviewers' answers and work."""

    @property
    def golden(self) -> GoldenStore:
        """Golden items."""

    @property
    def api_keys(self) -> ApiKeyStore:
        """Keys of the HTTP API."""

    @property
    def webhooks(self) -> WebhookStore:
        """Webhooks and their deliveries."""

    @property
    def deliveries(self) -> DeliveryStore:
        """What waits to be sent to webhooks."""

    @property
    def analytics(self) -> AnalyticsStore:
        """Aggregates."""


class Store(Protocol):
    """Where the history is kept."""

    def reading(self) -> AbstractContextManager[StoreParts]:
        """The parts on one consistent snapshot, for reading only."""

    def writing(self) -> AbstractContextManager[StoreParts]:
        """The parts in one transaction: committed and durable at the end, or undone on an error."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes may use the store at the same time."""

    @property
    def changes(self) -> int:
        """A number that rises with every change that pages show, whoever made it."""

    def after_bulk_load(self) -> None:
        """Lets the database tidy up after much was written."""

    def close(self) -> None:
        """Releases the database."""
