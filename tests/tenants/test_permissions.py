"""The tables of rights, stated once more in full: a right that nobody meant to give has no other way in."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from apps.tenants.permissions import GRANTS, SIGHT, Permission, Role, may, sight
from tests.dashboard.test_environment import GOOD

EVERYBODY = {"owner", "manager", "compliance", "support", "marketing"}
MAY = {
    "VIEW_INVESTMENTS": EVERYBODY,
    "VIEW_BLOCKERS": {"owner", "manager", "compliance", "support"},
    "EXPORT_INVESTMENTS": {"owner", "manager", "marketing"},
    "VIEW_NOTES": {"owner", "manager", "compliance", "support"},
    "SHARE_VIEWS": {"owner", "manager", "compliance"},
    "VIEW_OFFERINGS": {"owner", "manager", "compliance", "support"},
    "CHECK_EXPOSURE": {"owner"},
    "VIEW_INVESTORS": EVERYBODY,
    "VIEW_USERS": {"owner", "manager", "compliance", "support"},
    "MANAGE_USERS": {"owner", "manager"},
    "SEARCH": EVERYBODY,
    "VIEW_DISCLAIMERS": EVERYBODY,
    "WRITE_DISCLAIMERS": {"owner", "manager"},
    "APPROVE_DISCLAIMERS": {"owner", "compliance"},
    "PUBLISH_DISCLAIMERS": {"owner", "manager"},
    "MANAGE_MEMBERS": {"owner"},
    "MANAGE_CONNECTIONS": {"owner"},
}
OF_THE_CONTRACT = {"IDENTITY", "CONTACT", "SIZE", "FINANCIAL", "COMPLIANCE", "PLAIN"}
SEES = {
    "owner": OF_THE_CONTRACT | {"UNKNOWN"},
    "manager": OF_THE_CONTRACT,
    "compliance": OF_THE_CONTRACT | {"UNKNOWN"},
    "support": {"IDENTITY", "CONTACT", "SIZE", "COMPLIANCE", "PLAIN"},
    "marketing": {"IDENTITY", "CONTACT", "SIZE"},
}


def test_each_permission_is_granted_to_the_roles_that_were_meant() -> None:
    assert {each.name: {role.value for role in roles} for each, roles in GRANTS.items()} == MAY
    assert {each.name for each in Permission} == MAY.keys()


def test_each_role_sees_the_classes_that_were_meant() -> None:
    assert {role.value: {each.name for each in classes} for role, classes in SIGHT.items()} == SEES
    assert {role.value for role in Role} == SEES.keys()


def test_what_the_tables_do_not_name_is_refused() -> None:
    assert not may("auditor", Permission.VIEW_INVESTMENTS)  # type: ignore[arg-type]
    assert not may(Role.OWNER, "destroy everything")  # type: ignore[arg-type]
    assert sight("auditor") == frozenset()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "added", "says"),
    [
        ('MARKETING = "marketing", "Marketing"', 'AUDITOR = "auditor", "Auditor"', "role “auditor”"),
        ('SEARCH = "search"', 'PURGE = "purge the record"', "GRANTS says nothing of “PURGE”"),
        ('PLAIN = "plain"', 'HEALTH = "health"', "SIGHT shows the class “HEALTH” to no role"),
    ],
)
def test_what_the_tables_forget_keeps_the_dashboard_from_starting(
    project: Path, tmp_path: Path, after: str, added: str, says: str
) -> None:
    """Granted to nobody and shown to nobody, and said with file and name."""
    for name in ("apps", "dashboard"):
        shutil.copytree(project / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "docs").symlink_to(project / "docs")
    table = tmp_path / "apps/tenants/permissions.py"
    table.write_text(table.read_text().replace(f"    {after}\n", f"    {after}\n    {added}\n"))
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "dashboard.settings", **GOOD}
    command = [sys.executable, "-c", "import django; django.setup()"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "apps/tenants/permissions.py" in done.stderr
    assert says in done.stderr


def test_no_template_and_no_view_names_a_role(project: Path) -> None:
    """A right is asked by its name; a role compared in passing would open as soon as the tables change."""
    for file in [*project.glob("templates/**/*.html"), *project.glob("apps/**/views.py")]:
        assert "role ==" not in file.read_text(), file
        assert "role !=" not in file.read_text(), file
