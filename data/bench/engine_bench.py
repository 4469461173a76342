"""How fast and how exact the engine is, against the plain Hugging Face pipeline."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.engine.classifiers.checkpoint import CheckpointClassifier
from core.engine.encoder.lanes import Lanes
from core.engine.encoder.precision import Precision
from core.engine.registry import Registry
from data.bench.engine_texts import bench_checkpoint, comments, matmul_peak, short_posts, work_of
from data.bench.result import BenchResult, Measure, in_turn, machine, percentile_ms

_ROUNDS = 3
_SHORT, _LONG, _ALONE = 512, 32, 60
Floats = npt.NDArray[np.float64]


def run() -> BenchResult:
    """All figures; sides that are compared take turns in one process, CPU time of one thread."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _Sides(Path(folder))
        results = [*bench.speed(), *bench.exactness(), *bench.single(), *bench.second_core()]
    results += [*_invariance(), *_default_model(), *_start()]
    return BenchResult(bench="engine", machine=machine(), results=tuple(results))


class _Sides:
    """The same checkpoint run by the pipeline and by us."""

    def __init__(self, folder: Path) -> None:
        from transformers import pipeline  # noqa: PLC0415  # takes seconds, needed here alone

        checkpoint = bench_checkpoint(folder)
        self._pipe = pipeline(
            "text-classification", model=str(folder), tokenizer=str(folder), top_k=None
        )
        self._lane = Lanes(1)
        self._ours = {
            precision: CheckpointClassifier(checkpoint, precision, lanes=self._lane)
            for precision in Precision
        }
        self._short, self._long = short_posts(_SHORT), comments(_LONG)
        self._checkpoint = checkpoint

    def _naive(self, texts: Sequence[str]) -> None:
        for text in texts:
            self._pipe(text, truncation=True, max_length=512)

    def _pipeline32(self, texts: Sequence[str]) -> None:
        self._pipe(list(texts), batch_size=32, truncation=True, max_length=512)

    def _pipeline_scores(self, text: str) -> list[float]:
        found: Any = self._pipe([text], truncation=True, max_length=512)
        scores = {each["label"]: each["score"] for each in found[0]}
        return [scores[name] for name in self._checkpoint.labels]

    def speed(self) -> list[Measure]:
        """Ratios of CPU seconds, and our share of the measured matrix-multiply rate."""
        fp32, bf16 = (self._ours[precision] for precision in Precision)
        short = _cpu_seconds(
            lambda: self._naive(self._short),
            lambda: self._pipeline32(self._short),
            lambda: fp32.score(self._short),
            lambda: bf16.score(self._short),
        )
        long = _cpu_seconds(
            lambda: self._pipeline32(self._long),
            lambda: fp32.score(self._long),
            lambda: bf16.score(self._long),
        )
        measures = []
        for place, (suffix, precision) in enumerate(
            (("", Precision.FP32), ("_bf16", Precision.BF16)), start=2
        ):
            rate = work_of(self._short, self._checkpoint) / min(short[place])
            measures += [
                _ratio(f"speedup_vs_naive{suffix}", short[0], short[place], "short posts"),
                _ratio(f"speedup_vs_pipeline32{suffix}", short[1], short[place], "short posts"),
                _ratio(
                    f"comments_speedup_vs_pipeline32{suffix}", long[0], long[place - 1], "comments"
                ),
                Measure(
                    name=f"share_of_matmul_limit{suffix}",
                    value=rate / matmul_peak(precision),
                    unit="share",
                    how="floating point operations of the short posts per CPU second, over the "
                    "best rate of one packed matrix product of these shapes",
                ),
            ]
        return measures

    def exactness(self) -> list[Measure]:
        """Differences from the pipeline's scores, and three-way outcomes (.3/.7) that change."""
        texts = [*self._short, *self._long]
        theirs = np.array([self._pipeline_scores(text) for text in texts])
        measures = []
        for suffix, precision in (("", Precision.FP32), ("_bf16", Precision.BF16)):
            ours = self._ours[precision].source_scores(texts)
            flips = (_outcomes(ours) != _outcomes(theirs)).mean()
            measures += [
                Measure(
                    name=f"max_abs_diff{suffix}", value=float(np.abs(ours - theirs).max()),
                    unit="score", how=f"largest difference over {theirs.size} scores",
                ),
                Measure(
                    name=f"decision_flips_share{suffix}", value=float(flips), unit="share",
                    how="scores that move between approve, review and reject at .3 and .7",
                ),
            ]  # fmt: skip
        return measures

    def single(self) -> list[Measure]:
        """One text at a time, warm."""
        ours, theirs = [], []
        for text in self._short[:_ALONE]:
            start = time.perf_counter()
            self._pipe(text, truncation=True, max_length=512)
            between = time.perf_counter()
            self._ours[Precision.FP32].score([text])
            theirs.append(between - start)
            ours.append(time.perf_counter() - between)
        return [
            Measure(
                name="single_p50_vs_pipeline",
                value=percentile_ms(theirs, 0.5) / percentile_ms(ours, 0.5),
                unit="ratio",
                how=f"median of {_ALONE} single texts in turn, fp32; ours "
                f"{percentile_ms(ours, 0.5):.1f} ms",
            )
        ]

    def second_core(self) -> list[Measure]:
        """Wall time on one lane over that on two."""
        texts = short_posts(_SHORT)
        two = CheckpointClassifier(self._checkpoint, Precision.FP32, lanes=Lanes(2))
        one = self._ours[Precision.FP32]
        taken = in_turn(partial(one.score, texts), partial(two.score, texts), rounds=3)
        return [_ratio("second_core_speedup", taken[0], taken[1], "wall time, 1 over 2 threads")]


