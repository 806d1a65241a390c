"""The sandbox as tests use it: a real process of its own, asked over HTTP, its rows read from its own SQLite file."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent


SEED = os.environ.get("SANDBOX_SEED", "1")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sandbox:
    def __init__(self, folder: Path, rows: int) -> None:
        self.port, self.file = free_port(), folder / "sandbox.sqlite3"
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {**os.environ, "SANDBOX_DATABASE": str(self.file)}
        command = [
            sys.executable,
            "manage.py",
            "sandbox",
            "--port",
            str(self.port),
            "--rows",
            str(rows),
            "--seed",
            SEED,
        ]
        self.client = httpx.Client(base_url=self.url, timeout=10, trust_env=False, verify=False)  # noqa: S501 - loopback, no TLS
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
        )
        self._wait(until=time.monotonic() + 90)
        told = self._ask("GET", "keys")
        self.keys = {entry["label"]: entry for entry in told["keys"]}
        self.accounts = {entry["issuer__name"]: entry for entry in told["accounts"]}
        self.web_api_key = str(told["web_api_key"])

    def _wait(self, until: float) -> None:
        while time.monotonic() < until:
            try:
                self._ask("GET", "state")
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("the sandbox did not start")

    def _ask(self, verb: str, what: str, /, **body: Any) -> dict[str, Any]:
        content = json.dumps(body) if body else None
        answer = self.client.request(verb, f"/_sandbox/{what}/", content=content)
        return dict(answer.raise_for_status().json())

    def stop(self) -> None:
        self.client.close()
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=10)

    def reset(self) -> None:
        self._ask("DELETE", "state")

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """Every call since the last reset, oldest first."""
        return list(self._ask("GET", "ledger")["calls"])

    def asked(self, path: str = "/api/investments/") -> list[str]:
        """The query strings of the calls to one path."""
        return [call["query"] for call in self.ledger if call["path"] == path]

    @property
    def disclaimers(self) -> dict[int, str | None]:
        """What Tokeny holds for Acme: number -> text."""
        rows = self._ask("GET", "disclaimers")["disclaimers"]
        return {row["id"]: row["disclaimer_content"] for row in rows if row["issuer"] == 1}

    def by_others(self, text: str | None, **more: Any) -> None:
        """As someone in Tokeny's own admin writes; `id` for one that is there, `times` for several."""
        self.client.post("/_sandbox/disclaimers/", content=json.dumps({"text": text, **more})).raise_for_status()

    def removed_by_others(self, number: int = 0) -> None:
        self.client.delete("/_sandbox/disclaimers/" + (f"?id={number}" if number else "")).raise_for_status()

    def restored(self, following: int = 1) -> None:
        """Tokeny as from a backup that held nothing: the next text is given the number `following`."""
        self.client.delete(f"/_sandbox/disclaimers/?restart={following}").raise_for_status()

    def fault(self, kind: str, **options: Any) -> None:
        self._ask("POST", "faults", kind=kind, **options)

    def state(self, **wanted: int | str) -> None:
        self._ask("POST", "state", **wanted)

    def revoke(self, label: str, revoked: bool = True) -> None:
        self._ask("POST", "keys", label=label, revoked=revoked)

    def sign_in(self, issuer: str) -> dict[str, str]:
        """Firebase's answer to the account of an issuer."""
        account = self.accounts[issuer]
        body = {"email": account["email"], "password": account["password"], "returnSecureToken": True}
        path = f"/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key={self.web_api_key}"
        return dict(self.client.post(path, json=body).raise_for_status().json())

    def key(self, label: str) -> str:
        return str(self.keys[label]["key"])

    def count(self, statement: str, *values: object) -> int:
        """A number, straight from the file."""
        connection = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)
        try:
            return int(connection.execute(statement, values).fetchone()[0])
        finally:
            connection.close()

    def rows(self, issuer: int) -> list[dict[str, Any]]:
        """All investments of an issuer with what they can be filtered by, straight from the file, newest first."""
        connection = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(ROWS, (issuer,))]
        finally:
            connection.close()


ROWS = """
select i.id, i.reference_id, i.status, i.quantity, printf('%.2f', i.amount) as amount,
  printf('%.2f', i.shares_amount) as shares_amount, i.payment_method, i.requested_payment_method,
  i.processing_issue_statuses, i.processed_at, i.created_at, i.updated_at, i.facts,
  e.email as entity_email, o.id as offering, o.name as offering_name, o.slug as offering_slug,
  v.id as investor, v.type as investor_type, u.id as user, u.email as email, e.id as entity, e.kyc_status,
  p.first_name, p.last_name, a.is_approved, w.has_hits
from sandbox_investment i
join sandbox_offering o on o.id = i.offering_id
join sandbox_investor v on v.id = i.investor_id
join sandbox_platformuser u on u.id = v.user_id
left join sandbox_entity e on e.id = v.entity_id
left join sandbox_entityperson p on p.entity_id = u.entity_id
left join sandbox_investmentapproval a on a.investment_id = i.id
left join sandbox_watchlistentity w on w.investment_id = i.id
where o.issuer_id = ? order by i.id desc
"""
