"""Small answers leave at once: the server's connections do not wait to fill a packet."""

import os
import socket

import psutil


def send_at_once(port: int) -> None:
    """Switches Nagle's algorithm off for every connection that comes to this process's port.

    Streamlit makes the listening socket without naming its protocol, and asyncio then leaves the
    algorithm on: every answer after a connection's first waits some 40 ms for the client's delayed
    acknowledgement (https://github.com/Kludex/uvicorn/issues/3149). Connections inherit the option
    from the socket that listens.
    """
    for each in psutil.Process().net_connections(kind="tcp"):
        if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port:
            # A second handle on the same socket: closing it leaves the server's open.
            with socket.socket(fileno=os.dup(each.fd)) as listening:
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
