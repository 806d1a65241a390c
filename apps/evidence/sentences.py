"""What each action of the audit log is called, in the past tense, and to which kind it belongs: the one table of actions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from apps.audit.actions import Action
from apps.staff.models import FACTORS
from apps.tenants.permissions import Role


class Kind(StrEnum):
    """The words are those of the filter."""

    SIGN_INS = "Sign-ins"
    SEEN = "Data viewed"
    REVEALS = "Reveals"
    EXPORTS = "Exports"
    USERS = "Platform users changed"
    WORK = "Notes and views"
    DISCLAIMERS = "Disclaimers"
    TEAM = "Team and members"
    CONNECTIONS = "Connections"
    REFUSED = "Denied"
    LOG = "Audit log"

    @property
    def slug(self) -> str:
        return self.value.lower().replace(" ", "-")


class Told(NamedTuple):
    """`words`: with `{}` where what was acted on stands; where it has none, without it."""

    kind: Kind
    words: str
    icon: str


SEEN, EXPORTS, TEAM, KEYS, WRITTEN = Kind.SEEN, Kind.EXPORTS, Kind.TEAM, Kind.CONNECTIONS, Kind.DISCLAIMERS
TOLD: dict[Action, Told] = {
    Action.SIGNED_IN: Told(Kind.SIGN_INS, "Signed in", "lock"),
    Action.SIGNED_OUT: Told(Kind.SIGN_INS, "Signed out", "lock"),
    Action.SIGN_IN_REFUSED: Told(Kind.SIGN_INS, "Failed to sign in as {}", "warning"),
    Action.SIGN_IN_THROTTLED: Told(Kind.SIGN_INS, "Too many failed sign-ins as {}", "warning"),
    Action.RESET_ASKED: Told(Kind.SIGN_INS, "Password reset requested for {}", "lock"),
    Action.FACTOR_ADDED: Told(Kind.SIGN_INS, "Set up two-step sign-in", "lock"),
    Action.FACTOR_REMOVED: Told(Kind.SIGN_INS, "Removed a second step", "lock"),
    Action.FACTOR_REFUSED: Told(Kind.SIGN_INS, "Wrong code at the second step of {}", "warning"),
    Action.FACTOR_RESET: Told(Kind.SIGN_INS, "Reset the two-step sign-in of {}", "lock"),
    Action.CODES_MADE: Told(Kind.SIGN_INS, "Created new recovery codes", "lock"),
    Action.CONFIRMED: Told(Kind.SIGN_INS, "Confirmed who they are", "lock"),
    Action.SESSIONS_ENDED: Told(Kind.SIGN_INS, "Ended sessions", "lock"),
    Action.PASSWORD_CHANGED: Told(Kind.SIGN_INS, "Changed their password", "lock"),
    Action.NAME_CHANGED: Told(TEAM, "Changed their name", "user"),
    Action.SSO_SAVED: Told(Kind.SIGN_INS, "Saved single sign-on", "settings"),
    Action.SSO_REMOVED: Told(Kind.SIGN_INS, "Removed single sign-on", "settings"),
    Action.SSO_REFUSED: Told(Kind.SIGN_INS, "Single sign-on refused someone", "warning"),
    Action.SSO_LINKED: Told(Kind.SIGN_INS, "Linked their single sign-on account", "lock"),
    Action.DOMAIN_PROVEN: Told(TEAM, "Verified an email domain", "settings"),
    Action.DOMAIN_REMOVED: Told(TEAM, "Removed an email domain", "settings"),
    Action.REFUSED: Told(Kind.REFUSED, "Was denied access", "warning"),
    Action.CSRF_REFUSED: Told(Kind.REFUSED, "Sent a form that couldn’t be verified", "warning"),
    Action.TEAM_SAVED: Told(TEAM, "Changed team settings", "settings"),
    Action.MEMBERS_VIEWED: Told(TEAM, "Viewed the members", "members"),
    Action.MEMBER_INVITED: Told(TEAM, "Invited {}", "members"),
    Action.INVITATION_WITHDRAWN: Told(TEAM, "Withdrew the invitation of {}", "members"),
    Action.INVITATION_ACCEPTED: Told(TEAM, "Accepted the invitation of {}", "members"),
    Action.MEMBER_ADDED: Told(TEAM, "Added {} to the team", "members"),
    Action.MEMBER_CHANGED: Told(TEAM, "Changed the role of {}", "members"),
    Action.MEMBER_REMOVED: Told(TEAM, "Removed {} from the team", "members"),
    Action.MEMBER_LEFT: Told(TEAM, "Left the team", "members"),
    Action.CONNECTIONS_VIEWED: Told(KEYS, "Viewed the connections", "connection"),
    Action.KEY_ADDED: Told(KEYS, "Added the API key {}", "connection"),
    Action.KEY_REPLACED: Told(KEYS, "Replaced the API key {}", "connection"),
    Action.KEY_TESTED: Told(KEYS, "Tested the API key {}", "connection"),
    Action.KEY_REMOVED: Told(KEYS, "Removed the API key {}", "connection"),
    Action.FOREIGN_ROWS_DROPPED: Told(KEYS, "Hid rows that the API key {} doesn’t cover", "warning"),
    Action.FIREBASE_ADDED: Told(KEYS, "Added the Issuance sign-in", "connection"),
    Action.FIREBASE_REPLACED: Told(KEYS, "Replaced the Issuance sign-in", "connection"),
    Action.FIREBASE_TESTED: Told(KEYS, "Tested the Issuance sign-in", "connection"),
    Action.FIREBASE_REMOVED: Told(KEYS, "Removed the Issuance sign-in", "connection"),
    Action.TOKENY_ADDED: Told(KEYS, "Added the Tokeny sign-in", "connection"),
    Action.TOKENY_REPLACED: Told(KEYS, "Replaced the Tokeny sign-in", "connection"),
    Action.TOKENY_TESTED: Told(KEYS, "Tested the Tokeny sign-in", "connection"),
    Action.TOKENY_REMOVED: Told(KEYS, "Removed the Tokeny sign-in", "connection"),
    Action.INVESTMENTS_LISTED: Told(SEEN, "Viewed a list of investments", "money"),
    Action.INVESTMENTS_EXPORTED: Told(EXPORTS, "Read investments for {}", "download"),
    Action.INVESTMENTS_FOUND: Told(SEEN, "Found investments", "search"),
    Action.INVESTMENT_VIEWED: Told(SEEN, "Viewed {}", "money"),
    Action.OFFERINGS_LISTED: Told(SEEN, "Viewed a list of offerings", "offering"),
    Action.OFFERINGS_EXPORTED: Told(EXPORTS, "Read offerings for {}", "download"),
    Action.OFFERINGS_FOUND: Told(SEEN, "Found offerings", "search"),
    Action.OFFERING_VIEWED: Told(SEEN, "Viewed {}", "offering"),
    Action.INVESTORS_LISTED: Told(SEEN, "Viewed a list of investors", "people"),
    Action.INVESTORS_EXPORTED: Told(EXPORTS, "Read investors for {}", "download"),
    Action.INVESTORS_FOUND: Told(SEEN, "Found investors", "search"),
    Action.INVESTOR_VIEWED: Told(SEEN, "Viewed {}", "people"),
    Action.USERS_LISTED: Told(SEEN, "Viewed a list of platform users", "user"),
    Action.USERS_EXPORTED: Told(EXPORTS, "Read platform users for {}", "download"),
    Action.USERS_FOUND: Told(SEEN, "Found platform users", "search"),
    Action.USER_VIEWED: Told(SEEN, "Viewed {}", "user"),
    Action.REVEALED: Told(Kind.REVEALS, "Revealed financial fields of {}", "lock"),
    Action.ROWS_COUNTED: Told(SEEN, "Counted rows", "numbers"),
    Action.SEARCHED: Told(SEEN, "Searched", "search"),
    Action.SUGGESTED: Told(SEEN, "Was shown suggestions while typing", "search"),
    Action.VALUES_LISTED: Told(SEEN, "Was shown values of a filter", "search"),
    Action.SUM_REQUESTED: Told(SEEN, "Requested a total", "numbers"),
    Action.SUM_MADE: Told(SEEN, "Added up a total, {}", "numbers"),
    Action.OVERVIEW_READ: Told(SEEN, "Updated the overview", "home"),
    Action.EXPOSURE_CHECKED: Told(SEEN, "Checked public exposure of {}", "external"),
    Action.EXPORT_REQUESTED: Told(EXPORTS, "Requested {}", "download"),
    Action.EXPORT_MADE: Told(EXPORTS, "Completed {}", "download"),
    Action.EXPORT_FAILED: Told(EXPORTS, "Couldn’t complete {}", "warning"),
    Action.EXPORT_CANCELED: Told(EXPORTS, "Canceled {}", "download"),
    Action.EXPORT_DOWNLOADED: Told(EXPORTS, "Downloaded {}", "download"),
    Action.MANIFEST_DOWNLOADED: Told(EXPORTS, "Downloaded the manifest of {}", "download"),
    Action.EXPORT_DELETED: Told(EXPORTS, "Deleted the file of {}", "download"),
    Action.EXPORT_VERIFIED: Told(EXPORTS, "Verified a file", "check"),
    Action.VIEW_SAVED: Told(Kind.WORK, "Saved {}", "grid"),
    Action.VIEW_CHANGED: Told(Kind.WORK, "Changed {}", "grid"),
    Action.VIEW_REMOVED: Told(Kind.WORK, "Removed {}", "grid"),
    Action.NOTICES_CHOSEN: Told(Kind.WORK, "Chose their email notices", "send"),
    Action.NOTE_WRITTEN: Told(Kind.WORK, "Wrote a note on {}", "document"),
    Action.NOTE_REMOVED: Told(Kind.WORK, "Removed a note from {}", "document"),
    Action.USER_CREATION_BEGUN: Told(Kind.USERS, "Started to add a platform user", "user"),
    Action.USER_CREATED: Told(Kind.USERS, "Added {}", "user"),
    Action.USER_CHANGE_BEGUN: Told(Kind.USERS, "Started to change {}", "user"),
    Action.USER_CHANGED: Told(Kind.USERS, "Changed {}", "user"),
    Action.DISCLAIMER_CREATED: Told(WRITTEN, "Created {}", "document"),
    Action.DISCLAIMER_DESCRIBED: Told(WRITTEN, "Changed the internal details of {}", "document"),
    Action.DISCLAIMER_IMPORTED: Told(WRITTEN, "Imported {} from Tokeny", "document"),
    Action.VERSION_CREATED: Told(WRITTEN, "Submitted {} for approval", "send"),
    Action.VERSION_ROLLED_BACK: Told(WRITTEN, "Rolled back {}", "history"),
    Action.VERSION_APPROVED: Told(WRITTEN, "Approved {}", "check"),
    Action.VERSION_REJECTED: Told(WRITTEN, "Rejected {}", "close"),
    Action.APPROVALS_CHANGED: Told(WRITTEN, "Changed how many approvals are required", "check"),
    Action.FEWER_APPROVALS_REQUESTED: Told(WRITTEN, "Asked to require fewer approvals", "check"),
    Action.FEWER_APPROVALS_DECLINED: Told(WRITTEN, "Declined to require fewer approvals", "close"),
    Action.PUSH_BEGUN: Told(WRITTEN, "Published {}", "send"),
    Action.PUSH_CONFIRMED: Told(WRITTEN, "Tokeny confirmed {}", "check"),
    Action.PUSH_REJECTED: Told(WRITTEN, "Tokeny rejected {}", "warning"),
    Action.PUSH_UNKNOWN: Told(WRITTEN, "Couldn’t confirm the publication of {}", "warning"),
    Action.PUSH_ABANDONED: Told(WRITTEN, "Gave up a publication of {}", "close"),
    Action.DRIFT_FOUND: Told(WRITTEN, "Found a change in Tokeny in {}", "warning"),
    Action.DRIFT_ENDED: Told(WRITTEN, "Found the published text of {} in Tokeny again", "check"),
    Action.DRIFT_ADOPTED: Told(WRITTEN, "Made Tokeny’s text a version of {}", "document"),
    Action.DRIFT_TO_BE_RESTORED: Told(WRITTEN, "Asked to restore {} in Tokeny", "history"),
    Action.DRIFT_LEFT: Told(WRITTEN, "Accepted the difference in {}", "check"),
    Action.UNTRACKED_TEXTS_FOUND: Told(WRITTEN, "Found texts in Tokeny that aren’t tracked here", "warning"),
    Action.BINDING_ENDED: Told(WRITTEN, "Ended the link of {} to Tokeny", "close"),
    Action.BINDINGS_FOLLOWED: Told(WRITTEN, "Moved links to another Tokeny", "link"),
    Action.AUDIT_READ: Told(Kind.LOG, "Viewed the audit log", "history"),
    Action.RECORD_REQUESTED: Told(EXPORTS, "Requested {}", "download"),
    Action.RECORD_MADE: Told(EXPORTS, "Completed {}", "download"),
    Action.RECORD_DOWNLOADED: Told(EXPORTS, "Downloaded {}", "download"),
    Action.RIGHTS_CHANGED: Told(TEAM, "Changed what roles may see and do, with a new release", "settings"),
    Action.GUARDS_PUT_BACK: Told(Kind.LOG, "Put back the triggers that guard the log", "lock"),
    Action.TEAM_EXPORTED: Told(EXPORTS, "Exported the whole team", "download"),
    Action.TEAM_DELETED: Told(TEAM, "Deleted the team", "close"),
    Action.PERSON_REMOVED: Told(Kind.LOG, "Removed what is held of {}", "user"),
    Action.RETENTION_CHANGED: Told(Kind.LOG, "Changed how long the log is kept", "history"),
    Action.HOLD_PLACED: Told(Kind.LOG, "Placed a legal hold", "lock"),
    Action.HOLD_RELEASED: Told(Kind.LOG, "Released the legal hold", "lock"),
    Action.ENTRIES_PURGED: Told(Kind.LOG, "Purged entries past their retention", "history"),
}
BY_KIND: dict[Kind, list[Action]] = {
    kind: [action for action, told in TOLD.items() if told.kind == kind] for kind in Kind
}
SEEN_IN = {
    name: tuple(Action(f"{name}s {what}") for what in ("listed", "found", "exported"))
    for name in ("investment", "investor", "offering", "user")
}
"""What shows many records at once, by the kind of record."""
MISSING = [action for action in Action if action not in TOLD]
if MISSING:
    raise RuntimeError(f"TOLD says nothing of {MISSING}")

SHOWN = 3
"""Names of a list that are said; the others are a number."""
STATES = {"working": "accepted", "refused": "rejected", "untested": "not tested"}


def told(action: str) -> Told:
    """One that this release doesn't know, of a newer or older one, is said as it is stored."""
    try:
        return TOLD[Action(action)]
    except ValueError:
        return Told(Kind.LOG, action.capitalize(), "history")


