"""Which investors have a matching investment, found with few questions.

Investments name a person and no investor. But the API counts the investments of any set of investors beside any filter
(docs/contracts/behaviours.md, "What can be asked although it is not shown"). So names are a guess, and each guess is proved: a
set of investors whose names occur once must count as many investments as bear these names. Only where names fit no one, or
several, a set is halved until each of it is known.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

AT_ONCE = 500
"""Investors of one question; their IDs must fit one address."""
MOST_LETTERS = 2_400
"""Of the IDs of one question."""
Count = Callable[[Sequence[int]], int]
"""How many matching investments these investors have."""


@dataclass
class Matched:
    """`found`: investor -> investments, proved; `names`: name -> investments that are no one's, as far as names tell;
    `left`: how many in all."""

    found: dict[int, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    left: int = 0


def folded(name: str) -> str:
    """As names are compared."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def matched(named: Mapping[str, int], people: Mapping[int, Iterable[str]], count: Count) -> Matched:
    """`named`: name -> investments that bear it; `people`: investor -> names, folded."""
    result = Matched(left=sum(named.values()))
    rows: Counter[str] = Counter()
    for name, number in named.items():
        rows[folded(name)] += number
    bearers: dict[str, list[int]] = {name: [] for name in rows}
    for person, names in people.items():
        for name in {*names} & bearers.keys():
            bearers[name].append(person)
    sole = [(ids[0], rows[name]) for name, ids in bearers.items() if len(ids) == 1]
    shared = [(ids, rows[name]) for name, ids in bearers.items() if len(ids) > 1]
    search = Search(result, count)
    search.prove(sorted(dict(sole).items()))
    search.divide(shared)
    for group in (
        [person for ids, _ in shared for person in ids],
        [person for person, _ in sole],
        [person for person, names in people.items() if not {*names} & bearers.keys()],
    ):
        search.look_through([person for person in dict.fromkeys(group) if person not in search.known])
    result.found = {person: number for person, number in sorted(search.known.items()) if number}
    for name, number in named.items():
        of_bearers = sum(search.known.get(person, 0) for person in bearers[folded(name)])
        if of_bearers < rows[folded(name)] and result.left:
            result.names[name] = number
    return result


class Search:
    """`known`: investor -> investments, of all that were asked about."""

    def __init__(self, result: Matched, count: Count) -> None:
        self.result, self.count, self.known = result, count, dict[int, int]()

    def learn(self, person: int, number: int) -> None:
        self.known[person] = number
        self.result.left -= number

    def prove(self, guessed: Sequence[tuple[int, int]]) -> None:
        """Takes what counts right, and leaves out what does not when it stands alone."""
        for part in parts(guessed):
            if self.count([person for person, _ in part]) == sum(number for _, number in part):
                for person, number in part:
                    self.learn(person, number)
            elif len(part) > 1:
                middle = len(part) // 2
                self.prove(part[:middle])
                self.prove(part[middle:])

    def divide(self, shared: Sequence[tuple[list[int], int]]) -> None:
        """Investors of one name: all but the last are asked about, if together they count right."""
        for ids, number in shared:
            if not self.result.left or any(person in self.known for person in ids) or len(ids) > number + 3:
                continue
            if self.count(ids) != number:
                continue
            rest = number
            for person in ids[:-1]:
                told = self.count([person]) if rest else 0
                self.learn(person, told)
                rest -= told
            self.learn(ids[-1], rest)

    def look_through(self, people: Sequence[int]) -> None:
        for part in parts([(person, 0) for person in people]):
            if not self.result.left:
                return
            ids = [person for person, _ in part]
            self.halve(ids, self.count(ids))

    def halve(self, ids: Sequence[int], number: int) -> None:
        if not number or len(ids) == 1:
            for person in ids:
                self.learn(person, number)
            return
        middle = len(ids) // 2
        first = self.count(ids[:middle])
        self.halve(ids[:middle], first)
        self.halve(ids[middle:], number - first)


def parts(people: Sequence[tuple[int, int]]) -> list[Sequence[tuple[int, int]]]:
    """As many at once as fit one question."""
    found: list[list[tuple[int, int]]] = []
    letters = MOST_LETTERS
    for each in people:
        letters += len(str(each[0])) + 1
        if letters > MOST_LETTERS or len(found[-1]) == AT_ONCE:
            found.append([])
            letters = len(str(each[0])) + 1
        found[-1].append(each)
    return list(found)


def most_calls(investments: int, investors: int, page: int) -> int:
    """The most that it can take, pages included: every guess wrong, and each investor with a match found by halving."""
    with_a_match = min(investments, investors)
    by_halving = min(2 * investors, with_a_match * (math.ceil(math.log2(max(2, investors))) + 1))
    sets = math.ceil(investors / 300) * 3
    return math.ceil(investments / page) + math.ceil(investors / page) + 3 * with_a_match + by_halving + sets + 2
