"""One table of a transparency report, as it is in its file."""

import csv
import io
import re

from core.domain.record import Record
from core.domain.report_template import NAMES

_NUMBER = re.compile(r"(?:^|part[_ -])(\d{1,2})[_ -]", re.I)


class ReportPart(Record):
    """A part's number, its header and its rows; every cell is text."""

    number: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def file_name(self) -> str:
        """What its file is called."""
        return f"{self.number}_{NAMES[self.number]}.csv"

    def to_csv(self) -> bytes:
        """RFC 4180 in UTF-8; cells are written as they are, for the format is the regulator's."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return out.getvalue().encode()


class UnreadablePart(Record):
    """A file that is no table."""

    file: str
    problem: str


def part_number(file_name: str) -> int | None:
    """Which part a file is by its name, such as 5_own_initiative_illegal.csv."""
    found = _NUMBER.search(file_name)
    number = int(found[1]) if found else 0
    return number if number in NAMES else None


def read_part(file_name: str, content: bytes) -> ReportPart | UnreadablePart:
    """The table in a file; lines without any cell are left out."""
    number = part_number(file_name)
    if number is None:
        return UnreadablePart(
            file=file_name, problem="the name must start with the part's number: 1_ to 11_"
        )
    try:
        text = content.decode("utf-8-sig")
        lines = [tuple(line) for line in csv.reader(io.StringIO(text, newline="")) if line]
    except UnicodeDecodeError:
        return UnreadablePart(file=file_name, problem="the file is not UTF-8")
    except csv.Error as error:
        return UnreadablePart(file=file_name, problem=f"the file is not CSV: {error}")
    if not lines:
        return UnreadablePart(file=file_name, problem="the file is empty")
    return ReportPart(number=number, columns=lines[0], rows=tuple(lines[1:]))
