"""What people type and what links carry, as far as every store can keep it."""

from typing import Annotated

from pydantic import AfterValidator, Field


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("contains a NUL character, which cannot be stored")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("contains half a character, which cannot be stored") from error
    return text


#: Text that every store keeps as it is: no NUL characters, no lone surrogates.
PlainText = Annotated[str, AfterValidator(_storable)]

#: A number that fits into the columns of ids.
StoredInt = Annotated[int, Field(ge=-(2**63), lt=2**63)]
