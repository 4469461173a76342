"""PostgreSQL's errors in our words, where a person can do something about them."""

import psycopg

from core.errors import (
    BadValueError,
    ConflictError,
    ConnectionLostError,
    StoreBusyError,
    StoreUnavailableError,
    WorkbenchError,
)
from data.dialects.refusals import NUL_REFUSED, NUMBER_REFUSED, SAME_MOMENT, TOO_LONG

#: SQLSTATE of a deadlock, a serialization failure and a taken key.
_CLASHES = ("40P01", "40001", "23505")
#: A lock that was not given in time, and a server without a connection left.
_BUSY = {
    "55P03": "Somebody else is changing the same things and takes long. Nothing was saved; try "
    "again in a moment.",
    "53300": "The database has no connection left. Nothing was saved; try again in a moment, and "
    "see that max_connections there suits MODDESK_POOL_SIZE.",
}
_REFUSED = {
    "22021": NUL_REFUSED,
    "22P05": NUL_REFUSED,
    "22003": NUMBER_REFUSED,
    "22001": TOO_LONG,
}


def in_our_words(
    error: BaseException | None, place: str, *, lost: bool, writing: bool
) -> WorkbenchError | None:
    """What a person is told of a driver's error; None where nobody can do anything about it."""
    state = getattr(error, "sqlstate", None)
    if state in _REFUSED:
        return BadValueError(_REFUSED[state])
    if state in _CLASHES:
        return ConflictError(SAME_MOMENT)
    if state in _BUSY:
        return StoreBusyError(_BUSY[state])
    if state is None and isinstance(error, psycopg.DataError) and "NUL" in str(error):
        return BadValueError(NUL_REFUSED)
    if lost or isinstance(error, psycopg.OperationalError):
        return _away(place, lost=lost, writing=writing)
    return None


def _away(place: str, *, lost: bool, writing: bool) -> StoreUnavailableError:
    said = f"The database {place} does not answer."
    if writing:
        after = " What was being saved may not be: try again, nothing is saved twice."
        return StoreUnavailableError(said + after)
    return ConnectionLostError(said) if lost else StoreUnavailableError(said)