def _cpu_seconds(*sides: Callable[[], object]) -> list[list[float]]:
    for side in sides:
        side()
    return in_turn(*sides, rounds=_ROUNDS, clock=time.process_time)


def _ratio(name: str, slow: list[float], fast: list[float], how: str) -> Measure:
    ratios = [a / b for a, b in zip(slow, fast, strict=True)]
    return Measure(
        name=name, value=statistics.median(ratios), unit="ratio",
        how=f"{how}: median over {len(ratios)} rounds in turn",
    )  # fmt: skip


def _outcomes(scores: Floats) -> npt.NDArray[np.int64]:
    return np.digitize(scores, (0.3, 0.7))


def _invariance() -> list[Measure]:
    """The default model alone, in batches, shuffled and from several threads."""
    classifier = Registry().get("ensemble")
    texts = [*short_posts(200), *comments(20)]
    alone = np.concatenate([classifier.score([text]) for text in texts])
    changed = np.zeros(len(texts), dtype=bool)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(texts))
        scores = np.empty_like(alone)
        scores[order] = classifier.score([texts[place] for place in order])
        changed |= (scores != alone).any(axis=1)
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(lambda _: classifier.score(texts), range(4)):
            changed |= (scores != alone).any(axis=1)
    return [
        Measure(
            name="rows_changed_by_batching", value=float(changed.sum()), unit="rows",
            how=f"of {len(texts)} texts: alone against shuffled batches and four threads at once",
        )
    ]  # fmt: skip


def _default_model() -> list[Measure]:
    texts = short_posts(400)
    measures = []
    for name, figure in (
        ("ensemble", "texts_per_second"),
        ("lexical-1", "lexical_texts_per_core_second"),
    ):
        classifier = Registry().get(name)
        taken = _cpu_seconds(partial(classifier.score, texts))[0]
        measures.append(
            Measure(
                name=figure,
                value=len(texts) / min(taken),
                unit="texts/s",
                how=f"{name} on short posts, per CPU second of one core",
            )
        )
    return measures


_FRESH = """
import time
from core.engine.registry import Registry
Registry().get("ensemble").score(["warm up"])
import psutil, sys
me = psutil.Process()
print(time.time() - me.create_time(), me.memory_info().rss / 1e6, "transformers" in sys.modules)
"""


def _start() -> list[Measure]:
    """A fresh process until its first score."""
    runs = [
        subprocess.run(  # noqa: S603  # our own code
            [sys.executable, "-c", _FRESH], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(3)
    ]
    return [
        Measure(
            name="load_seconds", value=min(float(run[0]) for run in runs), unit="s",
            how="process start to the first score of the default model, best of 3",
        ),
        Measure(
            name="rss_mb", value=max(float(run[1]) for run in runs), unit="MB",
            how="resident memory of that process",
        ),
        Measure(
            name="transformers_imported", value=float(any(run[2] == "True" for run in runs)),
            unit="bool", how="whether that process imported transformers",
        ),
    ]  # fmt: skip
