"""The base of every single thing in the domain."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen value that accepts no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
