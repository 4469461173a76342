"""Real requests to real endpoints, and to those that mean harm."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.domain.decision import Outcome, Source
from core.domain.delivery import Answer
from core.domain.webhook import Webhook, new_secret
from data.webhooks.addresses import Addresses, networks_in
from data.webhooks.sender import HttpSender
from tests.listening import SENDER, Listener, Reply, listening

HERE = networks_in("127.0.0.0/8")


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


def a_webhook(url: str) -> Webhook:
    return Webhook(
        webhook_id=1, name="shop", tenant_id="acme", url=url, outcomes=(Outcome.REJECT,),
        sources=(Source.HUMAN,), secret=new_secret(), created_by="ann",
        created_at=datetime.now(UTC),
    )  # fmt: skip


def sent(sender: HttpSender, url: str) -> Answer:
    with sender.connected(a_webhook(url)) as connection:
        return connection.send(uuid4(), b'{"type":"webhook.test"}', datetime.now(UTC))


def test_a_connection_is_kept_for_the_next_request(listener: Listener) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    sender = HttpSender(Addresses(HERE, resolve))
    with sender.connected(a_webhook(listener.url.replace("127.0.0.1", "shop.example"))) as way:
        for _ in range(3):
            assert way.send(uuid4(), b"{}", datetime.now(UTC)).status_code == 204
    assert asked == ["shop.example"]
    assert [each.headers["host"] for each in listener.received] == [
        f"shop.example:{listener.server_port}"
    ] * 3


def test_a_name_that_changes_its_mind_gains_nothing(listener: Listener) -> None:
    """DNS rebinding: the name is public when the webhook is added and private when it is told."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    sender = HttpSender(Addresses(resolve=lambda host, port: next(answers)))
    url = f"https://rebinding.example:{listener.server_port}/"
    sender.check(url)
    answer = sent(sender, url)
    assert answer.status_code is None
    assert "127.0.0.1, which is not a public address" in (answer.error or "")
    assert not listener.received


def test_what_was_checked_is_what_is_connected_to(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[object] = []
    create = socket.create_connection

    def noted(address: tuple[str, int], *rest: object, **named: object) -> socket.socket:
        connected.append(address[0])
        return create(address, *rest, **named)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(socket, "create_connection", noted)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    sender = HttpSender(Addresses(HERE, lambda host, port: ["127.0.0.1"]))
    assert sent(sender, listener.url.replace("127.0.0.1", "shop.example")).is_success
    assert connected == ["127.0.0.1"]


def test_the_next_address_is_tried_when_one_does_not_answer(listener: Listener) -> None:
    sender = HttpSender(Addresses(HERE, lambda host, port: ["127.0.0.9", "127.0.0.1"]))
    assert sent(sender, listener.url.replace("127.0.0.1", "shop.example")).is_success


def test_a_redirect_into_a_private_network_leads_nowhere(listener: Listener) -> None:
    with listening() as inside:
        listener.answers(Reply(307, {"location": inside.url}))
        answer = sent(SENDER, listener.url)
        assert not inside.received
    assert (answer.status_code, answer.is_success) == (307, False)
    assert "not followed" in (answer.error or "")


def test_a_long_answer_is_read_to_a_limit(listener: Listener) -> None:
    listener.answers(Reply(200, body=b"\xff" + "ä".encode() * 5_000_000))
    answer = sent(SENDER, listener.url)
    assert answer.is_success
    assert answer.excerpt is not None
    assert answer.excerpt.startswith("\ufffdää")
    assert len(answer.excerpt) == 500


@contextmanager
def speaking(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """An endpoint that speaks as it likes to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                try:
                    talk(peer)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()


def _drip(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    ended = threading.Event()
    for _ in range(100):
        peer.sendall(b"x: y\r\n")
        ended.wait(0.1)


def test_an_endpoint_that_drips_its_answer_is_cut_off() -> None:
    sender = HttpSender(Addresses(HERE), patience=0.5)
    with speaking(_drip) as url:
        answer = sent(sender, url)
    assert answer.error == "No answer within 0.5 seconds."
    assert answer.is_from_nobody


def _listen(peer: socket.socket) -> None:
    """To the end: who closes with something unread resets the connection."""
    heard = b""
    while b"webhook.test" not in heard:
        heard += peer.recv(65_536)


def _gibberish(peer: socket.socket) -> None:
    _listen(peer)
    peer.sendall(b"SSH-2.0-OpenSSH\r\n")


def test_what_is_not_http_is_told() -> None:
    with speaking(_gibberish) as url:
        answer = sent(SENDER, url)
    assert "as HTTP asks" in (answer.error or "")


def _hang_up(peer: socket.socket) -> None:
    _listen(peer)


def test_an_endpoint_that_hangs_up_is_told() -> None:
    with speaking(_hang_up) as url:
        answer = sent(SENDER, url)
    assert answer.status_code is None
    assert "disconnected" in (answer.error or "")


@pytest.fixture
def certified(tmp_path: Path, listener: Listener) -> Iterator[Path]:
    """The listener speaks TLS as shop.example; the certificate that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "shop.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    yield path
    listener.socket.close()


def test_certificates_are_checked_against_the_name(certified: Path, listener: Listener) -> None:
    here = Addresses(HERE, lambda host, port: ["127.0.0.1"])
    trusting = HttpSender(here, tls=ssl.create_default_context(cafile=certified))
    shop = f"https://shop.example:{listener.server_port}/hook"
    assert sent(trusting, shop).is_success
    other = sent(trusting, shop.replace("shop.", "other."))
    assert "certificate is not trusted" in (other.error or "")
    unknown = sent(HttpSender(here), shop)
    assert "certificate is not trusted" in (unknown.error or "")
    assert len(listener.received) == 1
