"""`make bench BENCH="--audit"`: what an entry of the audit log costs beside a plain INSERT, how fast the log is verified, and its
page over many entries beside an empty one.

SQLite with a million entries, PostgreSQL with ten, made by the database itself; `AUDIT_ENTRIES` makes fewer.
"""

import os
import subprocess
import sys

from tests.stand_in import ROOT

MANY = {"sqlite": 1_000_000, "postgresql": 10_000_000}


def report() -> None:
    worker = [sys.executable, "-m", "tests.bench.audit_log_worker"]
    for name, many in MANY.items():
        entries = os.environ.get("AUDIT_ENTRIES", str(many))
        beside = [sys.executable, "-m", "tests.services"] if name == "postgresql" else []
        subprocess.run([*beside, *worker, name, entries], cwd=ROOT, check=True)
