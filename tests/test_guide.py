"""The guide: every page, for every role, with the tables that the dashboard itself goes by."""

import re

from apps.guide.pages import FOLDER, PAGES
from apps.investments.blockers import BLOCKERS
from apps.tenants.models import Tenant
from apps.tenants.permissions import GRANTS, Permission, Role
from tests.conftest import Person

GUIDE = "/acme/guide/"


def test_every_member_reads_every_page(someone: Person, acme: Tenant) -> None:
    index = someone.get(GUIDE)
    for name in PAGES:
        assert f'href="{GUIDE}{name}/"' in index
        shown = someone.get(f"{GUIDE}{name}/")
        assert shown.status == 200
        assert shown.count("<h1") == 1
    assert f'href="{GUIDE}"' in someone.get("/acme/investments/"), "the help menu leads there"


def test_each_file_is_a_page_and_there_is_no_other(ana: Person, ben: Person, acme: Tenant) -> None:
    assert {file.stem for file in FOLDER.glob("*.md")} == set(PAGES)
    assert ana.get(f"{GUIDE}nothing/").status == 404
    assert ana.get(f"{GUIDE}../README/").status == 404
    assert ben.get(GUIDE).status == 404, "another team's guide is not there either"


def test_the_page_on_blockers_has_all_of_them(ana: Person) -> None:
    shown = ana.get(f"{GUIDE}blockers/")
    assert all(f'<th scope="row">{each.label}</th>' in shown for each in BLOCKERS.values())


def test_the_page_on_roles_says_what_the_table_of_rights_says(ana: Person) -> None:
    shown = ana.get(f"{GUIDE}roles/")
    row = re.search(r'<th scope="row">Approve disclaimers</th>(.*?)</tr>', shown, re.DOTALL)
    assert row
    answers = re.findall(r'class="vh">(Yes|No)<', row[1])
    granted = GRANTS[Permission.APPROVE_DISCLAIMERS]
    assert answers == ["Yes" if role in granted else "No" for role in Role]
