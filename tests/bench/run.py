"""`make bench`: what a page costs beside the call that it makes, in one run, as ratios.

Full production middleware, SQLite sessions, an upstream that answers after 50 ms. Page, direct call and the frozen plain
reference are asked for in turn; figures are medians. `--pairs 300` for a calm machine; `--rows 100000` to record from a
large sandbox; `--beside 100000` to compare it with a second one, page by page in turn; `--against DIR` to compare this
code with that of another checkout, page by page and under load; `--peers` to see our list beside Django's admin and
Datasette; `--exports` for files instead of pages; `--overview` for sums; `--audit` for the audit log; `--profile` to see which functions a page spends its time in.
"""

import argparse
import pstats
import tempfile
from pathlib import Path

from tests.bench import against, audit_log, exports, measure, overview, peers, scale
from tests.bench.measure import Site
from tests.bench.sites import dashboard, record, replay
from tests.stand_in import free_port

ALONE = {"audit": audit_log.report, "exports": exports.report, "overview": overview.report, "peers": peers.report}
"""An option -> the part that it runs alone."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--beside", type=int, default=0, help="rows of a second sandbox")
    parser.add_argument("--against", type=Path, help="folder of another checkout")
    parser.add_argument("--short", action="store_true", help="ratios only")
    parser.add_argument("--profile", action="store_true", help="where a page's time goes, and nothing else")
    parser.add_argument("--peers", action="store_true", help="beside Django's admin and Datasette, and nothing else")
    parser.add_argument("--exports", action="store_true", help="what a file costs, and nothing else")
    parser.add_argument("--audit", action="store_true", help="what the audit log costs, and nothing else")
    parser.add_argument("--overview", action="store_true", help="what the overview costs, and nothing else")
    options = parser.parse_args()
    asked = [alone for name, alone in ALONE.items() if getattr(options, name)]
    if asked:
        asked[0]()
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = record(folder, options.rows)
        site = Site(port=free_port(), upstream=free_port())
        processes, others = [replay(site.upstream, folder / "answers")], {}
        if options.beside:
            other = Site(port=site.port, upstream=free_port())
            (folder / "beside").mkdir()
            others = {"large": (f"http://127.0.0.1:{other.upstream}", record(folder / "beside", options.beside))}
            processes.append(replay(other.upstream, folder / "beside/answers"))
        profile = str(folder / "profile") if options.profile else ""
        processes.append(dashboard(site, folder, key, others, profile))
        if options.against:
            former = Site(port=free_port(), upstream=site.upstream)
            (folder / "former").mkdir()
            processes.append(dashboard(former, folder / "former", key, root=options.against.resolve()))
        try:
            if options.against:
                now = against.Running("now", site, processes[-2].pid)
                against.report(now, against.Running("former", former, processes[-1].pid), options.pairs)
            elif options.profile:
                measure.visit(site, options.pairs)
            elif options.beside:
                other.cookie = site.cookie
                measure.beside(site, other, options.pairs, (options.rows, options.beside))
            else:
                measure.report(site, processes[-1].pid, options.pairs, options.rows, is_short=options.short)
        finally:
            for process in processes:
                process.terminate()
                process.wait(timeout=20)
        if options.against and not options.short:
            codes = [scale.Code("former", options.against.resolve()), scale.NOW]
            scale.people_table(folder / "answers", key, codes)
        if options.profile:
            pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
