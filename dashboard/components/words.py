"""Numbers and times as people read them."""

from datetime import datetime, timedelta

_PLAIN = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]()#+-.!:$<>|~"})


def ago(since: datetime, now: datetime) -> str:
    """How long ago, such as "3 h ago"."""
    return f"{span(now - since)} ago"


def span(length: timedelta) -> str:
    """A length of time in its largest sensible unit."""
    seconds = max(0, int(length.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or (unit == "min" and seconds >= size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def due(at: datetime, now: datetime) -> str:
    """When something is due, such as "due in 3 h" or "overdue by 2 d"."""
    if at >= now:
        return f"due in {span(at - now)}"
    return f"overdue by {span(now - at)}"


def share(part: int, whole: int) -> str:
    """A share in percent with its n, or a dash when there is nothing to share."""
    return f"{part / whole:.0%}" if whole else "–"


def excerpt(text: str, length: int = 160) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def plain(text: str) -> str:
    """A name for a place that reads Markdown: every character stands for itself."""
    return text.translate(_PLAIN)
