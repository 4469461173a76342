"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from core.domain.item_filter import ItemFilter
from core.errors import WorkbenchError
from data.settings import Settings, read_settings

StoreOption = Annotated[
    Path | None, typer.Option("--store", help="Store file; default: MODDESK_DATABASE_URL.")
]


def settings_for(store: Path | None) -> Settings:
    """The settings, with the store's file replaced when one is named."""
    if store is None:
        return read_settings()
    return read_settings(database_url=f"duckdb:///{store}")


def parse_filter(pairs: list[str]) -> ItemFilter:
    """The filter from name=value pairs; errors name the pair."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in ItemFilter.model_fields:
            known = ", ".join(ItemFilter.model_fields)
            raise WorkbenchError(f"--where {pair}: write name=value with one of: {known}.")
        values[name] = value
    try:
        return ItemFilter.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "filter"
        raise WorkbenchError(f"--where {place}: {first['msg']}.") from error
