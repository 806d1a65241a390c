"""What HTML may appear on our pages.

Cleaning only removes, and only what could run or load something. Any other element or attribute stays, however old or
unknown, so that the preview shows what Tokeny's editor shows.
"""

import re
from urllib.parse import urlsplit

import nh3

from .strapi.sanitizing import ATTRIBUTES, is_allowed

WITHOUT_TAG = frozenset(
    [
        "form",
        "input",
        "button",
        "select",
        "option",
        "optgroup",
        "datalist",
        "textarea",
        "keygen",
        "isindex",
        "base",
        "link",
        "meta",
        "object",
        "embed",
        "param",
        "source",
        "track",
        "area",
        "frame",
        "frameset",
        "html",
        "head",
        "body",
        "xmp",
        "plaintext",
        "portal",
        "fencedframe",
        "webview",
        "bgsound",
        "dialog",
        "geolocation",
        "permission",
        "usermedia",
        "install",
        "menuitem",
        "command",
        "slot",
    ]
)
"""Of these the text within stays."""
WITH_CONTENT = frozenset(
    [
        "script",
        "style",
        "svg",
        "math",
        "iframe",
        "template",
        "noscript",
        "noembed",
        "noframes",
        "title",
        "audio",
        "video",
        "applet",
    ]
)
"""Within these stands nothing that is read, or a picture that another language draws."""
ACTING = WITHOUT_TAG | WITH_CONTENT
SCHEMES = {"http", "https", "ftp", "mailto", "tel"}
PLAIN_ATTRIBUTES = frozenset(("title", "start", "colspan", "rowspan"))
"""Harmless ones that Strapi's sanitizing would drop."""
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.\-]*:|[/\\]{2}", re.IGNORECASE)
NAME = re.compile(r"<([a-z][a-z0-9]*)[ >]")


def keeps(tag: str, name: str, value: str) -> bool:
    """Further restricts what Strapi keeps: no image from elsewhere, which would tell its host who reads, and no window
    name."""
    return is_allowed(tag, name, value) and name != "target" and not (name == "src" and is_elsewhere(value))


def keeps_plain(tag: str, name: str, value: str) -> bool:
    return name in PLAIN_ATTRIBUTES or keeps(tag, name, value)


def is_elsewhere(address: str) -> bool:
    return bool(ELSEWHERE.match(re.sub(r"[\x00-\x20]+", "", address)))


def clean(html: str) -> str:
    """Cleans HTML whose attributes are already chosen: elements stay that neither run nor load anything in a
    browser. `data-mark` is a redline's own: `keeps` takes it from any text."""
    return nh3.clean(
        html,
        tags=set(NAME.findall(html)) - ACTING,
        attributes={
            "*": {*ATTRIBUTES, *PLAIN_ATTRIBUTES, "class"} - {"target"},
            "img": {"src"},
            "ins": {"data-mark"},
            "del": {"data-mark"},
        },
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes=SCHEMES,
        clean_content_tags=set(WITH_CONTENT),
        link_rel="noopener noreferrer nofollow",
    )


def host_of(address: str) -> str:
    """ "" for anything but an http address."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""
