"""Which investors have a matching investment, found with few questions.

Investments name a person and no investor. But the API counts the investments of any set of investors beside any filter
(docs/contracts/behaviours.md, "What can be asked although it is not shown"). So names are a guess, and each guess is proved: a
set of investors whose names occur once must count as many investments as bear these names. Two wrong guesses can make up for
each other there, so sets within it are asked about as well. Only where names fit no one, or several, a set is halved until each
of it is known.
"""

import math
import random
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

AT_ONCE = 500
"""Investors of one question; their IDs must fit one address."""
MOST_LETTERS = 2_400
"""Of the IDs of one question."""
MOST_OF_AN_ADDRESS = 3_700
"""Servers refuse addresses of more than some 4,000 letters."""
AT_RANDOM = 6
"""Halves of a proved set that are asked about, beside those that part any two of it: one in 64 hides another wrong guess."""
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


def matched(
    named: Mapping[str, int], people: Mapping[int, Iterable[str]], count: Count, letters: int = MOST_LETTERS
) -> Matched:
    """`named`: name -> investments that bear it; `people`: investor -> names, folded; `letters`: of the IDs of a question."""
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
    search = Search(result, count, letters)
    search.prove(sorted(dict(sole).items()))
    search.doubt(sorted(search.known.items()))
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

    def __init__(self, result: Matched, count: Count, letters: int) -> None:
        self.result, self.count, self.letters, self.known = result, count, letters, dict[int, int]()

    def learn(self, person: int, number: int) -> None:
        self.known[person] = number
        self.result.left -= number

    def prove(self, guessed: Sequence[tuple[int, int]]) -> None:
        """Takes what counts right, and leaves out what does not when it stands alone."""
        for part in parts(guessed, self.letters):
            if self.count([person for person, _ in part]) == sum(number for _, number in part):
                for person, number in part:
                    self.learn(person, number)
            elif len(part) > 1:
                middle = len(part) // 2
                self.prove(part[:middle])
                self.prove(part[middle:])

    def doubt(self, proved: Sequence[tuple[int, int]]) -> None:
        """Asks about sets within a proved one; where one counts wrong, each of its investors is asked about."""
        for part in parts(proved, self.letters):
            if all(
                self.count([person for person, _ in some]) == sum(number for _, number in some) for some in within(part)
            ):
                continue
            for person, guess in part:
                self.result.left += guess
                self.learn(person, self.count([person]))

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
        for part in parts([(person, 0) for person in people], self.letters):
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


def within(part: Sequence[tuple[int, int]]) -> list[Sequence[tuple[int, int]]]:
    """Each alone but the last, if they are few. Else halves: by each digit of their places, so that any two are parted, and
    at random."""
    halvings = (len(part) - 1).bit_length()
    if len(part) <= halvings + AT_RANDOM + 1:
        return [[each] for each in part[:-1]]
    dice = random.Random(len(part))  # noqa: S311 - a sample, and the same for who takes up the job
    halves: list[Sequence[tuple[int, int]]] = [
        [each for place, each in enumerate(part) if place >> bit & 1] for bit in range(halvings)
    ]
    return halves + [dice.sample(part, len(part) // 2) for _ in range(AT_RANDOM)]


def parts(people: Sequence[tuple[int, int]], most: int) -> list[Sequence[tuple[int, int]]]:
    """As many at once as fit one question."""
    found: list[list[tuple[int, int]]] = []
    letters = most
    for each in people:
        letters += len(str(each[0])) + 1
        if letters > most or len(found[-1]) == AT_ONCE:
            found.append([])
            letters = len(str(each[0])) + 1
        found[-1].append(each)
    return list(found)


def most_calls(investments: int, investors: int, page: int, letters: int = MOST_LETTERS) -> int:
    """The most that it can take, pages included: every guess wrong, and each investor with a match found by halving."""
    with_a_match = min(investments, investors)
    by_halving = min(2 * investors, with_a_match * (math.ceil(math.log2(max(2, investors))) + 1))
    sets = math.ceil(investors / min(300, max(1, letters // 8)))
    doubts = min(with_a_match, sets * (AT_RANDOM + 9)) + with_a_match
    pages = 2 * math.ceil(investments / page) + math.ceil(investors / page)
    return pages + 3 * with_a_match + doubts + by_halving + 3 * sets + 2


def room_beside(query: str) -> int:
    """Letters that the IDs of a question may have beside this query: the address has an end."""
    return max(200, min(MOST_LETTERS, MOST_OF_AN_ADDRESS - len(query)))
