"""A refusal that was kept in words is said with them until the next trial; a new one is a code."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.tenants.models import IssuanceKey
from apps.upstream import errors, firebase
from apps.upstream.tokeny import auth, client

BEFORE, AFTER = ("tenants", "0007_total_order_and_statuses"), ("tenants", "0008_refusals_are_codes")
SAID = "The Issuance API rejected the API key (HTTP 403). The key is wrong."


@pytest.fixture
def former(transactional_db: None) -> Iterator[MigrationExecutor]:
    executor = MigrationExecutor(connection)
    targets = executor.loader.graph.leaf_nodes()
    executor.migrate([BEFORE])
    yield MigrationExecutor(connection)
    MigrationExecutor(connection).migrate(targets)


def test_old_words_are_still_said(former: MigrationExecutor) -> None:
    old = former.loader.project_state([BEFORE]).apps
    tenant = old.get_model("tenants", "Tenant").objects.create(slug="acme", name="Acme")
    keys = old.get_model("tenants", "IssuanceKey").objects
    for slug, words in (("refused", SAID), ("never", "")):
        keys.create(tenant=tenant, label=slug, slug=slug, sealed="", last_refusal=words)
    MigrationExecutor(connection).migrate([AFTER])
    assert {key.slug: key.refusal_words for key in IssuanceKey.objects.all()} == {"refused": SAID, "never": ""}
    MigrationExecutor(connection).migrate([BEFORE])
    assert set(keys.values_list("last_refusal", flat=True)) == {SAID, ""}


@pytest.mark.parametrize(
    "error",
    [
        errors.KeyRefused(401, is_not_provided=True),
        errors.Insecure(),
        firebase.FirebaseRefused(400, "USER_DISABLED"),
        firebase.FirebaseRefused(400, "SOMETHING_NEW"),
        auth.TokenyRefused(400, "Auth.form.error.blocked"),
        auth.TokenyRefused(400, "Auth.form.error.new", "Come back with a hat."),
        client.AccountRefused(403),
        client.AccountBlocked(401),
        client.TextRefused(400, "no {braces} here"),
        errors.Invalid(400, {"error": ["a field that is called so"]}),
        errors.Paused(90),
        errors.Unsigned(firebase.FirebaseRefused(400, "USER_DISABLED")),
    ],
    ids=lambda error: f"{type(error).__name__}-{getattr(error, 'code', '')}",
)
def test_what_is_kept_of_an_error_says_the_same_again(error: errors.UpstreamError) -> None:
    error.api = "Tokeny"
    kept = IssuanceKey._meta.get_field("last_refusal").get_prep_value(error.as_kept())
    again = errors.again(kept)
    assert again
    assert (again.what, again.means, again.next) == (error.what, error.means, error.next)


def test_an_error_that_is_not_known_any_more_says_nothing() -> None:
    assert errors.again({"error": "Gone", "api": "Tokeny", "of": []}) is None
    assert errors.again({}) is None
