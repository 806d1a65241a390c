"""What templates draw: static files by their hashed addresses, and the icons of static/icons.svg, which browsers fetch
once for all pages."""

from functools import cache

from django.template import Library
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = Library()


@register.simple_tag
@cache
def asset(path: str) -> str:
    """Django's `static`, which makes the address anew each time."""
    return static(path)


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """Decoration: what it stands for is said in words beside it, or in the name of its control."""
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons.svg"), name)


@register.simple_tag
@cache
def key(look: str) -> SafeString:
    """The color of a part of a picture, before its name."""
    square = (
        '<svg class="key" width="10" height="10" aria-hidden="true"><rect class="{}" width="10" height="10"/></svg>'
    )
    return format_html(square, look)
