"""Scores as an outside model might have given them: made up here, the same for the same items.

The columns are named like Perspective's attributes, so that a move away from it can be shown. No
score was ever computed by Perspective or any other service.
"""

import tempfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.import_run import ImportRun
from core.domain.label import Label
from core.store.job_handle import JobHandle
from core.usecases.outside_models import OutsideModel
from core.usecases.score_items import uniform_of
from data.bootstrap import Workbench
from data.score_imports import ScoreFile, import_score_file

#: How the demonstration calls it: nobody shall take it for the real thing.
DEMONSTRATION = OutsideModel(name="perspective", version="demonstration")

#: Attribute, the labels of the truth that raise it, and its usual score of what is fine.
_ATTRIBUTES: tuple[tuple[str, tuple[Label, ...], float], ...] = (
    ("TOXICITY", (Label.TOXICITY, Label.HATE_SPEECH), 0.12),
    ("SEVERE_TOXICITY", (Label.HATE_SPEECH,), 0.03),
    ("IDENTITY_ATTACK", (Label.HATE_SPEECH,), 0.05),
    ("THREAT", (Label.VIOLENCE,), 0.04),
    ("SEXUALLY_EXPLICIT", (Label.ADULT_CONTENT,), 0.04),
    ("SPAM", (Label.SPAM,), 0.10),
    ("INSULT", (Label.TOXICITY,), 0.10),
    ("PROFANITY", (Label.TOXICITY,), 0.09),
)
#: How far a violation raises the log odds, at most, and how far they wander.
_RISE, _NOISE = 3.0, 1.4

Floats = npt.NDArray[np.float64]


def perspective_like(truth: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
    """external_id, tenant_id and a column per attribute for items whose truth is known.

    `truth` has external_id, tenant_id, 0 or 1 for each label, and optionally difficulty (0..1). A
    score depends on its own item only: on the truth, how hard it is to see, and noise of the id.
    """
    keys = truth.select("external_id", "tenant_id")
    ids = _numbers(keys, seed)
    hard = truth["difficulty"].to_numpy() if "difficulty" in truth.columns else 0.2
    columns = {}
    for place, (name, labels, usual) in enumerate(_ATTRIBUTES):
        bad = np.maximum.reduce([truth[label.value].to_numpy().astype(float) for label in labels])
        noise = _NOISE * _normal(ids + 100 * place)
        odds = np.log(usual / (1 - usual)) + _RISE * bad * (1 - hard) + noise
        columns[name] = pl.Series(np.round(1 / (1 + np.exp(-odds)), 6))
    return keys.with_columns(**columns)


def _numbers(keys: pl.DataFrame, seed: int) -> npt.NDArray[np.int64]:
    """A number for each id, the same on every machine and in every version of anything."""
    digests = [
        sha256(f"{seed}\x1f{tenant}\x1f{external_id}".encode()).digest()
        for external_id, tenant in keys.rows()
    ]
    return np.frombuffer(b"".join(digests), dtype="<i8")[::4] >> 1


def _normal(numbers: npt.NDArray[np.int64]) -> Floats:
    """About normal noise of each number: the sum of twelve uniform ones less six."""
    total = np.full(len(numbers), -6.0)
    for draw in range(12):
        total += uniform_of(numbers + draw)
    return total


def add_outside_scores(
    workbench: Workbench, truth: pl.DataFrame, seed: int, job: JobHandle
) -> ImportRun:
    """Imports made-up scores for the demonstration's items, as a file of them would be."""
    with tempfile.TemporaryDirectory(prefix="moddesk-demo-") as folder:
        path = Path(folder) / "perspective-demonstration.parquet"
        perspective_like(truth, seed).write_parquet(path)
        file = ScoreFile(path=path, name=path.name, columns={}, targets={})
        return import_score_file(workbench, file, DEMONSTRATION, job=job)
