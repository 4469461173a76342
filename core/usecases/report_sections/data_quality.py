"""Notes on the data: what is missing, late or doubled in what the other sections count."""

from core.domain.report import Section
from core.domain.report_content import Figure, ReportSection, Unit
from core.usecases.report_sections.facts import PeriodFacts
from core.usecases.report_sections.figures import counted, share_counted, unknown


def data_quality(now: PeriodFacts, earlier: PeriodFacts | None) -> ReportSection:
    """The section."""
    return ReportSection(
        section=Section.DATA_QUALITY,
        about=(
            "What is missing from the rows that this report counts. Nothing is filled in: a "
            "language that nobody named was detected from the text and is marked as detected."
        ),
        figures=_figures(now),
        earlier=_figures(earlier) if earlier else (),
        notes=_notes(now),
    )


def _figures(facts: PeriodFacts) -> tuple[Figure, ...]:
    row = facts.item_facts.row(0, named=True)
    items = int(row["items"])
    rejected = facts.decisions.filter(outcome="reject")
    unexplained = rejected.filter(rejected["reasons"].list.len() == 0).height
    of_policy = facts.scored_by.filter(model_version_id=facts.policy.model_version_id)
    scored = int(of_policy["items"].sum())
    names = {
        "no_language": "Items without a language",
        "detected": "Items whose language was detected",
        "no_author": "Items without an author",
        "no_source": "Items without a source",
        "late": "Items that came in a day or more after they were created",
    }
    return (
        *(share_counted(f"data_{key}", name, int(row[key]), items) for key, name in names.items()),
        share_counted(
            "data_repeated", "Items whose text another one has too", items - int(row["texts"]),
            items,
        ),
        share_counted(
            "data_unscored", "Items that the policy's model has not scored", items - scored, items
        ),
        share_counted(
            "data_unexplained", "People's rejections that cite no reason", unexplained,
            rejected.height,
        ),
        *_imports(facts),
    )  # fmt: skip


def _imports(facts: PeriodFacts) -> tuple[Figure, ...]:
    name = "Imported rows that were refused"
    if facts.scope.tenants is not None:
        why = "imports are not told apart by tenant"
        return (unknown("data_refused", name, Unit.SHARE, why),)
    row = facts.import_facts.row(0, named=True)
    return (
        counted("data_imports", "Imports in the period", int(row["imports"])),
        share_counted("data_refused", name, int(row["refused"]), int(row["rows"])),
    )


def _notes(facts: PeriodFacts) -> tuple[str, ...]:
    notes = []
    if not facts.items:
        notes.append(
            "No item was created in the period. Items carry the time of the platform, not of the "
            "import: look at the dates of the newest items on the page Scores."
        )
    if facts.scope.state_at < facts.scope.period.end:
        notes.append(
            f"The period was not over: states are those of {facts.scope.state_at:%-d %B %Y, %H:%M} "
            "(UTC)."
        )
    undesigned = facts.reviews.filter(facts.reviews["queue"].is_null()).height
    if undesigned:
        notes.append(
            f"{undesigned:,} of people's {facts.reviews.height:,} decisions were imported or made "
            "in lists: nobody knows how their items were chosen."
        )
    return tuple(notes)
