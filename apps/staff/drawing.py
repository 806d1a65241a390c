"""Parts of pages that most pages share, drawn once for each of their values."""

import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe


@lru_cache(maxsize=1024)
def drawn_once(template: str, **values: Hashable) -> SafeString:
    """The HTML of a template that is given these values and nothing else: no request, no person. It stays in memory, so
    never for what somebody typed, nor for what an API sent of a person."""
    return drawn(template, values)


INDENT = re.compile(r"\n\s+")


def drawn(template: str, values: Mapping[str, Any]) -> SafeString:
    """Without the indentation, which is sent and stored with each page; not for texts in which blanks count."""
    return mark_safe(INDENT.sub("\n", render_to_string(template, {**values})))  # noqa: S308 - the template escapes
