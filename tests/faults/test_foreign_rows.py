"""Rows of another issuer, should the API ever send them: left out of page, detail and file, said, and in the record."""

import pytest

from apps.audit.models import Entry
from apps.tenants import label_cache
from apps.tenants.models import Tenant
from tests.conftest import Person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

SAYS = "hidden: Issuance doesn’t list their offering under the API key"


@pytest.fixture
def foreign(ana: Person, sandbox: Sandbox) -> None:
    """Every row names an offering that the key does not see."""
    ana.get(LIST)
    sandbox.fault(
        "changed", path=r"/api/investments/(\d+/)?$", value={"offering": 987654, "results": {"offering": 987654}}
    )


@pytest.mark.usefixtures("foreign")
def test_another_issuers_rows_are_left_out_and_reported(ana: Person, acme: Tenant) -> None:
    page = ana.get(LIST)
    assert f"25 rows on this page were {SAYS}" in page
    assert "/acme/investments/1" not in page
    entry = Entry.objects.filter(action="rows of others left out").get()
    assert (entry.tenant, entry.details) == (acme.id, {"offerings": [987654], "rows": 25})
    assert "rows from offering 987654, which this key doesn’t cover, were hidden" in ana.get(
        "/acme/settings/connections/"
    )


@pytest.mark.usefixtures("foreign")
def test_another_issuers_investment_is_no_investment_of_this_team(ana: Person, sandbox: Sandbox) -> None:
    assert ana.get(f"{LIST}{sandbox.rows(1)[0]['id']}/").status == 404


def test_rows_of_an_offering_that_is_new_are_shown(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    ana.get(LIST)
    key = acme.issuance_keys.get()
    acme.issuance_keys.update(offerings=key.offerings[:1])
    label_cache.forget(key)
    sandbox.fault("status", path="/api/offerings/", value=500, times=1)  # so the offerings seen last serve
    page = ana.get(LIST)
    assert SAYS not in page
    assert page.count('<tr><th scope="row"') == 25
    assert any("id__in=" in entry["query"] for entry in sandbox.ledger if entry["path"] == "/api/offerings/")
