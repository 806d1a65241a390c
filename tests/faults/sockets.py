"""Peers that go wrong below HTTP: refused, silent, cut, dripping, with certificates that are no good. Made on the spot."""

import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Talk = Callable[[socket.socket], None]


@contextmanager
def peer(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server on loopback: its port, and what it was sent (nothing where TLS did not come about)."""
    received: list[bytes] = []
    is_open = True

    def serve() -> None:
        while is_open:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                secured = context.wrap_socket(connection, server_side=True) if context else connection
                secured.settimeout(20)
                received.append(secured.recv(65536))
                talk(secured)
                secured.close()
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], received
        is_open = False
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(2)


def answer(body: bytes, length: int | None = None, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n"
    return head.encode() + body


def silent(connection: socket.socket) -> None:
    """Takes the request and says nothing."""
    time.sleep(20)


def drips(connection: socket.socket) -> None:
    """A byte every 300 ms: never a gap long enough for a gap limit."""
    for byte in answer(b'{"count": 0, "results": []}' * 10):
        connection.sendall(bytes([byte]))
        time.sleep(0.3)


def slow_headers(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Padding: x\r\n" * 50:
        connection.sendall(bytes([byte]))
        time.sleep(0.3)


def cut(connection: socket.socket) -> None:
    connection.sendall(answer(b'{"count": 1, "results": [', length=5000))


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def nonsense(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example ESMTP\r\n")


def good(connection: socket.socket) -> None:
    connection.sendall(answer(b'{"count":0,"next":null,"previous":null,"results":[]}'))


class Authority:
    """A certificate authority of the tests' own, in a file that UPSTREAM_CA_FILE can name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests' own authority")])
        self.certificate = self._sign(self.name, self.key.public_key(), [], 30, is_authority=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(
        self, subject: x509.Name, public: ec.EllipticCurvePublicKey, hosts: list[str], days: int, is_authority: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder(subject_name=subject, issuer_name=self.name, public_key=public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False
            )
        return builder.sign(self.key, hashes.SHA256())

    def context(self, host: str = "localhost", days: int = 30) -> ssl.SSLContext:
        """A server's TLS with a certificate for `host` that lasts so many days more."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = self._sign(subject, key.public_key(), [host], days, is_authority=False)
        file = self.folder / f"{host}-{days}.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def old_context(self) -> ssl.SSLContext:
        """A server that speaks nothing newer than TLS 1.1, with a certificate that is good."""
        context = self.context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context
