"""How the page reaches endpoints: to check an address and to try one."""

from dashboard import state
from data.webhooks.sender import HttpSender, sender_for


def sender() -> HttpSender:
    """A sender that keeps to the networks of this workbench's settings."""
    return sender_for(state.workbench().settings)
