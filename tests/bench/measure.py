"""The measuring itself: plain sockets, one clock, medians, ratios."""

import gzip
import http.client
import os
import re
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
LIST = "/acme/investments/"
REFERENCE = "/acme/reference/"
SHELL_ENDS = b'<div id="results">'
SECONDS_OF_CROWD = 6.0


@dataclass(eq=False)
class Site:
    """Where dashboard and upstream listen, and who is signed in."""

    port: int
    upstream: int
    cookie: str = ""

    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}


def wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


def fetch(port: int, target: str, headers: dict[str, str], *, is_panel_fine: bool = False) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return ask(connection, target, headers, is_panel_fine=is_panel_fine)
    finally:
        connection.close()


def ask(
    connection: http.client.HTTPConnection, target: str, headers: dict[str, str], *, is_panel_fine: bool = False
) -> bytes:
    connection.request("GET", target, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or (b'class="panel"' in body and not is_panel_fine):
        raise RuntimeError(f"{target}: {answer.status} {answer.headers.get('Location', '')}")
    return body


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def report(site: Site, pid: int, pairs: int, rows: int, *, is_short: bool) -> None:
    print(f"\n{pairs} rounds, upstream 50 ms, recorded from {rows:,} investments; medians in milliseconds\n")
    print(
        "rows   direct    page  reference   page/direct   added   added/reference's   upstream calls a page   CPU a page"
    )
    for size in (25, 100):
        ratio_row(site, pid, size, pairs)
    print("\nother lists, 25 rows at most   direct    page   page/direct   added")
    for name in ("offerings", "investors", "users"):
        list_row(site, name, pairs)
    if is_short:
        return
    print("\nupstream   shell's last byte   whole page")
    for latency in (0, 200, 3000):
        shell_row(site, latency, 5 if latency == 3000 else 15)
    if os.path.exists(CHROMIUM):
        print(f"\nChromium without a script, upstream 3 s: navigation and filters painted after {painted(site):.0f} ms")
    preview_row(site, pairs)
    print(f"\nmemory of the process: {resident(pid)} MB\n")
    weights(site)


def weights(site: Site) -> None:
    """What a first visit to the list weighs, by kind."""
    page = fetch(site.port, LIST, site.headers())
    files = sorted(set(re.findall(rb'(?:href|src)="(/static/[^"]+)', page)))
    kinds = {"HTML": len(gzip.compress(page, 6)), "CSS": 0, "JS": 0, "fonts and pictures": 0}
    for path in (each.decode().partition("#")[0] for each in files):
        body = fetch(site.port, path, {"X-Forwarded-Proto": "https"})
        kind = "CSS" if ".css" in path else "JS" if ".js" in path else "fonts and pictures"
        kinds[kind] += len(body if path.endswith("woff2") else gzip.compress(body, 9))
    print("bytes of a first visit to the list, gzip: " + ", ".join(f"{kind} {size:,}" for kind, size in kinds.items()))
    print(f"in all {sum(kinds.values()):,}\n")


def ratio_row(site: Site, pid: int, size: int, pairs: int) -> None:
    latency(site, 50)
    suffix = f"?page_size={size}" if size != 25 else ""
    direct, page = (http.client.HTTPConnection("127.0.0.1", port) for port in (site.upstream, site.port))
    target = f"/api/investments/?ordering=-id&page=1&page_size={size}"
    for _ in range(10):
        ask(page, LIST + suffix, site.headers())
        ask(page, REFERENCE + suffix, site.headers())
    calls, cpu, times = latency(site, 50), cpu_ms(pid), {"direct": [], "page": [], "reference": []}  # type: ignore[var-annotated]
    spent = {"page": 0.0, "reference": 0.0}
    for _ in range(pairs):
        times["direct"].append(timed(lambda: ask(direct, target, {})))
        cpu = cpu_ms(pid)
        times["page"].append(timed(lambda: ask(page, LIST + suffix, site.headers())))
        spent["page"] += cpu_ms(pid) - cpu
        times["reference"].append(timed(lambda: ask(page, REFERENCE + suffix, site.headers())))
    made = (latency(site, 50) - calls - 2 * pairs) / pairs
    medians = {name: statistics.median(values) for name, values in times.items()}
    added, plain = medians["page"] - medians["direct"], medians["reference"] - medians["direct"]
    print(
        f"{size:4} {medians['direct']:8.2f} {medians['page']:7.2f} {medians['reference']:10.2f} "
        f"{medians['page'] / medians['direct']:13.3f} {added:7.2f} {added / plain:19.2f} {made:23.2f} {spent['page'] / pairs:12.1f}"
    )


def list_row(site: Site, name: str, pairs: int) -> None:
    latency(site, 50)
    direct, page = (http.client.HTTPConnection("127.0.0.1", port) for port in (site.upstream, site.port))
    target, path = f"/api/{name}/?ordering=-id&page=1&page_size=25", f"/acme/{name}/"
    for _ in range(10):
        ask(page, path, site.headers())
    taken = [
        (timed(lambda: ask(direct, target, {})), timed(lambda: ask(page, path, site.headers()))) for _ in range(pairs)
    ]
    alone, whole = (statistics.median(times) for times in zip(*taken, strict=True))
    print(f"{name:29} {alone:8.2f} {whole:7.2f} {whole / alone:13.3f} {whole - alone:7.2f}")


PASSAGE = """An investment is **speculative**: you may lose *all* you invest (see section 12(c) of the "Agreement").

- No market exists -- and none may develop; see [the circular](https://example.com/circular).
- Statements that look forward may not come true.

"""


def preview_row(site: Site, times: int) -> None:
    """The preview of 20 kB as the editor asks for it while one writes."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port)
    path = "/acme/disclaimers/1/"
    connection.request("GET", f"{path}edit/", headers=site.headers())
    answer = connection.getresponse()
    token = answer.read().decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    cookies = "; ".join([site.cookie, *(head.split(";")[0] for head in answer.headers.get_all("Set-Cookie") or [])])
    text = (PASSAGE * 200)[:20_000]
    body = urlencode({"csrfmiddlewaretoken": token, "text": text, "view": "tokeny"})
    form = {"Content-Type": "application/x-www-form-urlencoded", "Referer": "https://127.0.0.1/"}
    headers = {**site.headers(), **form, "Cookie": cookies, "Host": "127.0.0.1"}

    def once() -> None:
        connection.request("POST", f"{path}preview/", body, headers)
        preview = connection.getresponse()
        if preview.status != 200 or b"speculative" not in preview.read():
            raise RuntimeError(f"preview: {preview.status}")

    taken = [timed(once) for _ in range(times)]
    print(f"\npreview of 20 kB: {statistics.median(taken):.1f} ms, the slowest {max(taken):.1f}")


def visit(site: Site, times: int) -> None:
    latency(site, 50)
    for _ in range(times):
        fetch(site.port, LIST, site.headers())


def beside(site: Site, other: Site, pairs: int, rows: tuple[int, int]) -> None:
    """The same page over two amounts of data, in turn; what differs is what the amount costs."""
    print(f"\n{pairs} rounds, upstream 50 ms; milliseconds added to the direct call, medians\n")
    print(f"rows a page   of {rows[0]:,}   of {rows[1]:,}   difference, with its standard error")
    for each in (site, other):
        latency(each, 50)
    for size in (25, 100):
        taken = [(added(site, "acme", size), added(other, "large", size)) for _ in range(-10, pairs)][10:]
        differences = [large - small for small, large in taken]
        small, large = (statistics.median(values) for values in zip(*taken, strict=True))
        error = statistics.stdev(differences) / len(differences) ** 0.5
        print(f"{size:11} {small:9.2f} {large:12.2f} {statistics.median(differences):12.2f} ± {error:.2f}")


def added(site: Site, team: str, size: int) -> float:
    """Milliseconds that one page takes longer than the call it makes."""
    suffix = f"?page_size={size}" if size != 25 else ""
    target = f"/api/investments/?ordering=-id&page=1&page_size={size}"
    direct = timed(lambda: fetch(site.upstream, target, {}))
    return timed(lambda: fetch(site.port, f"/{team}/investments/{suffix}", site.headers())) - direct


def shell_row(site: Site, milliseconds: int, times: int) -> None:
    latency(site, milliseconds)
    shells, wholes = [], []
    for _ in range(times):
        shell, whole = shell_time(site)
        shells.append(shell)
        wholes.append(whole)
    print(
        f"{milliseconds:8} {statistics.median(shells):19.1f} {statistics.median(wholes):12.1f}   (slowest shell {max(shells):.1f})"
    )


def shell_time(site: Site) -> tuple[float, float]:
    """Milliseconds until the filter form has arrived whole, and until the page has."""
    head = "".join(f"{name}: {value}\r\n" for name, value in site.headers().items())
    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        began, shell, received = time.perf_counter(), 0.0, b""
        connection.sendall(f"GET {LIST} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}Connection: close\r\n\r\n".encode())
        while chunk := connection.recv(65536):
            received += chunk
            shell = shell or ((time.perf_counter() - began) * 1000 if SHELL_ENDS in received else 0.0)
        return shell, (time.perf_counter() - began) * 1000


def painted(site: Site) -> float:
    """Milliseconds until a real browser shows the filter form, the median of five."""
    latency(site, 3000)
    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        for _ in range(6):
            page = browser.new_context(java_script_enabled=False, extra_http_headers=site.headers()).new_page()
            began = time.perf_counter()
            page.goto(f"http://127.0.0.1:{site.port}{LIST}", wait_until="commit")
            page.get_by_role("button", name="Amount").wait_for(state="visible")
            taken.append((time.perf_counter() - began) * 1000)
            page.close()
        browser.close()
    return statistics.median(taken[1:])


def latency(site: Site, milliseconds: int) -> int:
    """Sets the upstream's latency; returns how many calls it has had."""
    return int(fetch(site.upstream, f"/latency/{milliseconds}", {}))


def cpu_ms(pid: int) -> float:
    """Milliseconds of processor time of gunicorn and its workers."""
    return sum(time.clock_gettime(clock_of(each)) for each in (pid, *children(pid))) * 1000


def clock_of(pid: int) -> int:
    """Linux's clock of a process's processor time, which counts in nanoseconds where /proc has hundredths."""
    return ~pid << 3 | 2


def children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def resident(pid: int) -> int:
    total = 0
    for each in children(pid):
        with open(f"/proc/{each}/status") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    return total // 1024
