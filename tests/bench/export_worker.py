"""One export as a worker makes it, measured from inside: `python -m tests.bench.export_worker FORMAT ROWS`. Prints seconds, CPU
seconds, and by how many megabytes the process grew, as JSON."""

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import django

COLUMNS = 20


def main(form: str, rows: int) -> None:
    django.setup()
    from apps.exports import files, making
    from apps.exports.asked import Asked
    from apps.investments.listing import INVESTMENTS
    from apps.jobs import queue
    from apps.jobs.models import Job
    from apps.jobs.running import SWITCH
    from apps.staff.models import StaffMember
    from apps.tenants.models import IssuanceKey, Tenant

    tenant, person = Tenant.objects.get(), StaffMember.objects.get()
    columns = [*INVESTMENTS.catalog][:COLUMNS]
    keys = [str(key.pk) for key in IssuanceKey.objects.all()]
    asked = Asked("investment", keys, {}, {}, [], columns, form, "labels", "America/New_York", "?", rows=rows)

    def make() -> tuple[float, float]:
        queue.add(tenant, person, files.KIND, asked.kept())
        lease = queue.claim([files.KIND])
        if lease is None:
            raise RuntimeError("no job")
        began, cpu = time.perf_counter(), time.process_time()
        making.make(lease)
        taken = time.perf_counter() - began, time.process_time() - cpu
        job = Job.objects.get(pk=lease.job.pk)
        if not job.result.get("proof", {}).get("manifest", {}).get("is_complete"):
            raise RuntimeError(str(job.result))
        files.delete(job)
        return taken

    sys.setswitchinterval(SWITCH)
    make_ready(tenant)
    before = peak()
    seconds, cpu = make()
    print(json.dumps({"seconds": seconds, "cpu": cpu, "grown": peak() - before}))


def make_ready(tenant: Any) -> None:
    """A worker that runs has asked before."""
    from apps.exports.asked import LISTINGS
    from apps.listing import walk
    from apps.tenants.models import IssuanceKey

    key = IssuanceKey.objects.select_related("tenant").get(tenant=tenant)
    began = walk(LISTINGS["investment"], key, {})
    began.read(began.ask(1))


def peak() -> float:
    """Megabytes, the most so far of this program: `ru_maxrss` would count who started it, too."""
    said = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(said[1]) / 1024 if said else 0.0


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
