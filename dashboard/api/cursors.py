"""Where the next page starts, as a text to be sent back unchanged."""

import base64
import binascii

from pydantic import AwareDatetime, ValidationError

from core.domain.plain_text import StoredInt
from core.domain.record import Record
from core.store.items import Cursor
from dashboard.api.bodies import invalid
from dashboard.api.problems import FieldProblem


class _Token(Record):
    """What a cursor's text holds: it decides where a page starts, never what may be seen."""

    as_of: AwareDatetime
    newest_id: StoredInt
    last_id: StoredInt


def token_of(cursor: Cursor) -> str:
    """The text of a cursor that follows a page of items by age."""
    token = _Token(as_of=cursor.as_of, newest_id=cursor.newest_id, last_id=cursor.last_id or 0)
    return base64.urlsafe_b64encode(token.model_dump_json().encode()).decode()


def cursor_of(text: str) -> Cursor:
    """The cursor of a text; a problem when it is not one of ours."""
    try:
        token = _Token.model_validate_json(base64.b64decode(text, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, ValidationError) as error:
        raise invalid(
            [FieldProblem(field="cursor", problem="is not a next_cursor of this API")]
        ) from error
    return Cursor(
        as_of=token.as_of, newest_id=token.newest_id, rank=float(token.last_id),
        last_id=token.last_id,
    )  # fmt: skip
