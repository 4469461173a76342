"""Reading once more when the connection broke: a restarted server is nobody's business."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from core.errors import ConnectionLostError

_P = ParamSpec("_P")
_T = TypeVar("_T")


def rereading(reads: Callable[_P, _T]) -> Callable[_P, _T]:
    """The function, run a second time when its connection was lost; it must write nothing.

    The whole function and not the statement that failed: what it read before belongs to a
    snapshot that is gone, and half of two snapshots would be a state that never was.
    """

    @wraps(reads)
    def read(*args: _P.args, **named: _P.kwargs) -> _T:
        try:
            return reads(*args, **named)
        except ConnectionLostError:
            return reads(*args, **named)

    return read
