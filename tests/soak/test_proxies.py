"""nginx and Caddy of Debian, with the files of deploy/, in front of a production dashboard.

Run by `make soak`, not by `make test`.
"""

import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import httpx
import pytest

from tests.bench import sites
from tests.bench.measure import Site, wait_for
from tests.stand_in import ROOT, Sandbox, free_port

LIST = "/acme/investments/"
STALLED = 200
NGINX = """
{user}daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/dashboard.conf;
}}
"""


@dataclass
class Place:
    port: int
    site: Site
    sandbox: Sandbox
    dashboard: "subprocess.Popen[bytes]"

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}", headers={"Cookie": self.site.cookie}, verify=False, timeout=30, trust_env=False  # noqa: S501 - its own certificate
        )  # fmt: skip

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as browsers do; 40 ms otherwise
        return context.wrap_socket(plain)

    def request(self, verb: str, path: str) -> bytes:
        return f"{verb} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self.site.cookie}\r\n".encode()


def read(connection: ssl.SSLSocket, until: bytes = b"") -> bytes:
    """What comes until those bytes, or until the end."""
    received = b""
    while not until or until not in received:
        piece = connection.recv(65536)
        if not piece:
            assert not until, received[-2000:]
            break
        received += piece
    return received


def certificate(folder: Path) -> tuple[Path, Path]:
    made, key = folder / "certificate.pem", folder / "key.pem"
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
    files = ("-keyout", str(key), "-out", str(made))
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *files, *subject]
    subprocess.run(command, check=True, capture_output=True)
    return made, key


def changed(file: str, *parts: tuple[str, str]) -> str:
    """A file of deploy/ with what differs on this machine."""
    text = (ROOT / "deploy" / file).read_text()
    for old, new in parts:
        assert old in text, old
        text = text.replace(old, new)
    return text


def nginx(folder: Path, port: int, site: Site) -> list[str]:
    made, key = certificate(folder)
    text = changed(
        "nginx.conf",
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{site.port};"),
        ("server_name dashboard.example.com;", "server_name 127.0.0.1;"),
        ("/etc/ssl/dashboard/fullchain.pem", str(made)),
        ("/etc/ssl/dashboard/privkey.pem", str(key)),
    )
    (folder / "dashboard.conf").write_text(text)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user="user root; " if os.geteuid() == 0 else ""))
    return ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, port: int, site: Site) -> list[str]:
    made, key = certificate(folder)
    text = changed(
        "Caddyfile",
        ("\tservers {", "\tadmin off\n\tauto_https disable_redirects\n\tservers {"),
        ("{$SITE:dashboard.example.com} {", f"https://127.0.0.1:{port} {{\n\ttls {made} {key}"),
        ("{$DASHBOARD:127.0.0.1:8000}", f"127.0.0.1:{site.port}"),
    )
    (folder / "Caddyfile").write_text(text)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, sandbox = tmp_path_factory.mktemp("proxy"), Sandbox(tmp_path_factory.mktemp("upstream"), 2000)
    site, port = Site(port=free_port(), upstream=sandbox.port), free_port()
    more = {"DJANGO_SETTINGS_MODULE": "dashboard.settings", "TRUSTED_PROXY_COUNT": "1"}
    started = [sites.dashboard(site, folder, sandbox.key(sites.KEY), more=more)]
    with (folder / "proxy.log").open("wb") as log:
        environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        command = request.param(folder, port, site)
        started.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))
    try:
        wait_for(port)
        place = Place(port, site, sandbox, started[0])
        with place.client() as client:
            for _ in range(10):
                assert client.get(LIST).status_code == 200
        yield place
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=40)
        sandbox.stop()


def test_the_shell_comes_before_the_rows(place: Place) -> None:
    """Within 60 ms, while the API takes 3 s."""
    shells, wholes = [], []
    for _ in range(5):
        place.sandbox.reset()
        place.sandbox.fault("slow", value=3, path="/api/investments/$")
        with place.connect() as connection:
            began = time.perf_counter()
            connection.sendall(place.request("GET", LIST) + b"Connection: close\r\n\r\n")
            received = read(connection, b"waiting at-first")
            shells.append(time.perf_counter() - began)
            received += read(connection)
            wholes.append(time.perf_counter() - began)
            assert b"</html>" in received
    place.sandbox.reset()
    print(f"\nshell {min(shells) * 1000:.0f} to {max(shells) * 1000:.0f} ms, whole page {min(wholes):.1f} s")
    assert sorted(shells)[2] < 0.06
    assert min(wholes) > 3


def test_an_address_of_3500_characters_arrives_and_comes_back(place: Place) -> None:
    values = ",".join(f"K3-{number:06}" for number in range(345))
    path = f"{LIST}?reference_id__in={values}"
    assert 3400 < len(path) < 3600
    with place.client() as client:
        assert client.get(path).status_code == 200
        fragment = client.get(path, headers={"HX-Request": "true", "HX-Target": "listing"})
        assert fragment.status_code == 200
        assert len(fragment.headers["HX-Push-Url"]) > 3400
        sent_on = client.get(f"{path}&amount__gte=")
        assert (sent_on.status_code, len(sent_on.headers["Location"]) > 3400) == (302, True)


def test_a_head_has_no_body(place: Place) -> None:
    with place.connect() as connection:
        connection.sendall(place.request("HEAD", LIST) + b"\r\n")
        received = read(connection, b"\r\n\r\n")
        connection.sendall(place.request("GET", "/healthz") + b"Connection: close\r\n\r\n")
        received += read(connection)
    _, _, rest = received.partition(b"\r\n\r\n")
    assert rest.startswith(b"HTTP/1.1 200")
    assert rest.rstrip().endswith(b"ok")


def test_stalled_requests_delay_no_one(place: Place) -> None:
    with ExitStack() as stack:
        for _ in range(STALLED):
            stalled = stack.enter_context(place.connect())
            stalled.sendall(place.request("GET", LIST))
        with place.client() as client:
            for path in ("/healthz", LIST):
                began = time.perf_counter()
                assert client.get(path).status_code == 200
                assert time.perf_counter() - began < 1


def test_a_reload_under_load_fails_no_one(place: Place) -> None:
    ended, statuses = Event(), []

    def person() -> None:
        with place.client() as client:
            while not ended.is_set():
                statuses.append(client.get(LIST).status_code)

    with ThreadPoolExecutor(8) as people:
        futures = [people.submit(person) for _ in range(8)]
        for _ in range(2):
            time.sleep(3)
            place.dashboard.send_signal(signal.SIGHUP)
        time.sleep(4)
        ended.set()
        for future in futures:
            future.result()
    print(f"\n{len(statuses)} pages over two reloads")
    assert len(statuses) > 50
    assert set(statuses) == {200}
