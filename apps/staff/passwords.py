"""How passwords are hashed, and rules beside Django's own: how long one must be, and how soon it would be guessed, judged here
without asking anyone."""

from itertools import pairwise
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from apps.upstream.waits import waiting

from .models import FACTORS

LEAST, LEAST_WITH_FACTOR = 15, 8
"""Characters; the fewer for who also has a second step."""
GUESSES, GUESSES_WITH_FACTOR = 10, 7.9
"""What it must take to guess it, as a power of ten."""
JUDGED = 28
"""Characters that are judged: what follows can only make it harder, and some take seconds to judge."""
PATTERNS = {
    "dictionary": "a common word, name, or password",
    "spatial": "a row of keys",
    "repeat": "repeated characters",
    "sequence": "counting",
    "date": "a date",
}
LEAST_DIFFERENT = 5
MOST_LETTERS = 200


class Hasher(PBKDF2PasswordHasher):
    """Django's own. It takes a third of a second outside of Python, in which others may compute."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with waiting():
            return super().encode(password, salt, iterations)


def has_factor(user: Any) -> bool:
    return bool(getattr(user, "pk", None)) and Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


class LengthValidator:
    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        if len(password) < LEAST_WITH_FACTOR or (len(password) < LEAST and not has_factor(user)):
            words = f"Use at least {LEAST} characters, or {LEAST_WITH_FACTOR} once you’ve set up two-step sign-in."
            raise ValidationError(words, "password_too_short")

    def get_help_text(self) -> str:
        return f"At least {LEAST} characters; {LEAST_WITH_FACTOR} once you’ve set up two-step sign-in."


class GuessesValidator:
    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        from zxcvbn import zxcvbn  # its lists take a tenth of a second to read, and few requests need them

        email = str(getattr(user, "email", ""))
        found = zxcvbn(password[:JUDGED], user_inputs=[email, *email.replace("@", ".").split("."), *OURS])
        least = GUESSES_WITH_FACTOR if has_factor(user) else GUESSES
        if found["guesses_log10"] < least:
            seen = [
                words for kind, words in PATTERNS.items() if kind in {each["pattern"] for each in found["sequence"]}
            ]
            why = f" It has {' and '.join(seen)}." if seen else ""
            advice = "Use several unrelated words, or let your password manager make one."
            raise ValidationError(f"This password would soon be guessed.{why} {advice}", "password_too_common")

    def get_help_text(self) -> str:
        return "It can’t be easy to guess: several unrelated words are good."


OURS = ("issuance", "tokeny", "issuer", "dashboard")


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
