"""What other model versions and a policy make of chosen items or texts, batch by batch.

Nothing is stored: the rows go into a TrialRun, from which they may be kept later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.label import SCORED_LABELS
from core.domain.person import Person
from core.domain.policy import Rule
from core.domain.role import Permission
from core.engine.classifier import Classifier
from core.engine.registry import Registry
from core.errors import ModelError, TrialError
from core.policies.evaluate_frame import evaluate_frame
from core.usecases.catalogue import Catalogue
from core.usecases.list_models import ModelRow
from core.usecases.pace import Pace
from core.usecases.trial_run import (
    BEFORE,
    MOST_ITEMS,
    MOST_MODELS,
    TrialModel,
    TrialPlan,
    TrialRun,
    TrialState,
    row_schema,
    score_column,
    side_name,
)
from core.usecases.trial_sample import ChosenItems
from core.usecases.trial_source import LABELS, given_texts, read_items, recorded
from core.usecases.workspace import Workspace

#: Items read at once: few, so that the first rows come soon; then as many as sorting needs.
_FIRST_READ, _READ = 64, 2_048
#: Rows of one batch behind the first: fewer cost throughput, though a busy machine be slow.
_LEAST, _PIECE = 128, 256
_QUICK = timedelta(seconds=0.5)

Scores = npt.NDArray[np.float32]


def new_trial(space: Workspace, person: Person, plan: TrialPlan) -> TrialRun:
    """An empty run, for `trial_batches` to fill."""
    person.require(Permission.RESCORE)
    if not plan.models:
        raise TrialError("Choose at least one model version.")
    if len(plan.models) > MOST_MODELS:
        raise TrialError(f"At most {MOST_MODELS} model versions can be tried at once.")
    if not 1 <= plan.total <= MOST_ITEMS:
        raise TrialError(
            f"Between 1 and {MOST_ITEMS:,} items can be tried at once, not {plan.total:,}."
        )
    return TrialRun(person, plan, space.clock)


def runnable(models: Sequence[ModelRow], registry: Registry) -> list[ModelRow]:
    """Those model versions that can score here: not imported scores, not lost weights."""
    return [row for row in models if row.is_installed or registry.can_open(row.name, row.digest)]


@dataclass(frozen=True)
class _Bench:
    """What a run scores and judges with."""

    scorers: dict[str, "_Scorer"]
    """By digest: the model in use, and those that are tried."""
    plan: TrialPlan


class _Scorer:
    """One classifier with the scores that are known of it, by content."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._known: dict[bytes, Scores] = {}
        self._stored: set[bytes] = set()

    def learn(self, known: pl.DataFrame) -> None:
        """Takes scores that the store has."""
        hashes = known["content_hash"].to_list()
        self._known.update(zip(hashes, recorded(known), strict=True))
        self._stored.update(hashes)

    def scores(self, batch: pl.DataFrame) -> Scores:
        """Scores (n, labels), NaN for labels it does not score; the same content is scored once."""
        hashes = batch["content_hash"].to_list()
        texts = dict(zip(hashes, batch["content"].to_list(), strict=True))
        missing = [each for each in texts if each not in self._known]
        if missing:
            found = self._classifier.score([texts[each] for each in missing])
            full = np.full((len(missing), len(SCORED_LABELS)), np.nan, dtype=np.float32)
            full[:, [SCORED_LABELS.index(label) for label in self._classifier.labels]] = found
            self._known.update(zip(missing, full, strict=True))
        return np.stack([self._known[each] for each in hashes])

    def stored_count(self, batch: pl.DataFrame) -> int:
        """How many of the batch's rows had scores in the store."""
        return sum(each in self._stored for each in batch["content_hash"].to_list())


