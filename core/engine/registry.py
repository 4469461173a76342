"""Names to classifiers; weights (and torch) are loaded when a classifier is first asked for."""

import re
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from core.domain.label import Label
from core.domain.score_map import ScoreMap
from core.engine.backbone import backbone_digest, backbone_folder, check_backbone
from core.engine.checkpoints.activation import Activation
from core.engine.checkpoints.find_checkpoint import find_checkpoint
from core.engine.classifier import Classifier
from core.engine.classifiers.linear import LinearClassifier
from core.engine.classifiers.recalibrated import RecalibratedClassifier
from core.engine.encoder.precision import Precision, digest_with
from core.engine.model_description import ModelDescription
from core.engine.recalibration import (
    Recalibration,
    check_base,
    next_name,
    read_recalibrations,
    recalibrated_digest,
    save_recalibration,
)
from core.engine.registration import (
    Registration,
    check_name,
    name_of,
    read_registrations,
    save_registration,
)
from core.engine.weight_folder import MANIFEST_FILE, read_manifest
from core.errors import BackboneMissingError, ModelError, UnknownModelError

_WEIGHTS = Path(__file__).parent / "weights"
_NUMBER = re.compile(r"-(\d+)$")


class Registry:
    """The classifiers that this installation knows."""

    def __init__(self, weights: Path = _WEIGHTS, added: Path | None = None) -> None:
        self._weights = weights
        self._added = added
        self._loaded: dict[str, Classifier] = {}
        self._lock = threading.RLock()
        self.notice: str | None = None
        """Why a part of a model runs in place of the whole; every page says it."""

        self.elsewhere: Callable[[], Collection[str]] = tuple
        """The names of models of which only imported scores are here."""

    def names(self) -> list[str]:
        """The registered names."""
        added = (*read_registrations(self._added), *read_recalibrations(self._added))
        return sorted([*self._embedded(), *added])

    def _embedded(self) -> list[str]:
        return sorted(path.parent.name for path in self._weights.glob(f"*/{MANIFEST_FILE}"))

    def described(self) -> list[ModelDescription]:
        """What can be loaded, without loading it."""
        embedded = [_description(read_manifest(self._weights / name)) for name in self._embedded()]
        added = [_of_registration(each) for each in read_registrations(self._added).values()]
        moved = [_of_recalibration(each) for each in read_recalibrations(self._added).values()]
        return embedded + added + moved

    def can_open(self, name: str, digest: str) -> bool:
        """Whether this very model version is installed; nothing is loaded to find out."""
        try:
            base, precision = self.resolve(name)
        except UnknownModelError:
            return False
        known = {each.name: each.digest for each in self.described()}
        return digest_with(known[base], precision) == digest

    def add(
        self,
        source: str,
        *,
        name: str | None = None,
        label_map: Mapping[str, Label | None] | None = None,
        activation: Activation | None = None,
        allow_hub: bool = False,
        added_at: datetime,
        added_by: str,
    ) -> Registration:
        """Vets and registers a checkpoint from a folder or a hub name; nothing is kept if it

        cannot run.
        """
        folder = self._folder()
        wanted = name or name_of(source)
        check_name(wanted, self.names())
        found = find_checkpoint(source, allow_hub=allow_hub)
        from core.engine.open_checkpoint import (  # noqa: PLC0415  # imports torch
            register_checkpoint,
        )

        registration = register_checkpoint(
            found, name=wanted, source=source, label_map=label_map or {},
            activation=activation, added_at=added_at, added_by=added_by,
        )  # fmt: skip
        save_registration(folder, registration)
        return registration

    def _folder(self) -> Path:
        if self._added is None:
            raise ModelError("There is no folder for added models: set MODDESK_MODELS_DIR.")
        return self._added

    def recalibrate(
        self,
        base: str,
        maps: Mapping[Label, ScoreMap],
        *,
        base_digest: str,
        review_count: int,
        is_weighted: bool,
        added_at: datetime,
        added_by: str,
    ) -> Recalibration:
        """Registers a model whose scores are those of `base`, mapped; the same again is that one.

        Raises ModelError unless the installed base is the one with this digest.
        """
        folder, opened = self._folder(), self.get(base)
        wanted = Recalibration(
            name=next_name(base, self.names()), base=base, base_digest=base_digest,
            labels=opened.labels, maps=dict(maps),
            digest=recalibrated_digest(base_digest, maps), review_count=review_count,
            is_weighted=is_weighted, added_at=added_at, added_by=added_by,
        )  # fmt: skip
        check_base(wanted, opened.digest)
        with self._lock:
            known = self.recalibration(wanted.digest)
            return known or save_recalibration(folder, wanted, self.names)

    def recalibration(self, digest: str) -> Recalibration | None:
        """How the model with this digest is recalibrated; None when it is not, or not known."""
        known = read_recalibrations(self._added).values()
        return next((each for each in known if each.digest == digest), None)

    def resolve(self, name: str) -> tuple[str, Precision]:
        """The registered name and precision: "ensemble@bf16" is the newest ensemble in bf16."""
        base, at, suffix = name.partition("@")
        names = self.names()
        family = [each for each in names if _NUMBER.sub("", each) == base]
        found = base if base in names else max(family, key=_number_of, default=None)
        precisions = {precision.value for precision in Precision}
        if found is None or (at and suffix not in precisions):
            if base in self.elsewhere() or name in self.elsewhere():
                raise UnknownModelError(
                    f"{name} is an outside model: its scores were imported and it cannot run here. "
                    "Import more of its scores, or choose a model that runs here."
                )
            known = ", ".join(names) or "none"
            raise UnknownModelError(
                f"There is no model {name!r}. Known: {known}; @bf16 after a name chooses the "
                "faster number format."
            )
        return found, Precision(suffix) if at else Precision.FP32

    def get(self, name: str) -> Classifier:
        """The classifier of this name, loaded once.

        Without torch or the backbone the ensemble's lexical part is given and `notice` says so.
        """
        base, precision = self.resolve(name)
        key = f"{base}@{precision.value}"
        with self._lock:
            if key not in self._loaded:
                self._loaded[key] = self._open(base, precision)
            return self._loaded[key]

    def _open(self, name: str, precision: Precision) -> Classifier:
        if (registration := read_registrations(self._added).get(name)) is not None:
            from core.engine.open_checkpoint import (  # noqa: PLC0415  # imports torch
                open_checkpoint,
            )

            return open_checkpoint(registration, precision)
        if (recalibration := read_recalibrations(self._added).get(name)) is not None:
            return self._open_recalibrated(recalibration, precision)
        folder = self._weights / name
        manifest = read_manifest(folder)
        if manifest["kind"] == "lexical":
            return LinearClassifier(folder)
        lexical = self.get(manifest["lexical"]["name"])
        assert isinstance(lexical, LinearClassifier)  # noqa: S101  # says so in the manifest
        try:
            backbone = backbone_folder()
        except BackboneMissingError as error:
            self.notice = str(error)
            return lexical
        with ThreadPoolExecutor(1) as pool:
            # The digest of 91 MB is worked out while torch is being imported.
            digest = pool.submit(backbone_digest, backbone)
            from core.engine.classifiers.ensemble import (  # noqa: PLC0415  # imports torch
                EnsembleClassifier,
                open_features,
            )

            features = open_features(backbone, tuple(manifest["backbone"]["taps"]), precision)
            check_backbone(backbone, digest.result())
        return EnsembleClassifier(folder, lexical, features, precision)

    def _open_recalibrated(
        self, recalibration: Recalibration, precision: Precision
    ) -> RecalibratedClassifier:
        if precision is not Precision.FP32:
            raise ModelError(
                f"{recalibration.name} was fitted on the scores of {recalibration.base}: other "
                f"numbers need a recalibration of their own. Leave @{precision.value} out."
            )
        if (below := read_recalibrations(self._added).get(recalibration.base)) is not None:
            # Before it is opened: a file that somebody made its own base would never end.
            check_base(recalibration, below.digest)
        return RecalibratedClassifier(self.get(recalibration.base), recalibration)


def _number_of(name: str) -> int:
    found = _NUMBER.search(name)
    return int(found.group(1)) if found else 0


def _description(manifest: Mapping[str, Any]) -> ModelDescription:
    return ModelDescription(
        name=manifest["name"],
        version=manifest["version"],
        kind=manifest["kind"],
        labels=tuple(Label(name) for name in manifest["labels"]),
        digest=manifest["digest"],
        note="comes with ModDesk; docs/model-card-ensemble-1.md",
        held_out=manifest.get("held_out", {}),
    )


def _of_registration(registration: Registration) -> ModelDescription:
    return ModelDescription(
        name=registration.name,
        version=registration.version,
        kind="checkpoint",
        labels=registration.labels,
        digest=registration.digest,
        note=f"added from {registration.source} by {registration.added_by}",
    )


def _of_recalibration(recalibration: Recalibration) -> ModelDescription:
    return ModelDescription(
        name=recalibration.name,
        version=recalibration.version,
        kind=RecalibratedClassifier.kind,
        labels=recalibration.labels,
        digest=recalibration.digest,
        note=f"{recalibration.base} recalibrated on {recalibration.review_count:,} reviews by "
        f"{recalibration.added_by}",
    )
