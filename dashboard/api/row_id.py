"""Ids in addresses and bodies."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, Field

_DIGITS = r"^[0-9]{1,19}$"


def _storable(text: str) -> str:
    if int(text) >= 2**63:
        raise ValueError("is no id: it is too large")
    return text


#: The id of a row: digits, as the API sends them.
StorableId = Annotated[str, Field(pattern=_DIGITS), AfterValidator(_storable)]
#: The same in an address.
RowId = Annotated[
    str,
    Path(pattern=_DIGITS, description="As the API sent it.", examples=["123456789012345678"]),
    AfterValidator(_storable),
]