def trial_batches(
    space: Workspace,
    registry: Registry,
    catalogue: Catalogue,
    in_use: Classifier,
    run: TrialRun,
) -> Iterator[None]:
    """Fills the run, a batch a step; the steps may wait for those of other runs.

    What each side is compared with is the model in use under the live policy: its recorded scores
    for stored items, scores of now for texts.
    """
    run.at("opening models")
    yield
    scorers = {in_use.digest: _Scorer(in_use)}
    for model in run.plan.models:
        if model.digest not in scorers:
            scorers[model.digest] = _Scorer(_opened(registry, model))
    bench = _Bench(scorers, run.plan)
    run.begin()
    pace = Pace(space.clock, first=8, least=8, most=_READ, quick=_QUICK)
    start = 0
    while start < run.plan.total:
        places = range(start, min(run.plan.total, start + (_READ if start else _FIRST_READ)))
        chunk = _read(space, catalogue, bench, run, places)
        while not chunk.is_empty():
            rows = max(pace.rows, _LEAST) if start else pace.rows
            batch, chunk = chunk.head(rows), chunk.slice(rows)
            _score(run, bench, batch)
            pace.adapt()
            yield
        start = places.stop
    run.end(TrialState.DONE)


def _opened(registry: Registry, model: TrialModel) -> Classifier:
    """The model version that was chosen, and no other of its name."""
    classifier = registry.get(model.name)
    if classifier.digest != model.digest:
        why = registry.notice or "The installed version is another one."
        raise ModelError(f"{model.display_name} cannot run here. {why}")
    return classifier


def _read(
    space: Workspace,
    catalogue: Catalogue,
    bench: _Bench,
    run: TrialRun,
    places: range,
) -> pl.DataFrame:
    """The rows at these places, in the order in which they are best scored."""
    source = run.plan.source
    if isinstance(source, ChosenItems):
        digests = [model.digest for model in run.plan.models]
        chunk, known = read_items(space, catalogue, source, places, digests)
        for digest, scores in known.items():
            bench.scorers[digest].learn(scores)
        if gone := len(places) - chunk.height:
            run.skip(gone)
    else:
        chunk = given_texts(source, places)
    return _by_length(chunk) if places.start else chunk


def _by_length(chunk: pl.DataFrame) -> pl.DataFrame:
    """Pieces of texts of like length, short and long ones in turn.

    The encoder's batches hold texts of one length: sorted, small batches are as quick as large
    ones, and taken in turn they say early how long the rest will take.
    """
    ordered = chunk.sort(pl.col("content").str.len_chars())
    pieces = list(ordered.iter_slices(_PIECE))
    half = (len(pieces) + 1) // 2
    pairs = zip_longest(pieces[:half], reversed(pieces[half:]))
    return pl.concat(
        [chunk.clear(), *(each for pair in pairs for each in pair if each is not None)]
    )


def _score(run: TrialRun, bench: _Bench, batch: pl.DataFrame) -> None:
    is_stored = LABELS[0] in batch.columns
    before = (
        recorded(batch)
        if is_stored
        else bench.scorers[bench.plan.before_model.digest].scores(batch)
    )
    sides = [_side(batch, before, bench.plan.before_policy.rule, BEFORE)]
    reused: dict[int, int] = {}
    for number, model in enumerate(bench.plan.models):
        scorer = bench.scorers[model.digest]
        scores = scorer.scores(batch)
        reused[number] = scorer.stored_count(batch)
        sides.append(_side(batch, scores, bench.plan.policy.rule, side_name(number)))
    schema = row_schema(bench.plan.sides)
    rows = pl.concat([batch, *sides], how="horizontal").select(*schema).cast(schema)  # type: ignore[arg-type]  # names to types
    run.add(rows, reused)


def _side(batch: pl.DataFrame, scores: Scores, rule: Rule, side: str) -> pl.DataFrame:
    """Scores and verdicts of one side; without any score there is no verdict."""
    columns = {name: scores[:, place] for place, name in enumerate(LABELS)}
    frame = pl.DataFrame(columns).with_columns(pl.col(LABELS).fill_nan(None))
    judged = evaluate_frame(frame.with_columns(batch["tenant_id"], batch["language"]), rule)
    verdict = pl.when(pl.any_horizontal(pl.col(LABELS).is_not_null())).then(pl.col("verdict"))
    return judged.select(
        **{score_column(label, side): pl.col(label.value) for label in SCORED_LABELS},
        **{f"verdict_{side}": verdict},
    )
