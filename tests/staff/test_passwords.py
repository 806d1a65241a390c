import contextlib
import time

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from apps.staff.models import StaffMember
from apps.tenants.models import Tenant
from tests.conftest import person
from tests.staff.test_two_step import enrolled


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa", "abababababab", "AAAAaaaaAAAA", "123123123123", "111111222222", "passwordpassword", "password1234",
        "12345password", "Welcome2026!!", "qwertyuiop12", "letmein-2026", "short-one", "ana.lovelace", "sunshinesunshine",
        "123456789012", "abcdefabcdef", "987654321098", "x" * 100_000 + "y",
    ],
)  # fmt: skip
def test_a_password_below_the_floor_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, StaffMember(email="ana.lovelace@acme.example"))


@pytest.mark.parametrize(
    "password", ["correct-horse-battery-9", "a-long-new-word-7", "wEt3 ducks on Main", "öäü-grüße-1234-x"]
)
def test_a_password_above_it_is_taken(password: str) -> None:
    validate_password(password, StaffMember(email="ana.lovelace@acme.example"))


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("JohnSmith19840512", "a common word, name, or password"),
        ("qwertyuiop[]asdf", "a row of keys"),
        ("P@ssw0rd12345678", "This password would soon be guessed."),
        ("Dashboard-Issuance", "This password would soon be guessed."),
        ("k8#Tq2!zR4", "Use at least 15 characters, or 8 once you’ve set up two-step sign-in."),
    ],
)
def test_a_refusal_says_why(password: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password, StaffMember(email="ana.lovelace@acme.example"))
    assert says in " ".join(refused.value.messages)


def test_with_a_second_step_eight_characters_that_no_one_guesses_do(acme: Tenant) -> None:
    who = person("ana@acme.example", acme, "owner")
    assert who.member
    with pytest.raises(ValidationError):
        validate_password("k8#Tq2!z", who.member)
    enrolled(who)
    validate_password("k8#Tq2!z", who.member)
    for weak in ("password", "abcdefgh", "k8#Tq2!", "monkey12"):
        with pytest.raises(ValidationError):
            validate_password(weak, who.member)


def test_judging_anything_ends_soon() -> None:
    """Every letter of these stands for several others."""
    began = time.process_time()
    for text in ("4@8({[<369&#!1/|0$5+7%2" * 8, "a4@s5$e3o0l1i!" * 14):
        with contextlib.suppress(ValidationError):
            validate_password(text, StaffMember(email="ana.lovelace@acme.example"))
    assert time.process_time() - began < 5
