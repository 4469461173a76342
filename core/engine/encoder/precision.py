"""The number formats an encoder can run in."""

from enum import StrEnum


class Precision(StrEnum):
    """fp32 is what gets recorded by default; bf16 is faster and another model version."""

    FP32 = "fp32"
    BF16 = "bf16"
