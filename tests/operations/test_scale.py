"""A thousand teams on PostgreSQL: what each page and each step of the worker reads of the large tables.

Every statement is explained as it runs. `make services` does this over 20,000 publications and entries of the audit log,
`make soak` over a million of each, and prints the table.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection

from apps.disclaimers import drafting, publishing, sending, watching
from apps.disclaimers.models import Disclaimer, Push, PushState, Version, sha256
from apps.operations import condition, housekeeping
from apps.staff import outbox
from apps.staff.models import StaffMember
from apps.tenants.models import Tenant, TokenySignIn
from tests.conftest import Person
from tests.operations.test_metrics import TOKEN
from tests.stand_in import Sandbox
from tests.tenants.test_access import EVERY, POST_ONLY, address

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="make services and make soak run it")
LARGE = {"audit_entry": "entries", "disclaimers_push": "publications"}
ROWS = 1_000_000 if os.environ.get("SOAK") else 20_000
TEAMS, TEXTS, OURS, VERSIONS = 1_000, 500, 100, 20
"""`OURS`: how many of the texts are one team's, which so has a fifth of all publications."""
MOST_ROWS = 500 if os.environ.get("SOAK") else 5_000
"""Rows of a large table that one statement may read; of a table that is not so large PostgreSQL may choose otherwise."""
FILL = f"""
INSERT INTO tenants_tenant (id, slug, name, timezone, issuance_url, approvals_needed, created_at)
SELECT gen_random_uuid(), 'team-' || n, 'Team ' || n, 'UTC', '', 1, now() FROM generate_series(1, {TEAMS}) n;
INSERT INTO tenants_tokenyplace (tenant_id, base_url, identifier, created_at)
SELECT id, 'https://tokeny.example', slug, now() FROM tenants_tenant WHERE slug LIKE 'team-%';
INSERT INTO disclaimers_disclaimer (tenant_id, title, notes, revision, writers, place_id, tokeny_id, tokeny_created_at,
    drift, drift_text, drift_sha256, left_sha256, mailed, created_at)
SELECT owner.tenant_id, 'Risks ' || n, '', 1, '[]', owner.id, 1000000 + n, '', '', '', '', '', '', now()
FROM generate_series(1, {TEXTS}) n JOIN (
    SELECT place.*, row_number() OVER (ORDER BY tenant.slug LIKE 'team-%', place.id) AS nth
    FROM tenants_tokenyplace place JOIN tenants_tenant tenant ON tenant.id = place.tenant_id
) owner ON owner.nth = CASE WHEN n <= {OURS} THEN 1 ELSE n - {OURS} + 1 END;
INSERT INTO disclaimers_version (disclaimer_id, number, text, sha256, authors, origin, revision, at)
SELECT id, n, 'Text ' || n, md5(n::text) || md5(id::text), '[]', '', n, now()
FROM disclaimers_disclaimer, generate_series(1, {VERSIONS}) n;
UPDATE disclaimers_disclaimer text SET live_id = version.id FROM disclaimers_version version
WHERE version.disclaimer_id = text.id AND version.number = {VERSIONS};
INSERT INTO disclaimers_push (disclaimer_id, version_id, state, sha256, approvals, at, place_id, target, base_sha256,
    ended_at, tokeny_id, tokeny_created_at, tokeny_updated_at, read_back_sha256, looks, copies, reason)
SELECT text.id, version.id, CASE WHEN n % 10 = 0 THEN 'rejected' ELSE 'confirmed' END, version.sha256, 1,
    now() - n * interval '1 second', text.place_id, text.tokeny_id, '', now(), text.tokeny_id, '', '',
    CASE WHEN n % 10 = 0 THEN '' ELSE version.sha256 END, 0, 0, '{{}}'
FROM generate_series(1, {ROWS}) n
JOIN (SELECT *, row_number() OVER (ORDER BY id) AS nth FROM disclaimers_disclaimer) text ON text.nth = n % {TEXTS} + 1
JOIN disclaimers_version version ON version.disclaimer_id = text.id AND version.number = n / {TEXTS} % {VERSIONS} + 1;
INSERT INTO audit_entry (at, tenant, action, subject, details, request_id)
SELECT now(), team.id, 'list opened', 'list', '{{}}', md5(n::text)
FROM generate_series(1, {ROWS}) n
JOIN (SELECT id, row_number() OVER (ORDER BY slug) AS nth FROM tenants_tenant) team ON team.nth = n % {TEAMS} + 1;
ANALYZE;
"""  # noqa: S608 - numbers of ours


