"""What rows hold beyond the contract, or lack of it: counted by name, so that an owner sees when the API has changed.

Names of fields only, and values of enumerations that the contract does not list; never a value of an investor.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from apps.upstream.decode import Row
from apps.upstream.issuance.contract import Spec

MOST_NAMES = 20
MOST_LETTERS = 60


def oddities(rows: Iterable[Row], specs: Mapping[str, Spec]) -> Counter[str]:
    """sentence -> in how many of the rows."""
    known, found = specs.keys(), Counter[str]()
    enumerations = [(name, spec.choices) for name, spec in specs.items() if spec.choices]
    for row in rows:
        if row.keys() != known:
            found.update(f"“{name[:MOST_LETTERS]}” is sent, but not in the description" for name in row.keys() - known)
            found.update(f"“{name}” is in the description, but not sent" for name in known - row.keys())
        for name, choices in enumerations:
            value = row.get(name)
            if isinstance(value, str) and value and value not in choices:
                found[f"“{name}” holds a word that the description does not list: “{value[:MOST_LETTERS]}”"] += 1
    return Counter(dict(found.most_common(MOST_NAMES)))
