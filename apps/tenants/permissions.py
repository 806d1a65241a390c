"""Who may do what, and who may see which class of data: two allow-lists.

Whatever is not listed is refused; a role or class that they leave out keeps the dashboard from starting
(apps.tenants.apps).
"""

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
    Role.OWNER: "Full access, including members and connections",
    Role.MANAGER: "Sees all data that Issuance documents. Can export lists, add and edit platform users, and "
    "write and publish disclaimers. Can’t approve disclaimers.",
    Role.COMPLIANCE: "Sees all data, also what Issuance doesn’t document, and approves disclaimers. Can read the audit "
    "log, write notes, and share views. Can’t export or change anything else.",
    Role.SUPPORT: "Sees names, contact details, amounts, blockers, and platform users, and can write "
    "notes. Sees net worth, income, accreditation, and tax status of one investment at a time, by giving a reason that owners "
    "can read. Can’t export.",
    Role.MARKETING: "Sees names, contact details, investment amounts, and disclaimers. Can export investments "
    "and investors with names, contact details, and amounts.",
}


class Permission(StrEnum):
    """The words appear on the 403 page: "You may not {permission}"."""

    VIEW_OVERVIEW = "view the overview"
    VIEW_INVESTMENTS = "view investments"
    REVEAL_FINANCIAL = "reveal an investment’s financial fields, with a reason"
    VIEW_BLOCKERS = "view blockers"
    EXPORT_INVESTMENTS = "export investments"
    EXPORT_INVESTORS = "export investors"
    EXPORT_OFFERINGS = "export offerings"
    EXPORT_USERS = "export platform users"
    VIEW_EXPORTS = "view exports"
    VIEW_ALL_EXPORTS = "view everyone’s exports"
    VERIFY_EXPORTS = "verify exported files"
    VIEW_NOTES = "read and write investment notes"
    SHARE_VIEWS = "share views with the team"
    VIEW_OFFERINGS = "view offerings"
    CHECK_EXPOSURE = "check public exposure"
    VIEW_INVESTORS = "view investors"
    VIEW_USERS = "view platform users"
    MANAGE_USERS = "add and edit platform users"
    SEARCH = "search"
    VIEW_DISCLAIMERS = "view disclaimers"
    WRITE_DISCLAIMERS = "write disclaimers"
    APPROVE_DISCLAIMERS = "approve disclaimers"
    PUBLISH_DISCLAIMERS = "publish disclaimers"
    MANAGE_MEMBERS = "manage members"
    MANAGE_TEAM = "change team settings"
    READ_GUIDE = "read the guide"
    LEAVE_TEAM = "leave the team"
    VIEW_AUDIT = "view the audit log"
    MANAGE_CONNECTIONS = "manage connections"


class DataClass(StrEnum):
    """The class of a field. `SIZE` is what `marketing` may know about money: how large an investment is."""

    IDENTITY = "identity"
    CONTACT = "contact"
    SIZE = "investment size"
    FINANCIAL = "financial"
    COMPLIANCE = "compliance"
    PLAIN = "plain"
    UNKNOWN = "unknown to the contract"


OWNER, MANAGER, COMPLIANCE = Role.OWNER, Role.MANAGER, Role.COMPLIANCE
SUPPORT, MARKETING = Role.SUPPORT, Role.MARKETING

GRANTS: dict[Permission, frozenset[Role]] = {
    Permission.VIEW_OVERVIEW: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT}),
    Permission.VIEW_INVESTMENTS: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT, MARKETING}),
    Permission.REVEAL_FINANCIAL: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT}),
    Permission.VIEW_BLOCKERS: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT}),
    Permission.EXPORT_INVESTMENTS: frozenset({OWNER, MANAGER, MARKETING}),
    Permission.EXPORT_INVESTORS: frozenset({OWNER, MANAGER, MARKETING}),
    Permission.EXPORT_OFFERINGS: frozenset({OWNER, MANAGER}),
    Permission.EXPORT_USERS: frozenset({OWNER, MANAGER}),
    Permission.VIEW_EXPORTS: frozenset({OWNER, MANAGER, MARKETING}),
    Permission.VIEW_ALL_EXPORTS: frozenset({OWNER}),
    Permission.VERIFY_EXPORTS: frozenset({OWNER, MANAGER, COMPLIANCE, MARKETING}),
    Permission.VIEW_NOTES: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT}),
    Permission.SHARE_VIEWS: frozenset({OWNER, MANAGER, COMPLIANCE}),
    Permission.VIEW_OFFERINGS: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT}),
    Permission.CHECK_EXPOSURE: frozenset({OWNER}),
    Permission.VIEW_INVESTORS: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT, MARKETING}),
    Permission.VIEW_USERS: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT}),
    Permission.MANAGE_USERS: frozenset({OWNER, MANAGER}),
    Permission.SEARCH: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT, MARKETING}),
    Permission.VIEW_DISCLAIMERS: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT, MARKETING}),
    Permission.WRITE_DISCLAIMERS: frozenset({OWNER, MANAGER}),
    Permission.APPROVE_DISCLAIMERS: frozenset({OWNER, COMPLIANCE}),
    Permission.PUBLISH_DISCLAIMERS: frozenset({OWNER, MANAGER}),
    Permission.MANAGE_MEMBERS: frozenset({OWNER}),
    Permission.MANAGE_TEAM: frozenset({OWNER}),
    Permission.READ_GUIDE: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT, MARKETING}),
    Permission.LEAVE_TEAM: frozenset({OWNER, MANAGER, COMPLIANCE, SUPPORT, MARKETING}),
    Permission.MANAGE_CONNECTIONS: frozenset({OWNER}),
    Permission.VIEW_AUDIT: frozenset({OWNER, COMPLIANCE}),
}

