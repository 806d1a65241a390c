"""Emails as people get them: a subject, text, and the same as HTML, from templates/mail."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def send(name: str, to: Sequence[str], words: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
    """Raises whatever a mail server, or an address that it cannot take, comes up with."""
    subject = " ".join(render_to_string(f"mail/{name}.subject.txt", words).split())
    text = render_to_string(f"mail/{name}.txt", words)
    mail = EmailMultiAlternatives(subject, text, None, list(to), headers=dict(headers or {}))
    mail.attach_alternative(render_to_string(f"mail/{name}.html", words | {"subject": subject}), "text/html")
    mail.send()
