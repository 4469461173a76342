"""What exists is documented, and what is documented exists."""

import ast
import inspect
import re
from pathlib import Path

import pytest
from typer.main import get_command

import core.errors
from core.domain.label import Label
from core.domain.role import Permission, Role
from core.domain.status import Status
from dashboard.command_line import app
from dashboard.pages import PAGES
from data.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"
README = (DOCS.parent / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_documented_with_its_words() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert f"`MODDESK_{name.upper()}`" in page
        assert str(field.description) in page


def test_every_command_is_in_the_readme() -> None:
    for name in get_command(app).commands:  # type: ignore[attr-defined]  # a group
        assert f"moddesk {name}" in README, name


def test_every_label_and_status_is_in_the_glossary() -> None:
    page = (DOCS / "glossary.md").read_text(encoding="utf-8")
    for word in (*Label, *Status):
        assert word.value in page


def test_every_error_is_documented() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    for name, kind in inspect.getmembers(core.errors, inspect.isclass):
        if issubclass(kind, Exception):
            assert f"`{name}`" in page


def test_every_number_of_scores_and_policies_has_its_formula() -> None:
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    shown = set()
    for folder in ("scores", "policies", "compare", "drift", "quality"):
        for source in (DOCS.parent / "dashboard" / folder).glob("*.py"):
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "metric":
                    name = node.args[0]
                    shown |= {str(name.value)} if isinstance(name, ast.Constant) else set()
    assert {"Prevalence", "Brier", "Change verdict"} <= shown
    # What the lab tabulates is no literal of a metric call.
    for name in shown | {"Precision", "Recall", "Missed", "Reviews a day", "Reviewer time a day"}:
        assert name in page, name


@pytest.mark.parametrize(
    "page",
    [*DOCS.rglob("*.md"), DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"],
    ids=lambda p: p.name,
)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_permission_page_is_the_table() -> None:
    page = (DOCS / "permissions.md").read_text(encoding="utf-8")
    for permission in Permission:
        cells = ["yes" if permission in role.permissions else "–" for role in Role]
        assert f"| {permission.words} | {' | '.join(cells)} |" in page
    for entry in PAGES:
        assert f"| {entry.title} | {entry.permission.words} |" in page
