"""What people type and what links carry, as far as every store can keep it."""

from typing import Annotated

from pydantic import AfterValidator, Field


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("contains a NUL character, which cannot be stored")
    return text


#: Text that every store keeps as it is: PostgreSQL has no NUL characters.
PlainText = Annotated[str, AfterValidator(_without_nul)]

#: A number that fits into the columns of ids.
StoredInt = Annotated[int, Field(ge=-(2**63), lt=2**63)]
