"""Several management commands in one process, since each start costs seconds: `python -m tests.bench.commands`.

Standard input holds them as JSON: words and standard input of each.
"""

import io
import json
import sys

import django
from django.core.management import call_command


def main() -> None:
    steps = json.load(sys.stdin)
    django.setup()
    for words, stdin in steps:
        sys.stdin = io.StringIO(stdin)
        call_command(*words)


if __name__ == "__main__":
    main()
