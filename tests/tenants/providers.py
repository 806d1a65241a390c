"""Identity providers that others wrote, each a process of its own on loopback. The hostile one is ours (provider.py)."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stand_in import ROOT, free_port

CLIENT, SECRET = "dashboard", "a client secret"
OF_NODE = ROOT / "tests" / "browser" / "provider"
MISSING = "oidc-provider is missing. It needs node and npm, of Debian's packages nodejs and npm; then: make test"


@contextmanager
def running(command: list[str | Path], issuer: str, folder: Path, **environment: str) -> Iterator[str]:
    """The issuer, from the moment it answers."""
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 30
        while not answers(issuer):
            assert process.poll() is None, f"{command[0]} ended"
            assert time.monotonic() < until, f"{command[0]} did not start"
            time.sleep(0.05)
        yield issuer
    finally:
        process.terminate()
        process.wait(timeout=10)


def answers(issuer: str) -> bool:
    try:
        return httpx.get(f"{issuer}/.well-known/openid-configuration", trust_env=False).is_success
    except httpx.TransportError:
        return False


@contextmanager
def oidc_provider_mock(*people: dict[str, Any]) -> Iterator[str]:
    """Of Python: it takes any client, and asks only who one is."""
    port = free_port()
    known = [part for person in people for part in ("--user-claims", json.dumps(person))]
    command = [Path(sys.executable).parent / "oidc-provider-mock", "-H", "localhost", "-p", str(port), *known]
    with running([*command, "--require-nonce", "true"], f"http://localhost:{port}", ROOT) as issuer:
        yield issuer


@contextmanager
def oidc_provider(redirect_uri: str) -> Iterator[str]:
    """Of Node.js, certified by the OpenID Foundation: any name signs in, as `<name>@acme.example`."""
    if not (OF_NODE / "node_modules").exists():
        pytest.skip(MISSING)
    issuer = f"http://localhost:{free_port()}"
    given = {"ISSUER": issuer, "CLIENT": CLIENT, "SECRET": SECRET, "REDIRECT_URI": redirect_uri}
    with running([str(shutil.which("node")), "server.mjs"], issuer, OF_NODE, **given):
        yield issuer
