"""`make demo`: a private .env, a migrated database, the sandbox and the dashboard on loopback, and two teams to look
at.

Starting it again changes nothing. Ctrl-C ends both processes.
"""

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from types import FrameType
from typing import Any

from dashboard import demo_disclaimers
from dashboard.environment import DEMO_PREFIX, DOTENV

ROOT = DOTENV.parent
RUN = ROOT / ".run"
ROLES = ("owner", "manager", "compliance", "support", "marketing")
TEAMS = (
    # slug, name, zone, issuer at the sandbox, and whether one key sees all of its offerings
    ("acme", "Acme Robotics", "America/New_York", "Acme Robotics", True),
    ("borealis", "Borealis Energy", "America/Chicago", "Borealis Energy", False),
)
FIREBASE = ("identitytoolkit.googleapis.com", "securetoken.googleapis.com")
AGENCY = "agency@demo.example"
"""One person who is a member of both teams."""


def main() -> int:
    port, sandbox_port = (
        int(os.environ.get(name, default)) for name, default in (("PORT", "8000"), ("SANDBOX_PORT", "8001"))
    )
    for name, asked in (("PORT", port), ("SANDBOX_PORT", sandbox_port)):
        if is_taken(asked):
            print(f"Port {asked} is in use. Choose another: make demo {name}={asked + 10}")
            return 1
    write_dotenv()
    if not is_demo():
        print(
            "The demo runs only with ENVIRONMENT=demo, and it isn’t set to that here or in .env. "
            "Unset it or move the .env file away."
        )
        return 1
    RUN.mkdir(mode=0o700, exist_ok=True)
    RUN.chmod(0o700)
    manage("migrate", "--verbosity", "0")
    manage("collectstatic", "--noinput", "--verbosity", "0")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)
    processes = [spawn("manage.py", "sandbox", "--port", str(sandbox_port))]
    try:
        fill_in(told_by_sandbox(sandbox_port, processes[0]), f"http://127.0.0.1:{sandbox_port}")
        processes.append(
            spawn("-m", "gunicorn", "-c", "dashboard/gunicorn.py", "--bind", f"127.0.0.1:{port}", "dashboard.wsgi")
        )
        wait_for(f"http://127.0.0.1:{port}/healthz", processes[1])
        processes.append(spawn("manage.py", "worker"))
        print_welcome(port)
        return wait_for_end(processes)
    except KeyboardInterrupt:
        print("\nEnding.")
        return 0
    finally:
        end(processes)


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def write_dotenv() -> None:
    """Makes fresh keys on the first start, readable by no one else; kept afterwards, since they open what was
    sealed."""
    if DOTENV.exists():
        return
    lines = {
        "ENVIRONMENT": "demo",
        "SECRET_KEY": DEMO_PREFIX + secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": f"{DEMO_PREFIX}1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "LOG_LEVEL": "WARNING",
        "EMAIL_URL": f"filemail:///{RUN / 'mail'}",
        "DEMO_PASSWORD": "-".join(secrets.token_hex(3) for _ in range(3)),
    }
    descriptor = os.open(DOTENV, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in lines.items())


def is_demo() -> bool:
    """Neither the shell nor an existing .env names another environment."""
    return os.environ.get("ENVIRONMENT", "demo") == "demo" and "ENVIRONMENT=demo\n" in DOTENV.read_text()


def password() -> str:
    entries = dict(line.split("=", 1) for line in DOTENV.read_text().splitlines() if "=" in line)
    return entries.get("DEMO_PASSWORD", "")


def manage(*arguments: str, stdin: str = "") -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, input=stdin, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"manage.py {arguments[0]} failed:\n{done.stderr}")


def spawn(*arguments: str) -> "subprocess.Popen[bytes]":
    """In a session of its own: Ctrl-C reaches this process only, which then ends the others in order."""
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, start_new_session=True)


