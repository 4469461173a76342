"""Reading a checkpoint's tensors one by one from safetensors files."""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from core.errors import ModelError


class WeightFiles:
    """The tensors of one or more safetensors files, by name without the model's prefix."""

    def __init__(
        self, paths: Sequence[Path], prefixes: Sequence[str] = ("bert.", "roberta.")
    ) -> None:
        self._place: dict[str, tuple[Path, str]] = {}
        for path in paths:
            try:
                with safe_open(path, framework="pt") as opened:
                    names = list(opened.keys())
            except (OSError, SafetensorError) as error:
                raise ModelError(
                    f"The weights file {path.name} is damaged or cut short ({error}). "
                    "Copy or download it again."
                ) from error
            for name in names:
                self._place[_without(name, prefixes)] = (path, name)

    @property
    def names(self) -> frozenset[str]:
        """The tensors' names without prefix."""
        return frozenset(self._place)

    def get(self, name: str) -> torch.Tensor:
        """A tensor as float32."""
        if name not in self._place:
            raise ModelError(f"The checkpoint lacks the tensor {name}.")
        path, full_name = self._place[name]
        with safe_open(path, framework="pt") as opened:
            tensor: torch.Tensor = opened.get_tensor(full_name)
        if not torch.isfinite(tensor).all():
            raise ModelError(
                f"The tensor {full_name} in {path.name} holds NaN or infinite values; "
                "such a checkpoint gives no usable scores."
            )
        return tensor.float()


def _without(name: str, prefixes: Sequence[str]) -> str:
    for prefix in prefixes:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name
