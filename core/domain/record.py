"""The base of every single thing in the domain."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen value that accepts no unknown fields."""

    # What was sent may be content, and errors end up in logs: they name the field, not its value.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