def wait_for(url: str, process: "subprocess.Popen[bytes]", seconds: float = 60) -> bytes:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit("A process exited during startup. See its output above.")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bytes(answer.read())
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} didn’t respond within {seconds:.0f} s.")


def told_by_sandbox(port: int, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Its keys and accounts."""
    told: dict[str, Any] = json.loads(wait_for(f"http://127.0.0.1:{port}/_sandbox/keys/", process))
    return told


def fill_in(told: dict[str, Any], url: str) -> None:
    """Creates teams, keys and people with the same code as the commands in README."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    import django

    django.setup()
    from apps.staff.models import StaffMember
    from apps.tenants import connections, members
    from apps.tenants.models import FirebaseSignIn, Tenant, TokenyPlace, TokenySignIn
    from apps.tenants.permissions import Role
    from apps.tenants.sign_ins import firebase as firebase_sign_in
    from apps.tenants.sign_ins import tokeny
    from apps.upstream.secret import Secret

    for slug, name, zone, issuer, is_whole in TEAMS:
        tenant, is_new = Tenant.objects.get_or_create(slug=slug, defaults={"name": name, "timezone": zone})
        Tenant.objects.filter(pk=tenant.pk).update(issuance_url=url)  # the sandbox may have another port this time
        identity, token = (f"{url}/{host}" for host in FIREBASE)
        FirebaseSignIn.objects.filter(tenant=tenant).update(identity_url=identity, token_url=token)
        TokenySignIn.objects.filter(tenant=tenant).update(base_url=url)
        TokenyPlace.objects.filter(tenant=tenant).update(base_url=url)
        if not is_new:
            continue
        for key in told["keys"]:
            if key["issuer__name"] == issuer and (key["offering"] is None) == is_whole:
                connections.save_key(tenant, key["label"], Secret(key["key"]), url, None)
        for account in told["accounts"]:
            if account["issuer__name"] == issuer:
                firebase_sign_in.save(tenant, sign_in(account, told["web_api_key"], url), url, None)
                tokeny.save(tenant, tokeny.Given(url, account["email"], Secret(account["password"])), None)
        for email, role in [(f"{role}@{slug}.example", role) for role in ROLES] + [(AGENCY, "manager")]:
            person = StaffMember.objects.filter(email=email).first() or StaffMember.objects.create_user(
                email, password()
            )
            members.add(tenant, person.email, Role(role), None)
        if slug == TEAMS[0][0]:
            demo_disclaimers.write(tenant, url)


def sign_in(account: dict[str, str], web_api_key: str, url: str) -> Any:
    """The sandbox's own account, with Firebase's hosts as first path segments, like its emulator."""
    from apps.tenants.sign_ins.firebase import Given
    from apps.upstream.secret import Secret

    identity, token = (f"{url}/{host}" for host in FIREBASE)
    password = Secret(account["password"])
    return Given(account["email"], password, Secret(web_api_key), identity_url=identity, token_url=token)


def print_welcome(port: int) -> None:
    print(f"\nIssuer Dashboard: http://localhost:{port}/\n")
    print_password()
    print("\nEmails are saved in .run/mail/. Press Ctrl+C to stop; your changes are kept for the next run.", flush=True)


def print_password() -> None:
    if not DOTENV.exists():
        raise SystemExit("The demo hasn’t been set up. Run: make demo")
    print("Sign in as any of these:")
    for slug, name, *_ in TEAMS:
        print(f"  {name}: {', '.join(f'{role}@{slug}.example' for role in ROLES)}")
    print(f"  both teams: {AGENCY}")
    print(f"Password: {password()}", flush=True)


def wait_for_end(processes: list["subprocess.Popen[bytes]"]) -> int:
    while all(process.poll() is None for process in processes):
        time.sleep(0.3)
    print("A demo process exited unexpectedly. See its output above.")
    return 1


def interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def end(processes: list["subprocess.Popen[bytes]"]) -> None:
    for process in reversed(processes):
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    if sys.argv[1:] == ["password"]:
        print_password()
    else:
        raise SystemExit(main())
