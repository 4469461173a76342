"""A report's table as its rules look at it: cells by column, and what is wrong with them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.domain.record import Record
from core.domain.report_part import ReportPart

_COUNT = re.compile(r"\d{1,15}", re.ASCII)
_HOURS = re.compile(r"\d{1,9}(?:\.\d{1,12})?", re.ASCII)
_SHARE = re.compile(r"0(?:\.\d{1,17})?|1(?:\.0{1,17})?", re.ASCII)


class CountingRule(StrEnum):
    """The counting rules of Annex II that can be checked on the files; see the documentation."""

    FORMAT = "the template's form"
    BLANK = "1 blank or 0"
    NUMBERS = "2 numbers"
    SUMS = "3 no double counting"
    CATEGORIES = "4 categories 15, 16 and 17"
    NOTICES = "5 notices"
    OWN = "6 own initiative"
    AUTOMATED = "7 automated means"
    TEXTS = "8 texts"
    CODES = "9 countries and languages"


class ReportFault(Record):
    """One cell that breaks a rule."""

    part: int
    line: int
    """Line of the file, the header being 1; 0: the part as a whole."""
    row: str
    column: str
    rule: CountingRule
    problem: str

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        line = f", line {self.line}" if self.line else ""
        names = " · ".join(name for name in (self.row, self.column) if name)
        return f"Part {self.part}{line} ({names or 'file'}): {self.problem} [{self.rule.value}]"


def plain_name(name: str) -> str:
    """A header or an indicator without what does not matter: spaces at its ends, case."""
    return " ".join(name.split()).lower()


@dataclass(frozen=True)
class TableRow:
    """One row: what it is called, and its cells by plain column name."""

    line: int
    name: str
    cells: dict[str, str]

    def cell(self, column: str) -> str:
        """The cell exactly as it is in the file; empty where there is none."""
        return self.cells.get(plain_name(column), "")

    def count(self, column: str) -> int | None:
        """The cell as a count; None where it is blank or no count."""
        text = self.cell(column)
        return int(text) if _COUNT.fullmatch(text) else None


class Table:
    """A part with its rows by column, gathering faults."""

    def __init__(self, part: ReportPart, name_columns: tuple[str, ...]) -> None:
        self.part = part
        self.columns = [plain_name(each) for each in part.columns]
        self.faults: list[ReportFault] = []
        self.rows = [self._row(line, cells, name_columns) for line, cells in self._lines()]

    def _lines(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        for line, cells in enumerate(self.part.rows, start=2):
            if any(cell.strip() for cell in cells):
                yield line, cells

    def _row(self, line: int, cells: tuple[str, ...], names: tuple[str, ...]) -> TableRow:
        by_column = dict(zip(self.columns, cells, strict=False))
        said = [" ".join(by_column.get(plain_name(each), "").split()) for each in names]
        row = TableRow(line, " · ".join(each for each in said if each), by_column)
        if len(cells) != len(self.columns):
            self.fault(
                row,
                "",
                CountingRule.FORMAT,
                f"has {len(cells)} cells where the header has {len(self.columns)}",
            )
        return row

    def fault(self, row: TableRow | None, column: str, rule: CountingRule, problem: str) -> None:
        """Notes that a row, or the part as a whole, breaks a rule."""
        self.faults.append(
            ReportFault(
                part=self.part.number,
                line=row.line if row else 0,
                row=row.name if row else "",
                column=column.strip(),
                rule=rule,
                problem=problem,
            )
        )

    def check_count(self, row: TableRow, column: str) -> None:
        """A count is blank or a whole number, written with digits alone."""
        self._check(row, column, _COUNT, "is no whole number: write digits alone, such as 0 or 27")

    def check_hours(self, row: TableRow, column: str) -> None:
        """A median is blank or hours."""
        self._check(row, column, _HOURS, "is no number of hours, such as 5 or 1.25")

    def check_share(self, row: TableRow, column: str) -> None:
        """A percentage is blank or a fraction."""
        self._check(row, column, _SHARE, "is no fraction between 0 and 1, such as 0.9727")

    def _check(self, row: TableRow, column: str, shape: re.Pattern[str], what: str) -> None:
        text = row.cell(column)
        if text and not shape.fullmatch(text):
            hint = "; leave what does not apply blank" if text.strip() in ("/", "-", "n/a") else ""
            self.fault(row, column, CountingRule.NUMBERS, f"“{text[:40]}” {what}{hint}")
