"""Parts of pages that most pages share, drawn once for each of their values."""

from collections.abc import Hashable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString


@lru_cache(maxsize=1024)
def drawn_once(template: str, **values: Hashable) -> SafeString:
    """The HTML of a template that is given these values and nothing else: no request, no person. It stays in memory, so
    never for what somebody typed, nor for what an API sent of a person."""
    return render_to_string(template, values)