VISIBLE_CLASSES: dict[Role, frozenset[DataClass]] = {
    OWNER: frozenset({
        DataClass.IDENTITY, DataClass.CONTACT, DataClass.SIZE, DataClass.FINANCIAL, DataClass.COMPLIANCE, DataClass.PLAIN,
        DataClass.UNKNOWN,
    }),
    MANAGER: frozenset({
        DataClass.IDENTITY, DataClass.CONTACT, DataClass.SIZE, DataClass.FINANCIAL, DataClass.COMPLIANCE, DataClass.PLAIN,
    }),
    COMPLIANCE: frozenset({
        DataClass.IDENTITY, DataClass.CONTACT, DataClass.SIZE, DataClass.FINANCIAL, DataClass.COMPLIANCE, DataClass.PLAIN,
        DataClass.UNKNOWN,
    }),
    SUPPORT: frozenset({
        DataClass.IDENTITY, DataClass.CONTACT, DataClass.SIZE, DataClass.COMPLIANCE, DataClass.PLAIN,
    }),
    MARKETING: frozenset({DataClass.IDENTITY, DataClass.CONTACT, DataClass.SIZE}),
}  # fmt: skip
NEED_TWO_STEP = frozenset({OWNER, MANAGER, COMPLIANCE})
"""Roles that need a second step at sign-in, whatever the team's own rule."""

REVEALED = frozenset({DataClass.FINANCIAL})
"""What REVEAL_FINANCIAL shows, on one page of one investment, to whom it is otherwise hidden."""

KNOWN = frozenset(DataClass) - {DataClass.UNKNOWN}
"""What an answer of the API may give away: more of it asks for more, so a new class is added by itself."""


def untold() -> list[str]:
    """What the three tables leave out, in words. It is granted to no one, and the dashboard does not start."""
    granted, seen = frozenset().union(*GRANTS.values()), frozenset().union(*VISIBLE_CLASSES.values())
    return [
        *(f"GRANTS says nothing of “{each.name}”" for each in Permission if each not in GRANTS),
        *(f"GRANTS gives nothing to the role “{each.value}”" for each in Role if each not in granted),
        *(f"VISIBLE_CLASSES says nothing of the role “{each.value}”" for each in Role if each not in VISIBLE_CLASSES),
        *(f"VISIBLE_CLASSES shows the class “{each.name}” to no role" for each in DataClass if each not in seen),
        *(f"ROLE_HELP says nothing of the role “{each.value}”" for each in Role if each not in ROLE_HELP),
    ]


def may(role: Role, permission: Permission) -> bool:
    return role in GRANTS.get(permission, frozenset())


def visible_classes(role: Role) -> frozenset[DataClass]:
    """The classes of data that a role may see."""
    return VISIBLE_CLASSES.get(role, frozenset())


SEES = {
    DataClass.CONTACT: "see names and contact details",
    DataClass.SIZE: "see investment amounts",
    DataClass.FINANCIAL: "see net worth, income, and tax status",
    DataClass.COMPLIANCE: "see KYC and watchlist results",
    DataClass.UNKNOWN: "see fields that Issuance doesn’t document",
}
"""The classes of data that a person would ask about."""


def matrix() -> list[tuple[str, list[bool]]]:
    """What one may see and do, in words, and whether each role may; without what all may."""
    sees = [(words, [data_class in visible_classes(role) for role in Role]) for data_class, words in SEES.items()]
    does = [(permission.value, [may(role, permission) for role in Role]) for permission in Permission]
    return [(words[0].upper() + words[1:], answers) for words, answers in sees + does if not all(answers)]


def who_may(permission: Permission) -> str:
    """ "owner or manager", for the page that refuses."""
    return either([role.label.lower() for role in Role if role in GRANTS[permission]])


def either(words: Iterable[str]) -> str:
    """ "a", "a or b", "a, b, or c"."""
    *first, last = words
    return f"{', '.join(first)}{',' if len(first) > 1 else ''} or {last}" if first else last
