"""The same thing done twice at the same moment: PostgreSQL lets both begin, where SQLite makes the second wait."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from apps.audit.actions import Action
from apps.audit.models import Entry
from apps.staff.models import StaffMember
from apps.tenants import members
from apps.tenants.models import Membership
from apps.tenants.permissions import Role
from tests.conftest import team

pytestmark = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="one writer at a time; the tests' own, in memory, refuses the second at once"
)
AT_ONCE = 6


def at_once(work: Callable[[], object]) -> list[object]:
    ready = Barrier(AT_ONCE)

    def one() -> object:
        ready.wait(10)
        try:
            return work()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as people:
        return [each.result() for each in [people.submit(one) for _ in range(AT_ONCE)]]


@pytest.mark.parametrize("round_", range(5))
def test_a_new_member_added_at_once_is_one_account_and_one_entry(transactional_db: None, round_: int) -> None:
    acme = team("acme", "Acme Robotics", "America/New_York")
    ended = at_once(lambda: members.add(acme, "New@acme.example", Role.SUPPORT, None))
    assert not [each for each in ended if isinstance(each, Exception)]
    assert StaffMember.objects.filter(email="new@acme.example").count() == 1
    assert Membership.objects.filter(tenant=acme).count() == 1
    assert Entry.objects.filter(action=Action.MEMBER_ADDED).count() == 1


def test_two_owners_who_step_down_at_once_leave_one(transactional_db: None) -> None:
    acme = team("acme", "Acme Robotics", "America/New_York")
    for email in ("a@acme.example", "b@acme.example"):
        members.add(acme, email, Role.OWNER, None)
    owners = iter([*Membership.objects.filter(tenant=acme)] * AT_ONCE)
    ended = at_once(lambda: members.change_role(next(owners), Role.MANAGER, None))
    assert [each for each in ended if isinstance(each, members.LastOwner)]
    assert Membership.objects.filter(tenant=acme, role=Role.OWNER).count() == 1
