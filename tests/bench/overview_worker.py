"""One pass as a worker makes it: `python -m tests.bench.overview_worker whole|later`. Prints seconds, CPU seconds and rows as
JSON."""

import json
import sys
import time

import django


def main(kind: str) -> None:
    django.setup()
    from apps.jobs import queue
    from apps.jobs.models import Job
    from apps.jobs.running import SWITCH
    from apps.overview import passes
    from apps.tenants.models import Tenant

    sys.setswitchinterval(SWITCH)
    queue.add(Tenant.objects.get(), None, passes.KIND, {"is_whole": kind == "whole"})
    lease = queue.claim([passes.KIND])
    if lease is None:
        raise RuntimeError("no job")
    began, cpu = time.perf_counter(), time.process_time()
    passes.make(lease)
    taken = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    job = Job.objects.get(pk=lease.job.pk)
    if job.state != "done":
        raise RuntimeError(str(job.result))
    print(json.dumps({**taken, "rows": job.result["rows"]}))


if __name__ == "__main__":
    main(sys.argv[1])
