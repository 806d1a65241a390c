"""Old rows become new ones: what they said in words before is a code afterwards, and reads the same."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.disclaimers import reasons
from apps.disclaimers.models import Push, Version
from apps.disclaimers.reasons import Reason, because
from apps.disclaimers.sending import SignInGone
from apps.upstream import errors

BEFORE, AFTER = ("disclaimers", "0006_untracked_texts"), ("disclaimers", "0008_reasons_are_codes")
WORDS = ["imported from Tokeny's 4711", "adopted from Tokeny", "the text of v3", "restores v12", ""]


def at(target: tuple[str, str]) -> MigrationExecutor:
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    return MigrationExecutor(connection)


@pytest.fixture
def former(transactional_db: None) -> Iterator[MigrationExecutor]:
    yield at(BEFORE)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())  # as every other test expects it


def test_an_origin_in_words_becomes_a_code_and_reads_the_same(former: MigrationExecutor) -> None:
    old = former.loader.project_state([BEFORE, ("tenants", "0007_total_order_and_statuses")]).apps
    tenant = old.get_model("tenants", "Tenant").objects.create(slug="acme", name="Acme")
    disclaimer = old.get_model("disclaimers", "Disclaimer").objects.create(tenant=tenant, title="A")
    for number, words in enumerate(WORDS, 1):
        old.get_model("disclaimers", "Version").objects.create(
            disclaimer=disclaimer, number=number, text="", sha256="", origin=words
        )
    version = old.get_model("disclaimers", "Version").objects.first()
    old.get_model("disclaimers", "Push").objects.create(
        disclaimer=disclaimer, version=version, sha256="", words="Told."
    )
    at(AFTER)
    assert Push.objects.get().words == "Told."
    versions = list(Version.objects.order_by("number"))
    said = [version.origin_words for version in versions]
    assert said == ["imported from Tokeny ID 4711", "saved from Tokeny", "rolled back to v3", "restores v12", ""]
    assert [version.origin_number for version in versions] == [4711, None, 3, 12, None]
    at(BEFORE)
    rows = old.get_model("disclaimers", "Version").objects.order_by("number")
    assert list(rows.values_list("origin", flat=True)) == WORDS
    assert old.get_model("disclaimers", "Push").objects.get().words == "Told."


def test_each_reason_is_a_sentence() -> None:
    about = {"number": 1, "numbers": "1 and 2", "count": 2, "live": 3, "email": "ana@acme.example", "words": "Told."}
    for reason in Reason:
        for error in (
            None,
            errors.Paused(90),
            errors.Throttled(429, 7),
            errors.Unreadable("it is {odd}"),
            SignInGone(),
        ):
            said = reasons.words(because(reason, error, **about))
            assert said.endswith("."), reason
            assert "{" not in said.replace("{odd}", "")
    assert reasons.words({}) == ""
