"""The tables of rights, stated once more in full: a right that no one meant to give has no other way in."""

from pathlib import Path

from apps.tenants.permissions import GRANTS, VISIBLE_CLASSES, Permission, Role, may, visible_classes

EVERYBODY = {"owner", "manager", "compliance", "support", "marketing"}
MAY = {
    "VIEW_OVERVIEW": {"owner", "manager", "compliance", "support"},
    "VIEW_INVESTMENTS": EVERYBODY,
    "REVEAL_FINANCIAL": {"owner", "manager", "compliance", "support"},
    "VIEW_BLOCKERS": {"owner", "manager", "compliance", "support"},
    "EXPORT_INVESTMENTS": {"owner", "manager", "marketing"},
    "EXPORT_INVESTORS": {"owner", "manager", "marketing"},
    "EXPORT_OFFERINGS": {"owner", "manager"},
    "EXPORT_USERS": {"owner", "manager"},
    "VIEW_EXPORTS": {"owner", "manager", "marketing"},
    "VIEW_ALL_EXPORTS": {"owner"},
    "VERIFY_EXPORTS": {"owner", "manager", "compliance", "marketing"},
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
    "MANAGE_TEAM": {"owner"},
    "READ_GUIDE": EVERYBODY,
    "LEAVE_TEAM": EVERYBODY,
    "VIEW_AUDIT": {"owner", "compliance"},
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
    assert {role.value: {each.name for each in classes} for role, classes in VISIBLE_CLASSES.items()} == SEES
    assert {role.value for role in Role} == SEES.keys()


def test_what_the_tables_do_not_name_is_refused() -> None:
    assert not may("auditor", Permission.VIEW_INVESTMENTS)  # type: ignore[arg-type]
    assert not may(Role.OWNER, "destroy everything")  # type: ignore[arg-type]
    assert visible_classes("auditor") == frozenset()  # type: ignore[arg-type]


def test_no_template_and_no_view_names_a_role(project: Path) -> None:
    """A right is asked by its name; a role compared in passing would open as soon as the tables change."""
    for file in [*project.glob("templates/**/*.html"), *project.glob("apps/**/views.py")]:
        assert "role ==" not in file.read_text(), file
        assert "role !=" not in file.read_text(), file
