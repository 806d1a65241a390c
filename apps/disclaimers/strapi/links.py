"""Bare links as linkify-it 3 finds them: the newer version reads paths, and what follows a link, differently."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from linkify_it import LinkifyIt
from linkify_it.ucre import SRC_CC, SRC_IP4, SRC_P, SRC_PORT, SRC_XN, SRC_Z
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from .budget import Budget
from .characters import SPACES

ENDS = SRC_Z[1:-1] + SRC_CC[1:-1]
ENDS_OR_SIGN = ENDS + SRC_P[1:-1]
LETTER = f"[^><｜{ENDS_OR_SIGN}]"
DOMAIN = rf"(?:{SRC_XN}|{LETTER}(?:(?:-|{LETTER}){{0,61}}{LETTER})?)"
STOP = rf"(?=\Z|[><｜{ENDS_OR_SIGN}])(?!-|_|:\d|\.-|\.(?!\Z|[{ENDS_OR_SIGN}]))"
PATH = (
    rf"(?:[/?#](?:[^{ENDS}><｜()\[\]{{}}.,\"'?!\-;]|\[[^{ENDS}\]]*\]|\([^{ENDS})]*\)|\{{[^{ENDS}}}]*\}}"
    rf"|\"[^{ENDS}\"]+\"|'[^{ENDS}']+'|'(?={LETTER}|-).|\.{{2,}}[a-zA-Z0-9%/&]|\.[^{ENDS}.]|-+|,[^{ENDS}]|;[^{ENDS}]"
    rf"|!+[^{ENDS}!]|\?[^{ENDS}?])+|/)?"
)
USER = rf"(?:[^{ENDS}@/\[\]()]+@)?"
TOP = "|".join([*LinkifyIt().tlds_default, LinkifyIt().tlds_2ch_src_re, SRC_XN])
MAIL_NAME = r"[\-;:&=+$,.a-zA-Z0-9_][\-;:&=+$,\".a-zA-Z0-9_]*"
BEFORE_SCHEME = rf"(?!_)[><｜{ENDS_OR_SIGN}]"
SCHEME = r"(https?:|ftp:|//|mailto:)"
AFTER_SCHEME = {
    "http:": re.compile(rf"//{USER}(?:{DOMAIN}\.)*{DOMAIN}{SRC_PORT}{STOP}{PATH}", re.IGNORECASE),
    "//": re.compile(
        rf"{USER}(?:localhost|(?:{DOMAIN}\.)+(?:{SRC_XN}|{LETTER}{{1,63}})){SRC_PORT}{STOP}{PATH}", re.IGNORECASE
    ),
    "mailto:": re.compile(rf"{MAIL_NAME}@(?:{DOMAIN}\.)*{DOMAIN}{STOP}", re.IGNORECASE),
}
AT_DOT = re.compile(rf"\.(?:\d{{1,3}}\.|(?:{TOP})(?:[>{ENDS_OR_SIGN}]|\Z))", re.IGNORECASE)
BEFORE_BARE = rf"(?![.:/\-_@])[$+<=>^`|｜{ENDS_OR_SIGN}]"
BARE = rf"((?![$+<=>^`|｜])(?:{DOMAIN}\.)+(?:{TOP}){SRC_PORT}{STOP}{PATH})"
BEFORE_MAIL = rf"[><｜\"({ENDS}]"
MAIL = rf"({MAIL_NAME}@(?:{SRC_IP4}|(?:{DOMAIN}\.)+(?:{TOP})){STOP})"
LINK_OPENS = re.compile(rf"<a[>{SPACES}]", re.IGNORECASE)
LINK_CLOSES = re.compile(rf"</a[{SPACES}]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    scheme: str


class Pattern:
    """Matches at the beginning of the text, or after a character that may precede a link."""

    def __init__(self, before: str, pattern: str) -> None:
        self.here = re.compile(pattern, re.IGNORECASE)
        self.later = re.compile(before + pattern, re.IGNORECASE)


class Seeker:
    """A pattern in a text whose start moves on: it searches again only after passing its last match."""

    def __init__(self, pattern: Pattern, text: str) -> None:
        self.pattern, self.text = pattern, text
        self.known: re.Match[str] | None = None
        self.is_over = False

    def seek(self, at: int) -> re.Match[str] | None:
        if here := self.pattern.here.match(self.text, at):
            return here
        if not self.is_over and (not self.known or self.known.start() < at):
            self.known = self.pattern.later.search(self.text, at)
            self.is_over = not self.known
        return self.known


SCHEMED, BARES, MAILS = Pattern(BEFORE_SCHEME, SCHEME), Pattern(BEFORE_BARE, BARE), Pattern(BEFORE_MAIL, MAIL)


def addresses(text: str, budget: Budget) -> Iterator[Found]:
    """Yields links one by one, reading the rest each time as a text of its own. The earliest wins; an email address
    wins over a longer link that starts at the same place."""
    at, host = 0, -2
    scheme: Found | None = None
    schemes, bares, mails = (Seeker(pattern, text) for pattern in (SCHEMED, BARES, MAILS))
    while at < len(text):
        budget.step(32)
        best = scheme = scheme if scheme and scheme.start > at else schemed(schemes, at, budget)
        if host != -1 and host < at:
            host = host_in(text, at)
        if host >= 0 and (not best or host < best.start):
            bare = bares.seek(at)
            if bare and (not best or bare.start(1) < best.start):
                best = Found(bare.start(1), bare.end(), "")
        if text.find("@", at) >= 0:
            mail = mails.seek(at)
            if mail and (not best or (mail.start(1), -mail.end()) < (best.start, -best.end)):
                best = Found(mail.start(1), mail.end(), "mailto:")
        if not best:
            return
        yield best
        at = best.end


def host_in(text: str, at: int) -> int:
    """Where a bare host may be, -1 for nowhere: dots are few, so only they are looked at."""
    if (named := text.find("localhost", at)) >= 0:
        return named
    dot = text.find(".", at)
    while dot >= 0:
        if text[max(at, dot - 3) : dot].lower() == "www":
            return dot - 3
        if AT_DOT.match(text, dot):
            return dot
        dot = text.find(".", dot + 1)
    return -1


def schemed(schemes: Seeker, at: int, budget: Budget) -> Found | None:
    text, found = schemes.text, schemes.seek(at)
    while found:
        budget.step()
        scheme = found[1].lower()
        rest = AFTER_SCHEME.get(scheme, AFTER_SCHEME["http:"]).match(text, found.end())
        if rest and not (scheme == "//" and found.end() - at >= 3 and text[found.end() - 3] in ":/"):
            return Found(found.start(1), rest.end(), scheme)
        found = SCHEMED.later.search(text, found.end())
    schemes.is_over, schemes.known = True, None
    return None


def linkify(state: StateCore) -> None:
    """In every text outside links, Markdown's or HTML's."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            made: list[Token] = []
            in_html = 0
            inside = ""
            for token in reversed(block.children):
                if token.type == "link_close" and not inside:
                    inside = "link"
                elif token.type == "link_open":
                    inside = ""
                elif token.type == "html_inline" and not inside:
                    if LINK_OPENS.match(token.content) and in_html:
                        in_html -= 1
                    in_html += bool(LINK_CLOSES.match(token.content))
                elif token.type == "text" and not inside and not in_html:
                    made += reversed(with_links(state, token))
                    continue
                made.append(token)
            block.children = made[::-1]


def with_links(state: StateCore, token: Token) -> list[Token]:
    text, made, last = token.content, [], 0
    if "." not in text and "@" not in text and "//" not in text:
        return [token]
    for found in addresses(text, state.env["budget"]):
        said = text[found.start : found.end]
        href = state.md.normalizeLink(address(said, found.scheme))
        if not state.md.validateLink(href):
            continue
        level = token.level
        made += [
            Token("text", "", 0, content=text[last : found.start], level=level),
            Token("link_open", "a", 1, attrs={"href": href}, level=level, info="auto"),
            Token("text", "", 0, content=shown(state, said, found.scheme), level=level + 1),
            Token("link_close", "a", -1, level=level, info="auto"),
        ]
        last = found.end
    return [*made, Token("text", "", 0, content=text[last:], level=token.level)] if made else [token]


def address(said: str, scheme: str) -> str:
    if not scheme:
        return "http://" + said
    return "mailto:" + said if scheme == "mailto:" and not said.lower().startswith("mailto:") else said


def shown(state: StateCore, said: str, scheme: str) -> str:
    """The address as written, without what was prepended only to parse it."""
    whole = address(said, scheme)
    return state.md.normalizeLinkText(whole).removeprefix(whole[: len(whole) - len(said)])
