"""Who may do what, and who may see which class of data: two tables. What is not in them is refused."""

from collections.abc import Iterable
from enum import StrEnum

from django.db.models import TextChoices


class Role(TextChoices):
    OWNER = "owner", "Owner"
    MANAGER = "manager", "Manager"
    COMPLIANCE = "compliance", "Compliance"
    SUPPORT = "support", "Support"
    MARKETING = "marketing", "Marketing"


ROLE_HELP = {
    Role.OWNER: "everything, members and keys included",
    Role.MANAGER: "all data, exports, platform users, and disclaimers, which others approve",
    Role.COMPLIANCE: "all data, read only; approves disclaimers",
    Role.SUPPORT: "names, contacts, platform users and what holds an investment up; no financial data, no exports, no changes",
    Role.MARKETING: "name, e-mail, phone and size of an investment; exports with the same limits",
}


class Permission(StrEnum):
    """The words stand in the 403 page: "You may not {permission}"."""

    VIEW_INVESTMENTS = "view investments"
    VIEW_BLOCKERS = "view what holds investments up"
    EXPORT_INVESTMENTS = "export investments"
    VIEW_NOTES = "read and write notes on investments"
    SHARE_VIEWS = "share views with the team"
    VIEW_OFFERINGS = "view offerings"
    CHECK_EXPOSURE = "ask what strangers can read"
    VIEW_INVESTORS = "view investors"
    VIEW_USERS = "view platform users"
    MANAGE_USERS = "create and change platform users"
    SEARCH = "search"
    VIEW_DISCLAIMERS = "view disclaimers"
    WRITE_DISCLAIMERS = "write disclaimers"
    APPROVE_DISCLAIMERS = "approve disclaimers"
    PUBLISH_DISCLAIMERS = "publish disclaimers"
    MANAGE_MEMBERS = "manage members"
    MANAGE_CONNECTIONS = "manage connections"


class DataClass(StrEnum):
    """The class of a field. `SIZE` is what `marketing` may know of the money: how large an investment is."""

    IDENTITY = "identity"
    CONTACT = "contact"
    SIZE = "investment size"
    FINANCIAL = "financial"
    COMPLIANCE = "compliance"
    PLAIN = "plain"
    UNKNOWN = "unknown to the contract"


GRANTS: dict[Permission, frozenset[Role]] = {
    Permission.VIEW_INVESTMENTS: frozenset(Role),
    Permission.VIEW_BLOCKERS: frozenset(Role) - {Role.MARKETING},
    Permission.EXPORT_INVESTMENTS: frozenset({Role.OWNER, Role.MANAGER, Role.MARKETING}),
    Permission.VIEW_NOTES: frozenset(Role) - {Role.MARKETING},
    Permission.SHARE_VIEWS: frozenset({Role.OWNER, Role.MANAGER, Role.COMPLIANCE}),
    Permission.VIEW_OFFERINGS: frozenset(Role) - {Role.MARKETING},
    Permission.CHECK_EXPOSURE: frozenset({Role.OWNER}),
    Permission.VIEW_INVESTORS: frozenset(Role),
    Permission.VIEW_USERS: frozenset(Role) - {Role.MARKETING},
    Permission.MANAGE_USERS: frozenset({Role.OWNER, Role.MANAGER}),
    Permission.SEARCH: frozenset(Role),
    Permission.VIEW_DISCLAIMERS: frozenset(Role),
    Permission.WRITE_DISCLAIMERS: frozenset({Role.OWNER, Role.MANAGER}),
    Permission.APPROVE_DISCLAIMERS: frozenset({Role.OWNER, Role.COMPLIANCE}),
    Permission.PUBLISH_DISCLAIMERS: frozenset({Role.OWNER, Role.MANAGER}),
    Permission.MANAGE_MEMBERS: frozenset({Role.OWNER}),
    Permission.MANAGE_CONNECTIONS: frozenset({Role.OWNER}),
}

KNOWN = frozenset(DataClass) - {DataClass.UNKNOWN}
SIGHT: dict[Role, frozenset[DataClass]] = {
    Role.OWNER: frozenset(DataClass),
    Role.MANAGER: KNOWN,
    Role.COMPLIANCE: frozenset(DataClass),
    Role.SUPPORT: KNOWN - {DataClass.FINANCIAL},
    Role.MARKETING: frozenset({DataClass.IDENTITY, DataClass.CONTACT, DataClass.SIZE}),
}


def may(role: Role, permission: Permission) -> bool:
    return role in GRANTS.get(permission, frozenset())


def sight(role: Role) -> frozenset[DataClass]:
    """The classes of data that a role sees."""
    return SIGHT.get(role, frozenset())


def who_may(permission: Permission) -> str:
    """ "owner or manager": for the page that refuses."""
    return either([role.label.lower() for role in Role if role in GRANTS[permission]])


def either(words: Iterable[str]) -> str:
    """ "a", "a or b", "a, b or c"."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
