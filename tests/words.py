"""Part of `make lint`: what people read keeps to one word for one thing, in American English.

Looks at what a template shows (its text, and names for screen readers), and at the tables that label fields, filters, checks
and blockers. Each row: what is not said, and what is said instead.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLES = ("fields.py", "listing.py", "checks.py", "blockers.py", "words.py")
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


def labels(code: str) -> Iterator[tuple[int, str]]:
    """Strings with a capital or a space: sentences and labels, not names of fields or codes."""
    tree = ast.parse(code)
    told = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in told and re.search(r"[A-Z]| ", node.value):
            yield node.lineno, node.value


def wrong() -> list[str]:
    found = []
    sources = [(file, shown) for file in sorted(ROOT.glob("templates/**/*.html"))]
    sources += [(file, labels) for name in TABLES for file in sorted(ROOT.glob(f"apps/**/{name}"))]
    for file, texts in sources:
        if "sandbox" in file.parts:
            continue
        for line, text in texts(file.read_text()):
            found += [
                f"{file.relative_to(ROOT)}:{line}: “{match[0]}”: say {said}"
                for pattern, said in NOT_SAID
                if (match := pattern.search(text))
            ]
    return found


if __name__ == "__main__":
    if found := wrong():
        sys.exit("\n".join(found))
