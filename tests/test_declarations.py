"""A slip in a declaration keeps the dashboard from starting, and is said with file and name; it does not wait for a page."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dashboard.test_environment import GOOD

RIGHTS, LISTING, LOOKUPS = (
    "apps/tenants/permissions.py",
    "apps/investments/listing.py",
    "apps/listing/schema/lookups.py",
)
SLIPS = {
    "a role without grants": (
        RIGHTS, 'MARKETING = "marketing", "Marketing"', 'MARKETING = "marketing", "Marketing"\n    AUDITOR = "auditor", "Auditor"', "role “auditor”",
    ),
    "a permission that no role has": (
        RIGHTS, 'SEARCH = "search"', 'SEARCH = "search"\n    PURGE = "purge the record"', "GRANTS says nothing of “PURGE”",
    ),
    "a data class without visibility": (
        RIGHTS, 'PLAIN = "plain"', 'PLAIN = "plain"\n    HEALTH = "health"', "VISIBLE_CLASSES shows the class “HEALTH” to no role",
    ),
    "a column with a typo": (LISTING, 'Column("amount"', 'Column("amuont"', "columns names “amuont”"),
    "an order that is none": (LISTING, 'DEFAULT_ORDERING = "-id"', 'DEFAULT_ORDERING = "-age"', "default_ordering names “age”"),
    "a fact with a typo": (LISTING, 'facts=("status"', 'facts=("state"', "facts names “state”"),
    "a cell of no field": (LISTING, 'cells={"status"', 'cells={"stage"', "cells names “stage”"),
    "a filter with a typo": (LISTING, 'Filter("quantity"', 'Filter("quantty"', "no filter asks “quantity”"),
    "choices told for no filter": (LISTING, 'learns="status"', 'learns="state"', "learns names “state”"),
    "a lookup without words": (LOOKUPS, 'Lookup("gt", "is over"', 'Lookup("gt", ""', "the lookup “gt” has no words"),
    "a lookup without an operator": (LOOKUPS, '(Offer(90, "more-than", "is over", inputs=ONE),)', "()", "the lookup “gt” has no words or no operator"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_keeps_the_dashboard_from_starting(project: Path, tmp_path: Path, slip: str) -> None:
    file, right, wrong, says = SLIPS[slip]
    for name in ("apps", "dashboard", "templates"):
        shutil.copytree(project / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("docs", "static"):
        (tmp_path / name).symlink_to(project / name)
    table = tmp_path / file
    assert table.read_text().count(right) == 1
    table.write_text(table.read_text().replace(right, wrong))
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "dashboard.settings", **GOOD}
    command = [sys.executable, "-c", "import dashboard.wsgi"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert file in last
    assert says in last
