"""Pictures of figures, as inline SVG: bars here, every word beside them in HTML. Widths are percentages, so that one
picture fits a phone, a page and a sheet of paper. Amounts are whole numbers of any unit."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe


class Part(NamedTuple):
    """`look`: a class of the stylesheet."""

    amount: int
    look: str


class Week(NamedTuple):
    """`said`: what is spoken and shown for it; `is_over`: the week has ended; `total`: all until its end."""

    label: str
    said: str
    href: str
    amounts: Sequence[int]
    total: int
    is_over: bool


def svg(inner: str, height: int, look: str, said: str = "", width: str = "100%") -> SafeString:
    """Without words, it says nothing that does not stand beside it."""
    told = f'role="img" aria-label="{escape(said)}"' if said else 'aria-hidden="true"'
    return mark_safe(f'<svg class="plot {look}" width="{width}" height="{height}" {told}>{inner}</svg>')  # noqa: S308


def percent(part: float, whole: float) -> float:
    """Between 0 and 100, whatever the two are."""
    return min(100.0, max(0.0, 100 * part / whole)) if whole > 0 else 0.0


def bar(parts: Sequence[Part], whole: int, y: int = 0, height: int = 8) -> str:
    """Parts side by side. What is below zero has no width, and what is beyond the whole is cut off."""
    drawn, at, top = [], 0, f' y="{y}"' if y else ""
    for amount, look in parts:
        left, right = percent(at, whole), percent(at + max(0, amount), whole)
        at += max(0, amount)
        if right > left:
            start = f' x="{left:.2f}%"' if left else ""
            drawn.append(f'<rect class="{look}"{start}{top} width="{right - left:.2f}%" height="{height}"/>')
    track = f'<rect class="track"{top} width="100%" height="{height}"/>' if percent(at, whole) < 100 else ""
    return track + "".join(drawn)


def goal_bar(parts: Sequence[Part], marks: Sequence[int], said: str) -> SafeString:
    """On a scale that ends at the last mark, or at what came in if that is more."""
    whole = max([sum(max(0, part.amount) for part in parts), *marks], default=0)
    drawn = [bar(parts, whole, y=4, height=12)]
    for amount in marks:
        x = percent(amount, whole)
        drawn.append(f'<line class="tickmark" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="20"/>' if 0 < x < 100 else "")
    return svg("".join(drawn), 20, "goalbar", said)


def ages(counts: Sequence[int], said: str) -> SafeString:
    """From the newest to the oldest."""
    parts = [Part(count, f"a{number}") for number, count in enumerate(counts, 1)]
    return svg(bar(parts, sum(counts)), 8, "ages", said, "88")


def stage(amount: int, whole: int, look: str) -> SafeString:
    return svg(bar([Part(amount, look)], whole), 8, "stage")


def columns(
    values: Sequence[int], height: int, look: str, *, is_over: bool, said: str = "", width: str = "100%"
) -> SafeString:
    """A column each; the last is paler where its time is not over."""
    highest, step = max([0, *values]), 100 / max(1, len(values))
    drawn = []
    for number, value in enumerate(values):
        tall = percent(value, highest) * height / 100
        pale = "" if is_over or number < len(values) - 1 else " sofar"
        drawn.append(
            f'<rect class="col{pale}" x="{step * (number + 0.1):.2f}%" width="{step * 0.8:.2f}%" '
            f'y="{height - tall:.1f}" height="{tall:.1f}"/>'
        )
    return svg("".join(drawn), height, look, said, width)


TOP, RISE, GAP, TALL = 4, 200, 30, 90
"""Of the chart by week: the space above, the panel of the sum, the space between, the panel of the weeks."""


def by_week(weeks: Sequence[Week], goals: Sequence[int], looks: Sequence[str]) -> SafeString:
    """Above, what came in until the end of each week, with the goals; below, each week's columns, one of each look. Two
    panels, each from zero: two scales on one would let a week seem to reach a goal."""
    step, foot = 100 / max(1, len(weeks)), TOP + RISE + GAP + TALL
    most = top_of([week.total for week in weeks] + [*goals])
    highest = top_of([amount for week in weeks for amount in week.amounts])
    drawn = []
    for goal in goals:
        y = TOP + RISE * (1 - percent(goal, most) / 100)
        drawn.append(f'<line class="goal" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
    each_label = max(1, -(-len(weeks) // 6))
    for number, week in enumerate(weeks):
        pale, tall, wide = "" if week.is_over else " sofar", percent(week.total, most) * RISE / 100, 80 / len(looks)
        inner = f'<rect class="hit" y="{TOP}" width="100%" height="{foot - TOP}"/>'
        inner += f'<rect class="rise{pale}" y="{TOP + RISE - tall:.0f}" width="100%" height="{tall:.0f}"/>'
        for place, (amount, look) in enumerate(zip(week.amounts, looks, strict=True)):
            tall = percent(amount, highest) * TALL / 100
            left = f'x="{10 + wide * place:.0f}%" width="{wide:.0f}%"'
            inner += f'<rect class="{look}{pale}" {left} y="{foot - tall:.1f}" height="{tall:.1f}"/>'
        told = f"<title>{escape(week.said)}</title>"
        link = f'<a class="wk" href="{escape(week.href)}">{told}{inner}</a>'
        drawn.append(f'<svg x="{step * number:.2f}%" width="{step:.2f}%">{link}</svg>')
        if number % each_label == 0:
            drawn.append(f'<text x="{step * number:.2f}%" y="{foot + 17}">{escape(week.label)}</text>')
    base = "".join(f'<line class="base" x1="0" x2="100%" y1="{y}" y2="{y}"/>' for y in (TOP + RISE, foot))
    inner = f'<svg class="plot weeks" width="100%" height="{foot + 24}" role="group" aria-label="By week">{base}{"".join(drawn)}</svg>'
    return mark_safe(inner)  # noqa: S308 - every word is escaped


def top_of(values: Sequence[int]) -> int:
    """The end of a scale."""
    return max([0, *values])
