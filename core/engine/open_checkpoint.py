"""Checkpoints opened for scoring, and compared with the plain model when they are added."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import torch

from core.domain.label import Label
from core.engine.checkpoints.activation import Activation
from core.engine.checkpoints.checkpoint import Checkpoint, read_checkpoint
from core.engine.checkpoints.find_checkpoint import FoundCheckpoint
from core.engine.checkpoints.known import KNOWN
from core.engine.classifiers.checkpoint import CheckpointClassifier
from core.engine.encoder.precision import Precision
from core.engine.registration import Registration
from core.errors import ModelError

#: Our forward pass is used only where no score differs by more than this.
_TOLERANCE = 1e-5
_PROBE = (
    "",
    "ok",
    "You are all very welcome here.",
    "I will find you and you will regret it, idiot!",
    "Win a FREE phone now, click http://win.example @everybody",
    "El partido de anoche fue increíble, ¿no?",
    "🐍🐍 what a surprise 😀",
    "x" * 300,
    *(f"A sentence with {count} words " + "word " * count for count in range(1, 180, 8)),
)  # fmt: skip


def register_checkpoint(
    found: FoundCheckpoint,
    *,
    name: str,
    source: str,
    label_map: Mapping[str, Label | None],
    activation: Activation | None,
    added_at: datetime,
    added_by: str,
) -> Registration:
    """Vets a checkpoint, runs it once, and says how; raises ModelError that says why not."""
    checkpoint = read_checkpoint(
        found.folder, known=KNOWN.get(source), label_map=label_map, activation=activation
    )
    fused, difference = _compared(checkpoint)
    return Registration(
        name=name,
        source=source,
        folder=found.folder,
        revision=found.revision,
        digest=checkpoint.digest,
        labels=checkpoint.label_map.labels,
        source_labels=checkpoint.labels,
        label_map=dict(label_map),
        activation=checkpoint.activation,
        fused=fused,
        largest_difference=difference,
        torch_version=torch.__version__,
        added_at=added_at,
        added_by=added_by,
    )


def _compared(checkpoint: Checkpoint) -> tuple[bool, float | None]:
    """Whether our forward pass may run it, and its largest difference from the plain model."""
    plain = CheckpointClassifier(checkpoint, fused=False)
    theirs = plain.source_scores(_PROBE)
    ours = CheckpointClassifier(checkpoint)
    if not ours.is_fused:
        return False, None
    difference = float(np.abs(ours.source_scores(_PROBE) - theirs).max())
    return difference <= _TOLERANCE, difference


def open_checkpoint(registration: Registration, precision: Precision) -> CheckpointClassifier:
    """The classifier of a registration; files that changed since are refused."""
    checkpoint = read_checkpoint(
        registration.folder,
        known=KNOWN.get(registration.source),
        label_map=registration.label_map,
        activation=registration.activation,
    )
    if checkpoint.digest != registration.digest:
        raise ModelError(
            f"The files of {registration.name} in {registration.folder} changed since it was "
            "added: their digest is another. Bring the old files back, or add it anew under "
            "another name."
        )
    return CheckpointClassifier(
        checkpoint,
        precision,
        name=registration.name,
        version=registration.version,
        fused=registration.fused,
    )
