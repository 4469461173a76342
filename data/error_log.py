"""Unexpected errors in the log: where and what kind, never the values they are about."""

import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

_MOST_STATEMENT = 300
#: Their texts name things of the program, not of its data.
_ABOUT_CODE = (AttributeError, NameError, ImportError, NotImplementedError)


def tell_error(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Any:
    """A step of structlog: what `exc_info` names becomes a traceback without content."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_told(error))
    return event


def _told(error: BaseException) -> Iterator[str]:
    """The stack and the kind of the error, after those of the ones it came from."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _told(cause)
        yield "Then:"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    said = _without_values(error)
    yield f"{kind}: {said}" if said else kind


def _without_values(error: BaseException) -> str:
    """What can be said of an error beside its kind: drivers quote the values they refuse."""
    match error:
        case DBAPIError():
            state = getattr(error.orig, "sqlstate", None)
            statement = " ".join((error.statement or "").split())[:_MOST_STATEMENT]
            return f"{type(error.orig).__name__} {state or ''} in {statement}"
        case ValidationError():
            faults = error.errors(include_url=False, include_input=False, include_context=False)
            return "; ".join(
                f"{error.title}.{'.'.join(str(part) for part in fault['loc'])}: {fault['type']}"
                for fault in faults
            )
        case OSError():
            return error.strerror or ""
        case _ if isinstance(error, _ABOUT_CODE):
            return str(error)
        case _:
            return ""
