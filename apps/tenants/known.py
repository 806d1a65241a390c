"""What a page needs to know of its person, in one look-up: who they are, their role in the team, its connections, and
what other apps add to `PARTS`. Asked anew for every request: who is removed is out at once (docs/adr/0020).

The database answers in JSON, so that a person, a team and lists of rows come in one statement.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Field, ForeignKey, Model

from apps.staff.models import StaffMember, StaffSession

from .models import FirebaseSignIn, IssuanceKey, Membership, Tenant
from .permissions import NEED_TWO_STEP, Role

TEAMS = 10
"""Of a person's teams, in the switcher: of an agency's staff with a thousand, the menu of every page would be most of it."""


class Team(NamedTuple):
    """One of a person's teams, in the switcher. `waits`: how much there waits for them, where that was asked."""

    slug: str
    name: str
    role: str
    waits: int = 0

    @property
    def role_label(self) -> str:
        return Role(self.role).label


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a model. `which`: an SQL condition on its columns, in which `person` and `team` stand for theirs; `order`:
    its columns; `columns`: those that are read, if not all."""

    model: type[Model]
    which: str
    order: str = "id"
    columns: tuple[str, ...] = ()


PARTS: dict[str, Part] = {
    "keys": Part(IssuanceKey, "tenant_id = team.id", "created_at, id"),
    "sign_ins": Part(FirebaseSignIn, "tenant_id = team.id"),
}


class TwoStep(NamedTuple):
    """`since`: when the person began to need two-step sign-in, in any of their teams; `has_factor`: whether they set it up."""

    since: datetime | None
    has_factor: bool


@dataclass(slots=True)
class Known:
    """`session`: None for one that has ended. `team` and `role`: None and "" for somebody who is not a member, or a team that does not exist. `teams`: the first
    of the person's, one more than are listed, to know that there are others."""

    person: StaffMember
    session: StaffSession | None
    two_step: TwoStep
    team: Tenant | None
    role: str
    teams: tuple[Team, ...]
    sent: dict[str, list[dict[str, Any]]] = field(repr=False)
    made: dict[str, list[Any]] = field(default_factory=dict, repr=False)

    def rows(self, part: str) -> list[Any]:
        """The part's models, which know their team."""
        if part not in self.made:
            self.made[part] = [model_of(PARTS[part].model, held) for held in self.sent[part]]
            for one in self.made[part]:
                one.tenant = self.team
        return self.made[part]


def look_up(person: int | str | None, slug: str, session: UUID | None) -> Known | None:
    """None if there is no such person."""
    if person is None:
        return None
    number = StaffSession._meta.pk.get_db_prep_value(session, connection)
    with connection.cursor() as cursor:
        cursor.execute(statement(connection.vendor), [number, slug, int(person)])
        found = cursor.fetchone()
    if not found:
        return None
    role, since, has_factor, *texts = found
    who, held, team, teams, *parts = (msgspec.json.decode(text) if text else [] for text in texts)
    return Known(
        model_of(StaffMember, who),
        model_of(StaffSession, held) if held["id"] else None,
        TwoStep(moment(since) if since else None, bool(has_factor)),
        model_of(Tenant, team) if role else None,
        role or "",
        tuple(Team(**each) for each in teams),
        dict(zip(PARTS, parts, strict=True)),
    )


@cache
def statement(vendor: str) -> str:
    """Takes the session's ID, the team's slug and the person's ID. Its columns but the role are texts of JSON, or null. The team is reached
    through the membership alone, so the row of who is not a member holds nothing of it."""
    an_object, collected = JSON[vendor]
    tables = {"person": StaffMember, "session": StaffSession, "team": Tenant, "membership": Membership}
    person, session, team, membership = (f"{model._meta.db_table} AS {name}" for name, model in tables.items())
    teams = (
        "SELECT other.slug, other.name, own.role FROM tenants_membership AS own JOIN tenants_tenant AS other "
        f"ON other.id = own.tenant_id WHERE own.person_id = person.id ORDER BY own.created_at, own.id LIMIT {TEAMS + 1}"
    )
    columns = [
        json_of(StaffMember, "person", vendor),
        json_of(StaffSession, "session", vendor),
        json_of(Tenant, "team", vendor),
        f"(SELECT {collected}({an_object}('slug', slug, 'name', name, 'role', role)) FROM ({teams}) AS each_team)",
        *(
            f"(SELECT {collected}({json_of(part.model, 'one', vendor, part.columns)}) FROM "
            f"(SELECT {', '.join(part.columns) or '*'} FROM {part.model._meta.db_table} WHERE {part.which} ORDER BY {part.order}) AS one)"
            for part in PARTS.values()
        ),
    ]
    return (
        f"SELECT membership.role, {NEEDS_SINCE}, {HAS_FACTOR}, {', '.join(f'CAST({column} AS text)' for column in columns)} "
        f"FROM {person} LEFT JOIN {session} ON session.id = %s AND session.person_id = person.id "
        f"LEFT JOIN {membership} ON membership.person_id = person.id "
        f"AND membership.tenant_id = (SELECT id FROM {Tenant._meta.db_table} WHERE slug = %s) "
        f"LEFT JOIN {team} ON team.id = membership.tenant_id WHERE person.id = %s"
    )


