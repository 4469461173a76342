"""Problems of the addresses that stand in for other services, in those services' words."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import DropInRequestError
from dashboard.api.problems import ApiProblem, FieldProblem


class DropInProblem(ApiProblem):
    """A request that breaks a rule of the original, with the original's code for it."""

    def __init__(self, error: DropInRequestError) -> None:
        fields = [FieldProblem(field=error.field, problem=str(error))] if error.field else []
        super().__init__(400, str(error), fields)
        self.code = error.code


@contextmanager
def original_words() -> Iterator[None]:
    """Has a broken rule answered with the original's code."""
    try:
        yield
    except DropInRequestError as error:
        raise DropInProblem(error) from error
