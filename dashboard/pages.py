"""The pages, and what one needs to see each."""

from dataclasses import dataclass

from core.domain.person import Person
from core.domain.role import Permission


@dataclass(frozen=True)
class PageEntry:
    """One page of the workbench."""

    section: str
    view: str
    title: str
    icon: str
    url_path: str
    permission: Permission


PAGES: tuple[PageEntry, ...] = (
    PageEntry("Work", "overview", "Overview", "monitoring", "", Permission.SEE_OVERVIEW),
    PageEntry("Work", "review", "Review", "inbox", "review", Permission.REVIEW),
    PageEntry("Analyse", "scores", "Scores", "bar_chart", "scores", Permission.SEE_SCORES),
    PageEntry("Analyse", "drift", "Drift", "ssid_chart", "drift", Permission.SEE_SCORES),
    PageEntry("Analyse", "compare", "Compare", "compare_arrows", "compare", Permission.SEE_SCORES),
    PageEntry(
        "Analyse", "experiments", "Experiments", "science", "experiments", Permission.SEE_SCORES
    ),
    PageEntry("Analyse", "quality", "Quality", "groups", "quality", Permission.SEE_QUALITY),
    PageEntry("Analyse", "policies", "Policies", "tune", "policies", Permission.SEE_SCORES),
    PageEntry("Analyse", "rescore", "Re-score", "restart_alt", "rescore", Permission.RESCORE),
    PageEntry("Data", "imports", "Import", "upload", "import", Permission.IMPORT),
    PageEntry("Data", "reports", "Reports", "summarize", "reports", Permission.EXPORT),
    PageEntry("Data", "exports", "Export", "download", "export", Permission.EXPORT),
    PageEntry("Admin", "models", "Models", "neurology", "models", Permission.SEE_MODELS),
    PageEntry("Admin", "queues", "Queues", "checklist", "queues", Permission.MANAGE_QUEUES),
    PageEntry(
        "Admin", "regulation", "Regulation", "gavel", "regulation", Permission.MANAGE_POLICIES
    ),
    PageEntry("Admin", "audit", "Audit", "history", "audit", Permission.READ_AUDIT),
    PageEntry("Admin", "webhooks", "Webhooks", "webhook", "webhooks", Permission.MANAGE_WEBHOOKS),
    PageEntry("Admin", "people", "People", "group", "people", Permission.MANAGE_PEOPLE),
)


def pages_for(person: Person) -> tuple[PageEntry, ...]:
    """The pages that this person may see; the first one is where they start."""
    return tuple(entry for entry in PAGES if person.may(entry.permission))
