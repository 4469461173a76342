"""The small pages outside Streamlit: signing in and out, and when the store does not answer."""

from html import escape
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

_PAGE = Template(
    (Path(__file__).parent.parent / "static" / "sign_in.html").read_text(encoding="utf-8")
)


def page(title: str, *, alert: str = "", body: str = "", status: int = 200) -> HTMLResponse:
    """The page; title and alert are texts, the body is markup of ours."""
    shown = f'<p role="alert">{escape(alert)}</p>' if alert else ""
    return HTMLResponse(
        _PAGE.substitute(title=escape(title), alert=shown, form=body), status,
        headers={"cache-control": "no-store"},
    )  # fmt: skip


def link(target: str, words: str) -> str:
    """A button that leads to a page of this site."""
    return f'<a class="button" href="{escape(safe_target(target), quote=True)}">{words}</a>'


def safe_target(target: str | None) -> str:
    """A path of this site to go to after signing in; the start page for anything else."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\", "/sign-")):
        return "/"
    if any(ord(character) < 32 or character == "\\" for character in target):
        return "/"
    return target
