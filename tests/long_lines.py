"""Part of `make lint`: a template has lines of at most 120 characters."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST = 120


def long_lines() -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{at}: {len(line)} characters"
        for file in sorted(ROOT.glob("templates/**/*.html"))
        for at, line in enumerate(file.read_text().splitlines(), 1)
        if len(line) > MOST
    ]


if __name__ == "__main__":
    if found := long_lines():
        sys.exit("\n".join(found))
