"""A folder of our own weights: a JSON manifest and safetensors, nothing that can run code."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from safetensors import SafetensorError
from safetensors.numpy import load_file

from core.domain.label import Label
from core.domain.policy import LabelThresholds
from core.errors import ModelError

MANIFEST_FILE = "manifest.json"


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the folder says it holds."""
    try:
        manifest: dict[str, Any] = orjson.loads((folder / MANIFEST_FILE).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ModelError(f"No readable model in {folder}: {error}") from error
    return manifest


def read_tensors(path: Path, name: str) -> dict[str, npt.NDArray[np.generic]]:
    """The tensors of a file; an error names the model."""
    try:
        return dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise ModelError(f"The weights of {name} cannot be read: {error}") from error


def thresholds_of(manifest: dict[str, Any]) -> dict[Label, LabelThresholds]:
    """The bounds that were chosen on held-out rows."""
    return {
        Label(name): LabelThresholds.model_validate(bounds)
        for name, bounds in manifest["thresholds"].items()
    }