@dataclass
class Watched:
    """What the statements of a page did. `reads`: of a large table, by statement: rows read, or kept from reading."""

    statements: int = 0
    seconds: float = 0.0
    reads: list[str] = field(default_factory=list)


def scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if node.get("Relation Name") in LARGE:
        yield node
    for each in node.get("Plans", ()):
        yield from scans(each)


def explained(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> list[str]:
    """Reads of large tables that are too many."""
    if many or not re.match(r"SELECT|UPDATE|DELETE|INSERT", sql) or not any(table in sql for table in LARGE):
        return []
    analyze = "ANALYZE, " if sql.startswith("SELECT") else ""
    execute(f"EXPLAIN ({analyze}FORMAT JSON) {sql}", params, many, context)
    told = context["cursor"].fetchone()[0]
    (plan,) = json.loads(told) if isinstance(told, str) else told
    found = []
    for scan in scans(plan["Plan"]):
        read = (scan.get("Actual Rows", 0) + scan.get("Rows Removed by Filter", 0)) * scan.get("Actual Loops", 1)
        if scan["Node Type"] == "Seq Scan" or read > MOST_ROWS:
            found.append(f"{scan['Node Type']} reads {read} {LARGE[scan['Relation Name']]}: {sql[:3000]}")
    return found


@contextmanager
def watched() -> Iterator[Watched]:
    seen = Watched()

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        seen.reads += explained(execute, sql, params, many, context)
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            seen.statements += 1
            seen.seconds += time.perf_counter() - began

    with connection.execute_wrapper(watch):
        yield seen


@pytest.fixture
def large(acme: Tenant, at_tokeny: TokenySignIn) -> Disclaimer:
    """One of acme's hundred texts."""
    with connection.cursor() as cursor:
        cursor.execute(FILL)
    Tenant.objects.filter(pk=acme.pk).update(approvals_needed=0)
    assert Push.objects.filter(disclaimer__tenant=acme).count() == ROWS * OURS // TEXTS
    found = acme.disclaimers.first()
    assert found
    return found


def test_no_page_and_no_step_of_the_worker_reads_a_large_table_through(
    ana: Person, large: Disclaimer, acme: Tenant, sandbox: Sandbox, settings: Any
) -> None:
    settings.METRICS_TOKEN = TOKEN
    table: dict[str, Watched] = {}
    version = large.versions.values_list("number", flat=True)[0]
    for route, _ in EVERY:
        if route.endswith(POST_ONLY) or "sign-out" in route or "logout" in route:
            continue
        path = address(route, "acme").replace("/disclaimers/1/", f"/disclaimers/{large.pk}/")
        path = path.replace(f"/disclaimers/{large.pk}/1/", f"/disclaimers/{large.pk}/{version}/")
        with watched() as table[route]:
            ana.get(path)
    steps: dict[str, Callable[[], object]] = {
        "publish an update": lambda: publish(large, ana.member),
        "worker: send it": sending.work,
        "publish a new text": lambda: publish(drafting.begin(acme, "A new one", ana.member), ana.member),
        "worker: send that": sending.work,
        "worker: compare": lambda: watching.compare(acme),
        "worker: mail": outbox.work,
        "worker: tidy up": housekeeping.work,
        "metrics": lambda: ana.client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}),
        "doctor": lambda: list(condition.examine(is_quick=False)),
    }
    for name, step in steps.items():
        with watched() as table[name]:
            step()
    assert [push.state for push in Push.objects.all()[:2]] == [PushState.CONFIRMED, PushState.REJECTED]
    if os.environ.get("SOAK"):
        for name, seen in table.items():
            print(f"{name:60} {seen.statements:4} statements {seen.seconds * 1000:8.1f} ms")  # noqa: T201
    if reads := [f"{name}: {read}" for name, seen in table.items() for read in seen.reads]:
        pytest.fail("\n".join(sorted({*reads})))


def publish(disclaimer: Disclaimer, who: StaffMember | None) -> None:
    Version.objects.create(disclaimer=disclaimer, number=VERSIONS + 1, text="New", sha256=sha256("New"), revision=2)
    publishing.push(disclaimer, who)