ROLES = ", ".join(f"'{role.value}'" for role in sorted(NEED_TWO_STEP))
NEEDS_SINCE = (
    f"(SELECT CAST(MIN(CASE WHEN own.role IN ({ROLES}) THEN own.role_since "
    "WHEN other.two_step_since > own.created_at THEN other.two_step_since ELSE own.created_at END) AS text) "
    "FROM tenants_membership AS own JOIN tenants_tenant AS other ON other.id = own.tenant_id "
    f"WHERE own.person_id = person.id AND (own.role IN ({ROLES}) OR other.two_step_since IS NOT NULL))"
)
HAS_FACTOR = (
    "EXISTS (SELECT 1 FROM mfa_authenticator AS factor WHERE factor.user_id = person.id "
    "AND factor.type IN ('totp', 'webauthn'))"
)
"""A recovery code alone is none."""


def two_step_of(person: StaffMember) -> TwoStep:
    """For a page that has not looked it up."""
    with connection.cursor() as cursor:
        table = StaffMember._meta.db_table
        cursor.execute(f"SELECT {NEEDS_SINCE}, {HAS_FACTOR} FROM {table} AS person WHERE person.id = %s", [person.pk])
        since, has_factor = cursor.fetchone()
    return TwoStep(moment(since) if since else None, bool(has_factor))


JSON = {"sqlite": ("json_object", "json_group_array"), "postgresql": ("json_build_object", "json_agg")}
"""What makes an object of pairs, and what a list of rows."""


def json_of(model: type[Model], name: str, vendor: str, only: Collection[str] = ()) -> str:
    """A row as an object: attribute -> value. `name`: what the row is called; `only`: its columns, if not all."""
    pairs = []
    for held in columns_of(model):
        if only and held.column not in only:
            continue
        column = f"{name}.{held.column}"
        is_text = vendor == "sqlite" and held.get_internal_type() == "JSONField"  # which it stores as text
        pairs.append(f"'{held.attname}', {f'json({column})' if is_text else column}")
    return f"{JSON[vendor][0]}({', '.join(pairs)})"


def moment(text: str) -> datetime:
    """SQLite's moments name no zone: they are in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


READ: dict[str, Callable[[Any], Any] | None] = {
    "DateTimeField": moment,
    "UUIDField": UUID,
    "BooleanField": bool,
    **dict.fromkeys(
        (
            "BigAutoField",
            "BigIntegerField",
            "CharField",
            "JSONField",
            "PositiveIntegerField",
            "PositiveSmallIntegerField",
            "SlugField",
            "TextField",
        )
    ),
}
"""How a field's value is read from JSON, by its internal type; None: it is there as it is."""


def columns_of(model: type[Model]) -> "list[Field[Any, Any]]":
    return list(model._meta.concrete_fields)


@cache
def readers(model: type[Model]) -> dict[str, Callable[[Any], Any] | None]:
    """Attribute -> how its value is read. Raises KeyError for a type that READ does not know."""
    found = {}
    for each in columns_of(model):
        target = each
        while isinstance(target, ForeignKey):
            target = target.target_field
        found[each.attname] = READ[target.get_internal_type()]
    return found


def model_of(model: type[Model], held: dict[str, Any]) -> Any:
    """The model as the ORM would have made it, with those attributes that are held."""
    known = {name: read for name, read in readers(model).items() if name in held}
    values = [read(value) if read and (value := held[name]) is not None else held[name] for name, read in known.items()]
    return model.from_db(connection.alias, list(known), values)
