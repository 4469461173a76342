"""Two models of words, and trials of them that are run to their end at once."""

from collections.abc import Sequence
from typing import ClassVar

import numpy.typing as npt

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.policy import PolicyVersion
from core.engine.classifier import Classifier
from core.engine.registry import Registry
from core.errors import UnknownModelError
from core.usecases.catalogue import Catalogue
from core.usecases.choose_trial_items import choose_trial_items
from core.usecases.history import Histories
from core.usecases.trial_run import TrialModel, TrialPlan, TrialRun
from core.usecases.trial_sample import ChosenItems, SampleKind
from core.usecases.try_rescoring import new_trial, trial_batches
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier

ANN = operator("ann")


class Newer(WordClassifier):
    """Lets idiots pass, minds clowns, knows no sentiment; counts what it was asked."""

    name = "words-2"
    digest = "cd" * 32
    labels = tuple(label for label in WordClassifier.labels if label is not Label.SENTIMENT)
    WORDS: ClassVar = {"clown": Label.TOXICITY, "pills": Label.SPAM}

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, texts: Sequence[str]) -> npt.NDArray:  # type: ignore[type-arg]
        self.asked += texts
        return super().score(texts)


class WordRegistry(Registry):
    """Knows what it is given."""

    def __init__(self, *known: Classifier) -> None:
        super().__init__()
        self.known = {each.name: each for each in known}

    def get(self, name: str) -> Classifier:
        if name not in self.known:
            raise UnknownModelError(f"There is no model {name!r}.")
        return self.known[name]


def chosen(
    space: Workspace,
    catalogue: Catalogue,
    kind: SampleKind = SampleKind.RANDOM,
    count: int = 1_000,
    *,
    draw: int = 0,
    person: Person = ANN,
    **wanted: object,
) -> ChosenItems:
    """Items for a trial."""
    return choose_trial_items(
        space, Histories(space.store), catalogue, person, ItemFilter.model_validate(wanted),
        kind=kind, count=count, draw=draw,
    )  # fmt: skip


def model_of(classifier: Classifier) -> TrialModel:
    """How a plan names it."""
    return TrialModel(name=classifier.name, version=classifier.version, digest=classifier.digest)


def planned(
    catalogue: Catalogue,
    source: ChosenItems | Sequence[str],
    *models: Classifier,
    policy: PolicyVersion | None = None,
) -> TrialPlan:
    """These models on the source, under the live policy unless said otherwise."""
    return TrialPlan(
        models=tuple(model_of(each) for each in models),
        policy=policy or catalogue.policy,
        before_model=model_of(WordClassifier()),
        before_policy=catalogue.policy,
        source=source if isinstance(source, ChosenItems) else tuple(source),
        title="test",
    )


def tried(
    space: Workspace,
    catalogue: Catalogue,
    source: ChosenItems | Sequence[str],
    *models: WordClassifier,
    policy: PolicyVersion | None = None,
) -> TrialRun:
    """The run, over."""
    run = new_trial(space, ANN, planned(catalogue, source, *models, policy=policy))
    registry = WordRegistry(*models)
    for _ in trial_batches(space, registry, catalogue, WordClassifier(), run):
        pass
    return run
