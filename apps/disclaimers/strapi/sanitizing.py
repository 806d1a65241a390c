"""Strapi's sanitizing of the engine's HTML: sanitize-html 2.7 with htmlparser2 6, which parses tags differently from a
browser.

All elements stay, few attributes do, and whatever was left open is closed.
"""

import re
from collections.abc import Callable, Iterable
from html.entities import html5

from .budget import Budget

WHITE = r"[ \n\t\f\r]"
TAG_NAME = re.compile(r"[a-zA-Z][^ \n\t\f\r/>]*")
ATTRIBUTE = re.compile(
    rf"""{WHITE}*(?:(?P<end>>)|/{WHITE}*(?P<self>>)?|(?P<name>[^ \n\t\f\r/>][^ \n\t\f\r/>=]*){WHITE}*"""
    rf"""(?:={WHITE}*(?:"(?P<double>[^"]*)"?|'(?P<single>[^']*)'?|(?P<bare>[^ \n\t\f\r>]*)))?)"""
)
CLOSING = re.compile(rf"</{WHITE}*([a-zA-Z][^ \n\t\f\r>]*)([^>]*)(>?)")
SPECIAL = {
    name: re.compile(rf"</{WHITE}*{name}(?=[> \n\t\f\r])", re.IGNORECASE) for name in ("script", "style", "title")
}
"""What stands within is no HTML."""
SIMPLE = re.compile(r"([^<>&]+)|<(/?)([a-z][a-z0-9]*)>")
ENTITY = re.compile(r"&(?:#[xX]([0-9a-fA-F]+);?|#([0-9]+);?|([A-Za-z0-9]+)(;?))")
ENTITY_OF_ATTRIBUTE = re.compile(r"&(?:#[xX]([0-9a-fA-F]+);?|#([0-9]+);?|([A-Za-z0-9]++)(;|(?!=)))")
WINDOWS = dict(zip(range(128, 160), "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ", strict=True))
VOID = frozenset(
    [
        "area",
        "base",
        "basefont",
        "br",
        "col",
        "command",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "isindex",
        "keygen",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
WITHOUT_END = frozenset(["img", "br", "hr", "area", "base", "basefont", "input", "link", "meta"])
CLOSES = {
    "tr": "tr th td", "th": "th", "td": "thead th td", "body": "head link script", "li": "li", "option": "option",
    "optgroup": "optgroup option", "dd": "dt dd", "dt": "dt dd", "rt": "rt rp", "rp": "rt rp", "tbody": "thead tbody",
    "tfoot": "thead tbody",
    **dict.fromkeys(["select", "input", "output", "button", "datalist", "textarea"], "input option optgroup select button datalist textarea"),
    **dict.fromkeys(
        ["p", "h1", "h2", "h3", "h4", "h5", "h6", "address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "main", "nav", "ol", "pre", "section", "table", "ul"], "p"
    ),
}  # fmt: skip
"""Which open elements end where one of this name begins."""
IMPLIED = {name: frozenset(names.split()) for name, names in CLOSES.items()}
FOREIGN = frozenset(("math", "svg"))
INTEGRATION = frozenset(("mi", "mo", "mn", "ms", "mtext", "annotation-xml", "desc", "title"))
ATTRIBUTES = frozenset(["href", "align", "alt", "center", "width", "height", "type", "controls", "target"])
OF_ELEMENT = {"img": frozenset(("src",)), "source": frozenset(("src",))}
SCHEMES = frozenset(("http", "https", "ftp", "mailto", "tel"))

Keeps = Callable[[str, str, str], bool]


def sanitized(raw: str, budget: Budget, cuts: Iterable[int] = (), keeps: Keeps | None = None) -> list[tuple[int, str]]:
    """The HTML in pieces with the end of each: at each of these places of the raw HTML where nothing is open, and at
    its end. `keeps` decides about every attribute."""
    reader = Reader(raw, budget, keeps or is_allowed)
    pieces: list[tuple[int, str]] = []
    ahead = iter(cuts)
    cut = next(ahead, -1)
    while reader.at < len(raw):
        budget.step()
        if not reader.simple():
            reader.next()
        while 0 <= cut <= reader.at:
            if cut == reader.at and not reader.open and reader.at < len(raw):
                pieces.append((cut, "".join(reader.made)))
                reader.made = []
            cut = next(ahead, -1)
    while reader.open:
        reader.ended(reader.open.pop())
    return [*pieces, (len(raw), "".join(reader.made))]


class Reader:
    """Keeps two stacks, as the original does: elements that the parser holds open, and those whose start was
    written."""

    def __init__(self, raw: str, budget: Budget, keeps: Keeps) -> None:
        self.raw, self.at, self.budget, self.keeps = raw, 0, budget, keeps
        self.made: list[str] = []
        self.open: list[str] = []
        self.written: list[str] = []
        self.foreign: list[bool] = []

    def simple(self) -> bool:
        """A shortcut for the most common input: text without entities, then tags without attributes."""
        found = SIMPLE.match(self.raw, self.at)
        if not found or found[3] in SPECIAL:
            return False
        self.at = found.end()
        if found[1]:
            self.made.append(found[1])
        elif found[2]:
            self.closed(found[3])
        else:
            self.begun(found[3])
            self.start(found[3], {})
        return True

    def next(self) -> None:
        """One tag, one comment, or the text up to the next."""
        raw, at = self.raw, self.at
        if raw[at] != "<":
            return self.text_until(raw.find("<", at))
        after = raw[at + 1 : at + 2]
        if after in ("!", "?"):
            return self.pass_over(after)
        if after == "/":
            return self.close_tag()
        if name := TAG_NAME.match(raw, at + 1):
            return self.open_tag(name)
        return self.text_until(raw.find("<", at + 1))

    def text_until(self, end: int) -> None:
        end = end if end >= 0 else len(self.raw)
        self.text(self.raw[self.at : end])
        self.at = end

    def text(self, said: str) -> None:
        self.made.append(escaped(decoded(said)))

    def pass_over(self, after: str) -> None:
        """Drops comments, declarations and instructions. An unterminated one extends to the end of the text."""
        raw, at = self.raw, self.at
        start = at + 2
        if raw.startswith("<!--", at) or raw[at : at + 9].upper() == "<![CDATA[":
            end = "-->" if raw[at + 2] == "-" else "]]>"
            found = raw.find(end, at + (4 if end == "-->" else 9))
            self.at = found + 3 if found >= 0 else len(raw)
            return
        if after == "!":
            start = at + 4 if raw.startswith("<!-", at) else at + 2 if raw.startswith("<![", at) else at + 3
        found = raw.find(">", start)
        self.at = found + 1 if found >= 0 else len(raw)
        if found < 0:
            self.made.append(escaped(raw[at + 2 :]))

    def close_tag(self) -> None:
        found = CLOSING.match(self.raw, self.at)
        if found:
            self.at = found.end()
            if found[2] or found[3]:
                self.closed(found[1].lower())
            return None
        name = re.compile(rf"</{WHITE}*").match(self.raw, self.at).end()  # type: ignore[union-attr]
        if self.raw.startswith(">", name) or name == len(self.raw):
            return self.text_until(self.raw.find("<", self.at + 1))
        end = self.raw.find(">", name)
        if end < 0:
            self.made.append(escaped(self.raw[name:]))
        self.at = end + 1 if end >= 0 else len(self.raw)
        return None

    def open_tag(self, found: re.Match[str]) -> None:
        raw, name = self.raw, found[0].lower()
        self.at = found.end()
        if self.at == len(raw):
            return
        self.begun(name)
        attributes: dict[str, str] = {}
        is_closed = False
        while True:
            self.budget.step()
            part = ATTRIBUTE.match(raw, self.at)
            if not part or (part.end() == len(raw) and not part["end"] and not part["self"]):
                self.at = len(raw)  # what has no end is not there
                return
            self.at = part.end()
            if part["end"] or part["self"]:
                is_closed = bool(part["self"])
                break
            if part["name"]:
                value = part["double"] or part["single"] or part["bare"] or ""
                attributes.setdefault(part["name"].lower(), ENTITY_OF_ATTRIBUTE.sub(of_attribute, value))
        self.start(name, attributes)
        if is_closed and self.foreign and self.foreign[-1]:
            if self.open and self.open[-1] == name:
                self.ended(self.open.pop())
        elif not is_closed and name in SPECIAL:
            self.special(name)

    def special(self, name: str) -> None:
        end = SPECIAL[name].search(self.raw, self.at)
        said = self.raw[self.at : end.start() if end else len(self.raw)]
        self.made.append(said if name != "title" else escaped(decoded(said)))
        self.at += len(said)

    def begun(self, name: str) -> None:
        while self.open and self.open[-1] in IMPLIED.get(name, ()):
            self.closed(self.open[-1])
        if name not in VOID:
            self.open.append(name)
            if name in FOREIGN or name in INTEGRATION:
                self.foreign.append(name in FOREIGN)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.written.append(name)
        kept = "".join(
            (f' {key}="{escaped(value).replace(chr(34), "&quot;")}"' if value else f" {key}")
            for key, value in attributes.items()
            if self.keeps(name, key, value)
        )
        self.made.append(f"<{name}{kept} />" if name in WITHOUT_END else f"<{name}{kept}>")
        if name in VOID:
            self.ended(name)

    def closed(self, name: str) -> None:
        if name in FOREIGN or name in INTEGRATION:
            self.foreign = self.foreign[:-1]
        if self.open and name not in VOID:
            if name in self.open:
                while (last := self.open.pop()) != name:
                    self.ended(last)
                self.ended(name)
                return
            if name != "p":
                return
        if name in ("br", "p"):
            self.begun(name)
            self.start(name, {})
            if self.open and self.open[-1] == name:
                self.ended(self.open.pop())

    def ended(self, name: str) -> None:
        if self.written and self.written[-1] == name:
            self.written.pop()
            if name not in WITHOUT_END:
                self.made.append(f"</{name}>")


def is_allowed(tag: str, name: str, value: str) -> bool:
    if name not in ATTRIBUTES and name not in OF_ELEMENT.get(tag, ()):
        return False
    return name not in ("href", "src") or is_harmless(value)


def is_harmless(address: str) -> bool:
    """Has a known scheme, or none."""
    bare = re.sub(r"[\x00-\x20]+", "", address)
    bare = re.sub(r"<!--[\s\S]*?-->", "", bare)
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9.\-+]*):", bare)
    return not scheme or scheme[1].lower() in SCHEMES


def decoded(text: str) -> str:
    return ENTITY.sub(of_text, text) if "&" in text else text


def of_text(found: re.Match[str]) -> str:
    if not found[3]:
        return character(found)
    name, semicolon = found[3], found[4]
    if semicolon and name + ";" in html5:
        return html5[name + ";"]
    for length in range(min(6, len(name)), 1, -1):
        if name[:length] in html5:
            return html5[name[:length]] + name[length:] + semicolon
    return found[0]


def of_attribute(found: re.Match[str]) -> str:
    if not found[3]:
        return character(found)
    return html5.get(found[3] + found[4], found[0])


def character(found: re.Match[str]) -> str:
    digits = found[1] or found[2]
    code = int(digits, 16 if found[1] else 10) if len(digits) < 12 else 0x110000
    if not code or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return "\ufffd"
    return WINDOWS.get(code) or chr(code)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
