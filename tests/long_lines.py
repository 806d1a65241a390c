"""Part of `make lint`: a template has lines of at most 120 characters, unless it is as it was when the rule came.

`templates/.long-lines` holds the hash of each that still has longer ones. Whoever touches one of these breaks its lines and
takes it off the list: `python -m tests.long_lines --forget`. The list only gets shorter.
"""

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LISTED = ROOT / "templates/.long-lines"
MOST = 120


def listed() -> dict[str, str]:
    """name -> hash of the text that may stay as it is."""
    rows = [line.split("  ", 1) for line in LISTED.read_text().splitlines() if line]
    return {name: digest for digest, name in rows}


def long_lines() -> dict[str, list[int]]:
    """name -> the numbers of its lines that are too long."""
    found = {}
    for file in sorted(ROOT.glob("templates/**/*.html")):
        numbers = [at for at, line in enumerate(file.read_text().splitlines(), 1) if len(line) > MOST]
        if numbers:
            found[str(file.relative_to(ROOT))] = numbers
    return found


def digest(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def wrong() -> list[str]:
    """What is to be mended, in sentences."""
    known, found = listed(), long_lines()
    too_long = [
        f"{name}: lines {', '.join(map(str, numbers))} have more than {MOST} characters"
        for name, numbers in found.items()
        if known.get(name) != digest(name)
    ]
    done = [f"{name}: take it off templates/.long-lines" for name in known if name not in found]
    return too_long + done


def main() -> None:
    if "--forget" in sys.argv:
        found = long_lines()
        LISTED.write_text("".join(f"{text}  {name}\n" for name, text in listed().items() if name in found))
    if problems := wrong():
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
