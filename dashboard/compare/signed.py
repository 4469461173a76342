"""Differences as people read them."""


def signed(value: float, digits: int) -> str:
    """With its sign and a real minus; what rounds to nothing has no sign."""
    text = f"{value:+,.{digits}f}"
    return text.replace("-", "−") if text.strip("+-0.,") else text[1:]
