"""A checkpoint that was read and found fit to run, or a sentence that says why it is not."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from core.domain.label import Label
from core.domain.record import Record
from core.engine.checkpoints.activation import Activation, activation_of
from core.engine.checkpoints.known import KnownCheckpoint, shortened
from core.engine.checkpoints.label_map import LabelMap, map_labels
from core.engine.checkpoints.weight_index import check_values, tensor_shapes, weight_files
from core.errors import ModelError

CONFIG_FILE, TOKENIZER_FILE = "config.json", "tokenizer.json"
_MOST_TOKENS = 512
_HEADS = ("classifier.weight", "classifier.out_proj.weight", "score.weight", "out_proj.weight")


class Checkpoint(Record):
    """Everything that is needed to run a sequence classifier."""

    folder: Path
    model_type: str
    labels: tuple[str, ...]
    """The checkpoint's own names, in the order of its outputs."""

    label_map: LabelMap
    activation: Activation
    max_tokens: int
    tokenizer_file: Path
    weight_files: tuple[Path, ...]
    shortens_tweets: bool
    digest: str
    """SHA-256 (hex) over configuration, tokenizer, weights, label map and activation."""

    def prepared(self, text: str) -> str:
        """The text as the checkpoint's authors fed it."""
        return shortened(text) if self.shortens_tweets else text


def read_checkpoint(
    folder: Path,
    *,
    known: KnownCheckpoint | None = None,
    label_map: Mapping[str, Label | None] | None = None,
    activation: Activation | None = None,
) -> Checkpoint:
    """Reads and vets a folder; no code of it runs and only safetensors are opened."""
    config = _config(folder)
    labels = _labels(config, folder)
    given = {**(known.label_map if known else {}), **(label_map or {})}
    mapped = map_labels(labels, given)
    decided = activation_of(config, labels, activation or (known.activation if known else None))
    files = weight_files(folder)
    _check_head(tensor_shapes(files), len(labels), folder)
    check_values(files)
    tokenizer = _tokenizer(folder)
    shortens = known.shortens_tweets if known else False
    return Checkpoint(
        folder=folder,
        model_type=str(config.get("model_type", "")),
        labels=labels,
        label_map=mapped,
        activation=decided,
        max_tokens=_max_tokens(config, folder),
        tokenizer_file=tokenizer,
        weight_files=files,
        shortens_tweets=shortens,
        digest=_digest((folder / CONFIG_FILE, tokenizer, *files), mapped, decided, shortens),
    )


def _config(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise ModelError(f"There is no folder {folder}.")
    path = folder / CONFIG_FILE
    if not path.is_file():
        raise ModelError(f"{folder.name} has no config.json: it is not a Hugging Face checkpoint.")
    try:
        config = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ModelError(f"config.json in {folder.name} is damaged: {error}") from error
    if not isinstance(config, dict):
        raise ModelError(f"config.json in {folder.name} is damaged: it holds no object.")
    if config.get("auto_map"):
        raise ModelError(
            f"{folder.name} brings its own code (auto_map in config.json), which is never run. "
            "Choose a checkpoint that transformers knows by itself."
        )
    kinds = [str(kind) for kind in config.get("architectures") or []]
    if kinds and not any(kind.endswith("ForSequenceClassification") for kind in kinds):
        raise ModelError(
            f"{folder.name} is a {kinds[0]}, which has no classification head. Choose a checkpoint "
            "made for sequence classification."
        )
    return config


def _labels(config: Mapping[str, Any], folder: Path) -> tuple[str, ...]:
    # transformers leaves out what is its default: two labels without names.
    default = {str(number): f"LABEL_{number}" for number in range(int(config.get("num_labels", 2)))}
    named = config.get("id2label", default)
    try:
        names = tuple(str(named[key]) for key in sorted(named, key=int))
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"id2label in {folder.name}'s config.json is damaged: {error}") from error
    if not names:
        raise ModelError(f"{folder.name} has 0 labels: there is nothing it could score.")
    return names


def _check_head(shapes: Mapping[str, tuple[int, ...]], count: int, folder: Path) -> None:
    heads = {
        name: shape for name, shape in shapes.items() if name.endswith(_HEADS) and len(shape) == 2
    }
    if not heads:
        raise ModelError(
            f"{folder.name} has no trained classification head among its weights; loading it "
            "would invent a random one. Choose a checkpoint made for sequence classification."
        )
    if all(shape[0] != count for shape in heads.values()):
        name, shape = next(iter(heads.items()))
        raise ModelError(
            f"{folder.name} names {count} labels, but its head {name} has {shape[0]} outputs."
        )


def _tokenizer(folder: Path) -> Path:
    path = folder / TOKENIZER_FILE
    if not path.is_file():
        raise ModelError(
            f"{folder.name} has no tokenizer.json. Make one with transformers: "
            "AutoTokenizer.from_pretrained(folder).save_pretrained(folder)."
        )
    return path


def _max_tokens(config: Mapping[str, Any], folder: Path) -> int:
    limits = [_MOST_TOKENS]
    if isinstance(positions := config.get("max_position_embeddings"), int):
        first = int(config.get("pad_token_id") or 0) + 1
        limits.append(positions - (first if "roberta" in str(config.get("model_type")) else 0))
    settings = folder / "tokenizer_config.json"
    if settings.is_file():
        try:
            limits.append(int(orjson.loads(settings.read_bytes()).get("model_max_length") or 0))
        except (orjson.JSONDecodeError, ValueError, OverflowError) as error:
            raise ModelError(f"tokenizer_config.json in {folder.name}: {error}") from error
    return min(limit for limit in limits if limit >= 8)


def _digest(
    files: tuple[Path, ...], mapped: LabelMap, activation: Activation, shortens: bool
) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    facts = {"map": mapped.model_dump(mode="json"), "act": activation.value, "short": shortens}
    digest.update(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()
