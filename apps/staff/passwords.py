"""How passwords are hashed, and rules beside Django's own: a long password is still refused if it is one repeated letter
or a common word with a suffix."""

from itertools import pairwise
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from apps.upstream.waits import waiting

LEAST_DIFFERENT = 5
MOST_LETTERS = 200


class Hasher(PBKDF2PasswordHasher):
    """Django's own. It takes a third of a second outside of Python, in which others may compute."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with waiting():
            return super().encode(password, salt, iterations)


class VariedPasswordValidator:
    def __init__(self) -> None:
        self.common = CommonPasswordValidator()

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        if len(password) > MOST_LETTERS:
            raise ValidationError(f"Use at most {MOST_LETTERS} characters.", "password_too_long")
        if len(set(password.casefold())) < LEAST_DIFFERENT or is_in_a_row(password):
            raise ValidationError(
                "Use more varied characters: this password only repeats or counts.", "password_too_plain"
            )
        for core in (password.strip("0123456789 .,!?-_*#$@"), repeated(password)):
            if core:
                self.common.validate(core, user)

    def get_help_text(self) -> str:
        return "Your password can’t be a common word followed by digits, or a few repeated characters."


def repeated(password: str) -> str:
    """The part that the password consists of, "" if it is not one part repeated."""
    length = (password * 2).find(password, 1)
    return password[:length] if length < len(password) else ""


def is_in_a_row(password: str) -> bool:
    """Most characters follow or precede the one before: 123456789012, abcdefabcdef."""
    steps = [ord(after) - ord(before) for before, after in pairwise(password)]
    return sum(abs(step) == 1 for step in steps) > 0.7 * len(steps)