def several(names: list[Any]) -> str:
    shown = ", ".join(str(name) for name in names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN:,} more" if len(names) > SHOWN else shown


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


DETAILS: dict[str, Any] = {
    "version": lambda number: f"v{number}",
    "ids": lambda ids: count(len(ids), "record") if ids else "no records",
    "rows": lambda rows: count(rows, "row"),
    "count": lambda number: count(number, "row"),
    "sessions": lambda number: count(number, "session") + " ended",
    "filters": lambda names: f"filters: {several(names)}" if names else "",
    "parameters": lambda names: f"parameters: {several(names)}",
    "fields": lambda names: several([str(name).replace("_", " ") for name in names]),
    "columns": lambda names: count(len(names), "column"),
    "shown": lambda lists: ", ".join(f"{len(ids)} {name}" for name, ids in lists.items()),
    "letters": lambda number: count(number, "letter") + " typed",
    "factors": lambda kinds: several([FACTORS.get(kind, kind) for kind in kinds]) or "no second step",
    "role": lambda role: Role(role).label if role in Role.values else str(role),
    "factor": lambda factor: FACTORS.get(factor, "Single sign-on" if factor == "sso" else "No second step"),
    "browser": str,
    "address": lambda address: f"from {address}" if address not in ("", "unknown") else "",
    "state": lambda state: STATES.get(state, str(state)),
    "sha256": lambda digest: f"SHA-256 {str(digest)[:12]}…",
    "reason": lambda reason: f"reason: {reason}",
    "permission": lambda permission: f"to {permission}",
    "via": lambda via: "by an administrator" if via == "shell" else str(via),
    "genuine": lambda genuine: "genuine" if genuine else "not genuine",
    "label": lambda label: "",
    "list": str,
    "offerings": lambda numbers: (
        f"offerings {several(numbers)}" if isinstance(numbers, list) else f"offering {numbers}"
    ),
    "domain": str,
    "issuer": str,
    "is_factor": lambda yes: "counts as the second step" if yes else "doesn’t count as the second step",
    "is_only": lambda yes: "required for the team" if yes else "no longer required for the team",
    "filter": lambda name: f"filter: {name}",
    "by": lambda method: f"by {method}",
    "removed": lambda held: ", ".join(f"{number} {what}" for what, number in held.items()),
    "years": lambda number: count(number, "year"),
    "needed": lambda number: count(number, "approval"),
}
"""Of a detail, what is said, in this order; one that isn't named here comes last, with its name."""
PLACES = {name: at for at, name in enumerate(DETAILS)}


def in_words(details: Mapping[str, Any]) -> str:
    said = []
    for name, value in sorted(details.items(), key=lambda pair: PLACES.get(pair[0], len(PLACES))):
        if value is None or value == "":
            continue
        try:
            said.append(DETAILS[name](value) if name in DETAILS else plain(name, value))
        except (TypeError, ValueError, AttributeError, KeyError):
            said.append(plain(name, value))
    return "; ".join(part for part in said if part)


def plain(name: str, value: Any) -> str:
    text = several(value) if isinstance(value, list) else "yes" if value is True else "no" if value is False else value
    return f"{name.replace('_', ' ')}: {str(text)[:120]}"
