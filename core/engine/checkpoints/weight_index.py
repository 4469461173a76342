"""Looking into safetensors files without loading them: names, shapes, broken values."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from core.errors import ModelError

_SINGLE, _INDEX = "model.safetensors", "model.safetensors.index.json"
#: What a checkpoint may hold besides weights; any other format could run code when it is read.
_HARMLESS = {".json", ".txt", ".md", ".model", ".safetensors", ".py", ""}


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The safetensors files of a checkpoint, one or the shards of its index."""
    if (folder / _SINGLE).is_file():
        return (folder / _SINGLE,)
    if (folder / _INDEX).is_file():
        return _shards(folder)
    unsafe = sorted(
        path.name for path in folder.iterdir() if path.is_file() and path.suffix not in _HARMLESS
    )
    found = f" It has {', '.join(unsafe[:3])}, a format that can run code." if unsafe else ""
    raise ModelError(
        f"{folder.name} has no model.safetensors.{found} Convert it on a machine you trust: load "
        "it with transformers and save_pretrained(…, safe_serialization=True)."
    )


def _shards(folder: Path) -> tuple[Path, ...]:
    try:
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        names = sorted(set(index["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelError(f"{_INDEX} in {folder.name} is damaged: {error}") from error
    for name in names:
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise ModelError(
                f"{_INDEX} in {folder.name} names {name!r}, which is no file beside it."
            )
        if not (folder / name).is_file():
            raise ModelError(f"{folder.name} lacks {name}. Copy or download it again.")
    return tuple(folder / name for name in names)


def tensor_shapes(files: tuple[Path, ...]) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor; a damaged file is named, and so is a broken value."""
    shapes: dict[str, tuple[int, ...]] = {}
    for path in files:
        try:
            with safe_open(path, framework="np") as opened:
                for name in opened.keys():  # noqa: SIM118  # not a dict
                    shapes[name] = tuple(opened.get_slice(name).get_shape())
        except (OSError, SafetensorError) as error:
            raise ModelError(
                f"The weights file {path.name} is damaged or cut short ({error}). Copy or "
                "download it again."
            ) from error
    return shapes


def check_values(files: tuple[Path, ...]) -> None:
    """Raises ModelError that names the tensor with NaN or infinite values."""
    for path in files:
        with safe_open(path, framework="np") as opened:
            for name in opened.keys():  # noqa: SIM118  # not a dict
                values = _values(opened, name)
                if values is not None and not np.isfinite(values).all():
                    raise ModelError(
                        f"The tensor {name} in {path.name} holds NaN or infinite values; such a "
                        "checkpoint gives no usable scores. Nothing was stored."
                    )


def _values(opened: Any, name: str) -> npt.NDArray[Any] | None:
    try:
        return np.asarray(opened.get_tensor(name))
    except TypeError:
        # numpy knows no bf16; such tensors are looked at when torch reads them.
        return None
