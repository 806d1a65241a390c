"""Differences between rows and the contract, counted by name, so that an owner notices when the API has changed.

Names of fields and undocumented enumeration values only; never a value of an investor.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from apps.upstream.decode import Row, whole
from apps.upstream.issuance.client import Page
from apps.upstream.issuance.contract import Spec

from .pages import Pager

MOST_NAMES = 20
MOST_LETTERS = 60


def oddities(rows: Iterable[Row], specs: Mapping[str, Spec]) -> Counter[str]:
    """Sentence -> how many of the rows."""
    known, found = specs.keys(), Counter[str]()
    enumerations = [(name, spec.choices) for name, spec in specs.items() if spec.choices]
    for row in rows:
        if row.keys() != known:
            found.update(f"“{name[:MOST_LETTERS]}” is sent but not documented" for name in row.keys() - known)
            found.update(f"“{name}” is documented but not sent" for name in known - row.keys())
        for name, choices in enumerations:
            value = row.get(name)
            if isinstance(value, str) and value and value not in choices:
                found[f"“{name}” has an undocumented value: “{value[:MOST_LETTERS]}”"] += 1
    return Counter(dict(found.most_common(MOST_NAMES)))


def doubts(page: Page, pager: Pager) -> list[str]:
    """Contradictions in a page of rows, as sentences."""
    ids = [row.get("id") for row in page.rows]
    numbers = [number for each in ids if (number := whole(each)) is not None]
    twice, as_text = len(numbers) - len(set(numbers)), sum(isinstance(each, str) for each in ids)
    found = []
    if pager.is_odd:
        more = "no further page" if page.is_last else "says that more follow"
        found.append(
            f"Issuance counts {page.count:,} in all, sent {page.sent:,} on this page and {more}: the count can’t be right."
        )
    if twice:
        found.append(f"{said(twice)} on this page more than once, as Issuance sent {'it' if twice == 1 else 'them'}.")
    if as_text:
        found.append("Issuance sent IDs as text on this page. They’re read as numbers.")
    if len(numbers) < len(ids):
        found.append(f"{said(len(ids) - len(numbers))} missing a readable ID, so there’s no link to open.")
    return found


def said(rows: int) -> str:
    return "1 row is" if rows == 1 else f"{rows:,} rows are"
