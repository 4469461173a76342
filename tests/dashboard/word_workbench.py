"""A workbench whose models are words, and parts of pages that are drawn on it alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from streamlit.testing.v1 import AppTest

from core.domain.label import Label
from core.domain.policy import PolicyVersion, Rule
from core.engine.classifier import Classifier
from core.engine.model_description import ModelDescription
from core.engine.registry import Registry
from core.errors import UnknownModelError
from core.usecases.manage_policies import save_draft
from dashboard import state
from data.bootstrap import Workbench, open_workbench, read_settings
from tests.builders import WordClassifier


class FewLabels(WordClassifier):
    """Scores toxicity and spam only."""

    name = "few-1"
    digest = "cd" * 32
    labels = (Label.TOXICITY, Label.SPAM)
    WORDS: ClassVar = {"idiot": Label.TOXICITY, "pills": Label.SPAM}


class WordRegistry(Registry):
    """Knows the two models of words and nothing else."""

    known: ClassVar = {each.name: each for each in (WordClassifier(), FewLabels())}

    def get(self, name: str) -> Classifier:
        if name not in self.known:
            raise UnknownModelError(f"There is no model {name!r}.")
        return self.known[name]

    def described(self) -> list[ModelDescription]:
        return [
            ModelDescription(
                name=each.name, version=each.version, kind=each.kind, labels=each.labels,
                digest=each.digest, note="for tests",
            )
            for each in self.known.values()
        ]  # fmt: skip


@contextmanager
def word_workbench(folder: Path) -> Iterator[Workbench]:
    """An empty store that `state` knows."""
    settings = read_settings(
        database_url=f"duckdb:///{folder}/store.duckdb", files_dir=folder, actor="ann",
        model="words-1",
    )  # fmt: skip
    with open_workbench(settings, registry=WordRegistry()) as opened:
        state.publish(opened)
        yield opened
        state.publish(None)


def draw(page: Callable[[], None], widgets: dict[str, object], **query: str) -> AppTest:
    """The part, with its widgets set before it is drawn first."""
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    for key, value in widgets.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """Everything on it that is read as Markdown."""
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(str(part.value) for part in parts)


def saved(workbench: Workbench, name: str, rule: Rule) -> PolicyVersion:
    """The rule as a new draft version."""
    version = save_draft(
        workbench.space, workbench.operator, name=name, rule=rule, model=workbench.catalogue.model
    )
    workbench.policies_changed(by=workbench.operator)
    return version
