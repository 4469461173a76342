"""The counting rules over the files of a transparency report, our own or somebody else's."""

from collections.abc import Mapping

from core.domain.record import Record
from core.domain.report_part import ReportPart, UnreadablePart, read_part
from core.domain.report_template import NAMES
from core.policies.report_rules import check_parts
from core.policies.report_table import ReportFault


class ReportVerdict(Record):
    """What was looked at and what is wrong with it."""

    checked: tuple[int, ...]
    """The parts that were read."""
    unreadable: tuple[UnreadablePart, ...]
    faults: tuple[ReportFault, ...]
    notes: tuple[str, ...]
    """What may be right or wrong and only the provider can tell."""

    @property
    def is_accepted(self) -> bool:
        """Whether no rule is broken."""
        return bool(self.checked) and not self.unreadable and not self.faults

    @property
    def sentence(self) -> str:
        """The result in one line."""
        if not self.checked and not self.unreadable:
            return "There is no part of a report here: files are called 1_….csv to 11_….csv."
        if self.is_accepted:
            return f"{len(self.checked)} parts break no counting rule."
        count = len(self.faults) + len(self.unreadable)
        parts = len({each.part for each in self.faults}) + len(self.unreadable)
        return f"{count:,} problems in {parts} of {len(self.checked) + len(self.unreadable)} files."


def validate_report(files: Mapping[str, bytes]) -> ReportVerdict:
    """Checks CSV files by name; the part's number starts each name."""
    read = [read_part(name, content) for name, content in sorted(files.items())]
    parts = [each for each in read if isinstance(each, ReportPart)]
    return ReportVerdict(
        checked=tuple(sorted(each.number for each in parts)),
        unreadable=tuple(each for each in read if isinstance(each, UnreadablePart)),
        faults=check_parts(parts),
        notes=_notes(parts),
    )


def _notes(parts: list[ReportPart]) -> tuple[str, ...]:
    notes = []
    there = {each.number for each in parts}
    if there and (missing := [f"{each} ({NAMES[each]})" for each in NAMES if each not in there]):
        notes.append(f"Not among the files: {', '.join(missing)}.")
    keys = {3: 6, 4: 5, 5: 5, 6: 5}
    notes += [
        f"Part {each.number} is blank as a whole, which is right only if it does not apply."
        for each in sorted(parts, key=lambda part: part.number)
        if each.number in keys
        and not any(cell.strip() for row in each.rows for cell in row[keys[each.number] :])
    ]
    return tuple(notes)
