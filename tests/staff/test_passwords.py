import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from apps.staff.models import StaffMember


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
