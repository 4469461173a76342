"""Connections of the server do not hold small answers back."""

import socket

from dashboard.small_packets import send_at_once


def test_connections_of_the_port_send_at_once_and_others_are_left_alone() -> None:
    # As Streamlit makes them: without the protocol's number.
    with socket.socket() as ours, socket.socket() as other:
        for each in (ours, other):
            each.bind(("127.0.0.1", 0))
            each.listen()
        send_at_once(ours.getsockname()[1])
        assert (_nodelay(ours), _nodelay(other)) == (True, False)


def _nodelay(listening: socket.socket) -> bool:
    """Whether a connection that comes to this socket has the option."""
    with socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            return bool(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
