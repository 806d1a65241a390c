"""Part of `make lint`: what people read keeps to one word for one thing, in American English.

Looks at what a template or an email shows (its text, and names for screen readers), at every sentence in a module that speaks
to people, and at what scripts say. Each row: what is not said, and what is said instead.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNHEARD = ("sandbox", "migrations", "audit", "operations")
"""Rooms of apps/ whose words are a stand-in's, history, stored names of actions, or an operator's."""
NOT_SAID = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"(?i)\be-mails?\b", "email"),
        (r"(?i)\b(some|any|every)body\b", "someone, anyone, everyone"),
        (r"(?i)\bnobody\b", "no one"),
        (r"(?i)\banew\b", "again"),
        (r"(?i)\b(please|sorry)\b", "the request or the fact alone"),
        (r"\w!(?!=)", "a period"),
        (r"\bat (Tokeny|Issuance)\b", "in Tokeny, in Issuance"),
        (r"(?i)\b(cancelled|colours?|licen[c]es?|recognised|labelled|behaviour)\b", "the American spelling"),
        (r"(?i)\btenants?\b", "team"),
        (r"(?i)\bdrift(s|ed)?\b", "out of sync"),
        (r"(?i)\bin force\b", "active"),
        (r"\bUS (person|state|citizen)", "U.S."),
        (r", USD\b", "(USD)"),
        (r"\d %", "no space before %"),
        (r"(?i)\bmake this text\b", "roll back"),
        (r"(?i)\bstrangers?\b", "anyone, the public"),
        (r"(?i)\bplatform member\b", "platform user"),
    )
)
ATTRIBUTES = re.compile(r'(?:aria-label|title|placeholder|alt)="([^"]*)"')


def shown(template: str) -> Iterator[tuple[int, str]]:
    """Line numbers and texts that a reader meets; tags of templates and of HTML are left out."""
    without = re.sub(
        r"{#.*?#}|{%.*?%}|{{.*?}}", lambda found: re.sub(r"[^\n]", " ", found[0]), template, flags=re.DOTALL
    )
    plain = re.sub(r"<[^>]*>", lambda found: re.sub(r"[^\n]", " ", found[0]), without)
    for at, (text, line) in enumerate(zip(plain.split("\n"), without.split("\n"), strict=True), 1):
        yield at, " ".join([text, *ATTRIBUTES.findall(line)])


def sentences(code: str) -> Iterator[tuple[int, str]]:
    """Strings that read as words: several of them, or one with a capital. What is logged, documented or raised at start
    is not for people who use the dashboard."""
    tree = ast.parse(code)
    unheard = {id(part) for node in ast.walk(tree) if is_unheard(node) for part in ast.walk(node)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in unheard and re.search(r"[A-Z][a-z]|[a-z] [a-z]", node.value):
            yield node.lineno, node.value


def is_unheard(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name(id="ValueError" | "RuntimeError" | "TypeError"))):
            return True
    return False


def said_by_script(code: str) -> Iterator[tuple[int, str]]:
    for at, line in enumerate(code.split("\n"), 1):
        text = re.sub(r"//.*", "", line)
        yield at, " ".join(" ".join(found) for found in re.findall(r'"([^"]*)"|`([^`]*)`', text))


def lines(text: str) -> Iterator[tuple[int, str]]:
    yield from enumerate(text.split("\n"), 1)


def sources() -> Iterator[tuple[Path, Callable[[str], Iterator[tuple[int, str]]]]]:
    yield from ((file, shown) for file in sorted(ROOT.glob("templates/**/*.html")))
    yield from ((file, lines) for file in sorted(ROOT.glob("templates/**/*.txt")))
    yield from ((file, lines) for file in sorted(ROOT.glob("docs/guide/*.md")))
    yield from ((file, said_by_script) for file in sorted(ROOT.glob("static/js/*.js")))
    heard = (file for file in sorted(ROOT.glob("apps/**/*.py")) if not set(UNHEARD) & set(file.parts))
    yield from ((file, sentences) for file in heard)


def wrong() -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{line}: “{match[0]}”: say {said}"
        for file, texts in sources()
        for line, text in texts(file.read_text())
        for pattern, said in NOT_SAID
        if (match := pattern.search(text))
    ]


if __name__ == "__main__":
    if found := wrong():
        sys.exit("\n".join(found))
