"""Cuts Figtree to what the dashboard uses: weights 400 to 650, kerning and tabular figures, Latin and Latin Extended.

Once, from the unpacked npm package `@fontsource-variable/figtree` 5.3.0: `pip install fonttools brotli`, then
`python cut.py package/files static/fonts`.
"""

import sys
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

EXTENDED = {*range(0x100, 0x180), *range(0x218, 0x21C), 0x1E9E, 0x20B9, 0x20BA, 0x20BF}
"""Letters of names beyond Latin-1, and the signs of three currencies."""
FEATURES = ["kern", "tnum", "mark", "mkmk", "ccmp", "locl", "liga"]
NAMES = [0, 1, 2, 3, 4, 5, 6, 13, 14]
"""Who made it, and its license."""


def cut(source: Path, target: Path, only: set[int] | None) -> None:
    narrowed = instancer.instantiateVariableFont(TTFont(source), {"wght": (400, 400, 650)})
    narrowed.flavor = None
    narrowed.save(whole := BytesIO())
    font = TTFont(whole)  # read again: cut as it stands, it misses glyphs that the narrowing dropped
    options = subset.Options(layout_features=FEATURES, hinting=False, name_IDs=NAMES)
    letters = set(font.getBestCmap())
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters & only if only else letters)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(target)


if __name__ == "__main__":
    package, fonts = Path(sys.argv[1]), Path(sys.argv[2])
    for name, only in (("latin", None), ("latin-ext", EXTENDED)):
        cut(package / f"figtree-{name}-wght-normal.woff2", fonts / f"figtree-{name}.woff2", only)
