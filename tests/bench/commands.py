"""Several management commands in one process, since each start costs seconds: `python -m tests.bench.commands`.

Standard input holds them as JSON: words and standard input of each.
"""

import io
import json
import sys

import django
from django.core.management import call_command

from dashboard.serve import locked
from tests.stand_in import ROOT


def main() -> None:
    steps = json.load(sys.stdin)
    django.setup()
    (ROOT / ".run").mkdir(exist_ok=True)
    for words, stdin in steps:
        sys.stdin = io.StringIO(stdin)
        with locked(ROOT / f".run/{words[0]}.lock"):  # tests side by side collect static files into one folder
            call_command(*words)


if __name__ == "__main__":
    main()
