"""Dashboards as `make serve` runs them, each asking an upstream that replays what the sandbox once answered."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench import measure
from tests.bench.measure import Site
from tests.stand_in import ROOT, Sandbox

KEY = "Acme Robotics, all offerings"
RECORDED = {
    "api-investments-25": "/api/investments/?ordering=-id&page=1&page_size=25",
    "api-investments-100": "/api/investments/?ordering=-id&page=1&page_size=100",
    "api-investments-statuses": "/api/investments/statuses/",
    "api-offerings-25": "/api/offerings/?ordering=-id&page=1&page_size=25",
    "api-offerings-100": "/api/offerings/?ordering=id&page_size=100",
}
OF_TOKENS = {f"api-{name}-25": f"/api/{name}/?ordering=-id&page=1&page_size=25" for name in ("investors", "users")} | {
    "api-users-1": "/api/users/?page_size=1"
}
SIGN_IN_PATH = "/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword"
Step = tuple[list[str], str]
"""A management command: its words and standard input."""
PASSWORD = "correct-horse-battery-9"
ACCOUNT = ("bench@acme.example", "any-web-key", "any-password")


def record(folder: Path, rows: int) -> str:
    """The sandbox's own bytes, a file for each question; and the key they were asked with."""
    answers = folder / "answers"
    answers.mkdir()
    sandbox = Sandbox(folder, rows)
    try:
        for name, target in RECORDED.items():
            (answers / name).write_bytes(
                measure.fetch(sandbox.port, target, {"Authorization": f"Api-Key {sandbox.key(KEY)}"})
            )
        signed_in = sandbox.sign_in("Acme Robotics")
        (answers / SIGN_IN_PATH.strip("/").replace("/", "-")).write_text(json.dumps(signed_in))
        for name, target in OF_TOKENS.items():
            header = {"Authorization": f"Bearer {signed_in['idToken']}"}
            (answers / name).write_bytes(measure.fetch(sandbox.port, target, header))
    finally:
        sandbox.stop()
    return sandbox.key(KEY)


def replay(port: int, answers: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(Path(__file__).with_name("replay.py")), str(port), str(answers)]
    return subprocess.Popen(command, start_new_session=True)


def environment_of(site: Site, folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Production settings of a dashboard there; `more`: further ones."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "ENVIRONMENT": "production",
        "SECRET_KEY": "for-the-bench-only-" + "0123456789abcdef" * 4,
        "ENCRYPTION_KEYS": "bench:" + base64.b64encode(bytes(range(32))).decode(),
        "ALLOWED_HOSTS": "127.0.0.1",
        "UPSTREAM_HOSTS": "127.0.0.1",
        "EMAIL_URL": "memorymail://",
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
        "TRUSTED_PROXY_COUNT": "1",
        "BIND": f"127.0.0.1:{site.port}",
        **more,
    }


def prepare(
    site: Site,
    folder: Path,
    key: str,
    environment: Mapping[str, str],
    others: Mapping[str, tuple[str, str]] | None = None,
    account: tuple[str, str, str] = ACCOUNT,
    further: list[Step] | None = None,
    root: Path = ROOT,
) -> None:
    """A database with a team, its key, and one person signed in."""
    upstream = f"http://127.0.0.1:{site.upstream}"
    steps: list[Step] = [
        (["migrate", "--verbosity", "0"], ""),
        (["collectstatic", "--noinput", "--verbosity", "0"], ""),
        *team("acme", "Acme Robotics", upstream, key, PASSWORD),
        firebase_sign_in(upstream, account),
        *(step for slug, (url, secret) in (others or {}).items() for step in team(slug, slug.title(), url, secret, "")),
        *(further or []),
        (["shell", "--no-imports", "-c", SIGN_IN], ""),
    ]
    measure.wait_for(site.upstream)
    command = [sys.executable, "-m", "tests.bench.commands"]
    done = subprocess.run(
        command, cwd=root, env=environment, input=json.dumps(steps), stdout=subprocess.PIPE, text=True, check=True
    )
    site.cookie = f"__Host-session={done.stdout.split()[-1]}"


def dashboard(
    site: Site,
    folder: Path,
    key: str,
    others: Mapping[str, tuple[str, str]] | None = None,
    profile: str = "",
    more: Mapping[str, str] | None = None,
    account: tuple[str, str, str] = ACCOUNT,
    further: list[Step] | None = None,
    root: Path = ROOT,
) -> "subprocess.Popen[bytes]":
    """The dashboard as `make serve` runs it, with a team, its key, and one person signed in.

    `others`: further teams of that person, slug -> (address of its API, key). `profile`: the file that holds, once it has
    ended, where its pages spent their time. `more`: further settings. `account`: email, web API key and password of the team's sign-in. `further`: commands
    to run before it starts. `root`: the checkout whose code it is. Its log is in `folder / "log"`.
    """
    environment = environment_of(site, folder, more or {})
    prepare(site, folder, key, environment, others, account, further, root)
    application = "tests.bench.profiled" if profile else "dashboard.wsgi"
    environment["PROFILE"] = profile
    command = [sys.executable, "-m", "gunicorn", "-c", "dashboard/gunicorn.py", application]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=root, env=environment, stderr=log, start_new_session=True)
    measure.wait_for(site.port)
    return process


def team(slug: str, name: str, url: str, key: str, password: str) -> list[Step]:
    """`password`: of ana, its owner, where she is new."""
    words = ("--name", name, "--timezone", "America/New_York")
    return [
        (["create_tenant", slug, *words], ""),
        (["connect_issuance", slug, "--label", "Whole", "--base-url", url], key),
        (["create_staff", "ana@acme.example", "--tenant", slug, "--role", "owner"], password),
    ]


def firebase_sign_in(url: str, account: tuple[str, str, str]) -> Step:
    email, web_key, password = account
    identity, token = f"{url}/identitytoolkit.googleapis.com", f"{url}/securetoken.googleapis.com"
    addresses = ("--identity-url", identity, "--token-url", token)
    return ["connect_firebase", "acme", "--email", email, "--web-api-key", web_key, *addresses], password


SIGN_IN = """
from django.test import Client
from apps.disclaimers import drafting
from apps.staff.models import StaffMember
from apps.tenants.models import Tenant
client = Client()
ana = StaffMember.objects.first()
client.force_login(ana)
drafting.begin(Tenant.objects.get(slug="acme"), "Risk factors", ana)
print(client.cookies["__Host-session"].value)
"""
