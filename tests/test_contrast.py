"""Every pair of a text's color and its ground has 4.5:1, every mark that carries meaning 3:1, in light and in dark."""

import re
from pathlib import Path

import pytest

GROUNDS = ("ground", "paper", "sunk", "hover")
TEXTS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent-2") for ground in GROUNDS),
    *((tone, f"{tone}-soft") for tone in ("good", "wait", "bad", "info", "gone")),
    *((tone, "paper") for tone in ("good", "wait", "bad", "info")),
    *(("on-act", ground) for ground in ("act", "act-2", "danger")),
    ("accent-2", "accent-soft"),
    ("ink", "accent-soft"),
    ("ink-2", "gone-soft"),
]
MARKS = [("line-3", "paper"), ("accent", "paper"), ("accent", "ground"), ("money-1", "paper"), ("wait", "paper")]


def tokens(project: Path, scheme: str) -> dict[str, str]:
    css = (project / "static/css/tokens.css").read_text()
    light, _, rest = css.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", rest.partition("@media")[0]))
    return found


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXTS, 4.5), (MARKS, 3.0)], ids=["texts", "marks"])
def test_it_is_enough(project: Path, scheme: str, pairs: list[tuple[str, str]], least: float) -> None:
    colors = tokens(project, scheme)
    low = {pair: f"{found:.2f}" for pair in pairs if (found := contrast(colors[pair[0]], colors[pair[1]])) < least}
    assert low == {}
