"""The number formats an encoder can run in."""

import hashlib
from enum import StrEnum


class Precision(StrEnum):
    """fp32 is what gets recorded by default; bf16 is faster and another model version."""

    FP32 = "fp32"
    BF16 = "bf16"


def named_with(name: str, precision: Precision) -> str:
    """The name of a model in a precision, such as "ensemble-1@bf16"."""
    return name if precision is Precision.FP32 else f"{name}@{precision.value}"


def digest_with(digest: str, precision: Precision) -> str:
    """The digest of a model version: other numbers are another version."""
    if precision is Precision.FP32:
        return digest
    return hashlib.sha256(f"{digest}:{precision.value}".encode()).hexdigest()
