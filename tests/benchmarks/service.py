"""The service under load: throughput, latency, memory, crashes, and whether it keeps its word.

    pip install '.[test]' && apt-get install wrk
    python tests/benchmarks/service.py [throughput] [load] [kill] [describe] [start] [--minutes 10]

Without a name all are measured; the tables go to standard output. Articles are ordinary news of
about 3 KB from ``FOREWARN_DATA``, or else the written texts joined to that length, which hold far
more violence. Linux only, for /proc. The load comes from the same machine, from wrk, which asks
again as soon as it is answered: where cores are few, latency is what is left of them.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter, sleep

import httpx

import forewarn
from forewarn import Label
from forewarn.corpus.records import load_written
from forewarn.corpus.unlabelled import load_unlabelled
from forewarn.formats import FORMATS
from forewarn.service.store import read_corrections
from forewarn.tables import Table, make_table, to_markdown

ARTICLES = 400
ROUNDS = 7
SECONDS = 3  # of each round
KILLS = 100
WARM_UP = 30.0  # seconds before memory is first taken
SAMPLE = 5.0  # seconds between two looks at memory
PAUSES = 200  # milliseconds at most, between an answer and the next request of a connection
PAGE = Path(__file__).parents[1] / "data" / "page.html"


# -- articles and requests ------------------------------------------------------------------------


def articles() -> list[str]:
    """Return articles of about 3 KB."""
    ordinary = (text for text in load_unlabelled() if 2_800 <= len(text.encode()) <= 3_200)
    if found := list(islice(ordinary, ARTICLES)):
        return found
    joined, length = [[]], 0  # type: list[list[str]], int
    for item in load_written():
        if length + len(item.text) > 3_100:
            joined.append([])
            length = 0
        joined[-1].append(item.text)
        length += len(item.text)
    return ["\n\n".join(parts) for parts in joined[:ARTICLES]]


def request(path: str, body: object, kind: str = "application/json") -> bytes:
    """Return a request as wrk sends it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def get(path: str) -> bytes:
    """Return a request without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def good_requests(texts: Sequence[str], random: Random) -> Iterator[bytes]:
    """Yield requests as a desk and a feed would send them, without end."""
    page = PAGE.read_text(encoding="utf-8")
    while True:
        text, chance = random.choice(texts), random.random()
        if chance < 0.80:
            yield request("/v1/label", {"text": text})
        elif chance < 0.85:
            yield request("/v1/label", {"text": text, "formats": list(FORMATS), "threshold": 0.3})
        elif chance < 0.92:
            yield request("/v1/moderations", {"input": text})
        elif chance < 0.95:
            yield request("/v1/label", {"items": [{"text": item} for item in texts[:16]]})
        elif chance < 0.955:
            yield request("/v1/label", {"html": page})
        elif chance < 0.96:
            yield request("/v1/corrections", {"text": text, "severity": "none"})
        elif chance < 0.98:
            yield get("/healthz")
        else:
            yield get("/v1/model")


def bad_requests(texts: Sequence[str]) -> list[bytes]:
    """Return requests that are the client's fault, one of each kind."""
    return [
        request("/v1/label", b'{"text": "Rain'),
        request("/v1/label", b'{"text": "Caf\xe9"}'),
        request("/v1/label", b"[" * 5_000),
        request("/v1/label", {"text": 5}),
        request("/v1/label", {"text": texts[0], "threshold": 7}),
        request("/v1/label", {"items": [{"text": "Rain."}] * 257}),
        request("/v1/label", {"text": "Rain."}, "text/plain"),
        request("/v1/label", {"text": "rain " * 200_001}),
        request("/v1/moderations", {"input": [1]}),
        request("/v1/corrections", {"text": "Rain.", "severity": "mild"}),
        get("/v1/label"),
        get("/nothing"),
    ]


def mixture(texts: Sequence[str], bad: float = 0.05, count: int = 2_000) -> list[bytes]:
    """Return the requests that the mixed load goes through again and again."""
    random = Random(0)
    kinds = bad_requests(texts)
    good = list(islice(good_requests(texts, random), round(count * (1 - bad))))
    mixed = good + [kinds[n % len(kinds)] for n in range(count - len(good))]
    random.shuffle(mixed)
    return mixed


# -- services and wrk -----------------------------------------------------------------------------


@contextmanager
def service(*options: object, constant: bool = False) -> Iterator[tuple[int, int]]:
    """Run a service, and give its process and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "forewarn", "serve", "--port", str(port), *map(str, options)]
    if constant:
        command = [sys.executable, __file__, "--constant", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while True:
            assert process.poll() is None
            with suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    break
            sleep(0.002)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(60)


def serve_constant(port: int) -> None:
    """Serve as ever, save that the model is asked once and its answer given to all."""
    from forewarn.service import scoring, serve  # noqa: PLC0415 -- in a process of its own
    from forewarn.service.settings import Settings  # noqa: PLC0415

    (answer,) = forewarn.label(articles()[:1])

    async def label(_: object, texts: Sequence[str], *__: object) -> list[Label]:
        await asyncio.sleep(0)
        return [answer] * len(texts)

    scoring.Scorer.label = label  # type: ignore[method-assign,assignment]
    serve(Settings(port=port))


SCRIPT = """
local requests = {}
local file = io.open("%s", "rb")
while true do
  local length = file:read("*n")
  if not length then break end
  file:read(1)
  requests[#requests + 1] = file:read(length)
end
file:close()
local next = math.random(#requests)
function request()
  next = next %% #requests + 1
  return requests[next]
end
"""
PAUSE = """
function delay()
  return math.random(%d)
end
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What wrk says of a run; latencies in seconds."""

    requests: int
    per_second: float
    median: float
    p99: float
    refused: bool
    broken: str


_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


def read_report(text: str) -> Report:
    """Return the figures of wrk's report."""

    def latency(share: str) -> float:
        value, unit = re.findall(rf"(?m)^ +{share}% +([\d.]+)(us|ms|s|m)$", text)[0]
        return float(value) * _UNITS[unit]

    broken = re.findall(r"Socket errors: (.*)", text)
    return Report(
        requests=int(re.findall(r"(\d+) requests in", text)[0]),
        per_second=float(re.findall(r"Requests/sec: +([\d.]+)", text)[0]),
        median=latency("50"),
        p99=latency("99"),
        refused="Non-2xx" in text,
        broken=broken[0] if broken else "none",
    )


def wrk(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, pause: int = 0
) -> Report:
    """Go through requests again and again, each connection with pauses of up to so many ms."""
    with TemporaryDirectory() as folder:
        file, script = Path(folder, "requests"), Path(folder, "script.lua")
        file.write_bytes(b"".join(b"%d\n%b" % (len(item), item) for item in requests))
        script.write_text(SCRIPT % file + (PAUSE % pause if pause else ""))
        options = [
            f"-c{connections}",
            f"-d{round(seconds)}s",
            "-t1",
            "--latency",
            "-s",
            str(script),
        ]
        run = subprocess.run(
            ["wrk", *options, f"http://127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            check=True,
        )
    return read_report(run.stdout)


def statuses(port: int) -> dict[str, int]:
    """Return how often the service has answered with each status, by its own count."""
    counts = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    found: dict[str, int] = {}
    for status, count in re.findall(
        r'(?m)^forewarn_requests_total{.*status="(\d+)"} (\S+)', counts
    ):
        found[status] = found.get(status, 0) + round(float(count))
    return found


def processor_time(process: int) -> float:
    """Return the seconds of processor time that a process has had."""
    usage = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, usage[11:13])) / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> float:
    """Return the proportional memory of a process and all that it started, in MB."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    family, total = [process], 0.0
    for member in family:
        family += children.get(member, [])
        with suppress(OSError):
            rollup = Path(f"/proc/{member}/smaps_rollup").read_text()
            total += int(re.findall(r"(?m)^Pss: +(\d+) kB", rollup)[0]) / 1024
    return total


# -- measurements ---------------------------------------------------------------------------------


def measure_throughput() -> Table:
    """Compare one worker with the same application whose model costs nothing."""
    requests = [request("/v1/label", {"text": text}) for text in articles()]
    rows = []
    with service() as ours, service(constant=True) as constant:
        for connections in (1, 16, 64):
            rates: list[list[float]] = [[], []]
            efforts: list[list[float]] = [[], []]
            for _ in range(ROUNDS):
                for number, (process, port) in enumerate((ours, constant)):
                    before = processor_time(process)
                    report = wrk(port, requests, connections, SECONDS)
                    assert not report.refused
                    rates[number].append(report.per_second)
                    effort = (processor_time(process) - before) / report.requests * 1e6
                    efforts[number].append(effort)
            ratio = median(a / b for a, b in zip(*rates, strict=True))
            relative = median(b / a for a, b in zip(*efforts, strict=True))
            rows.append(
                (
                    connections,
                    *(f"{median(rate):,.0f}" for rate in rates),
                    f"{ratio:.2f}",
                    *(f"{median(effort):,.0f}" for effort in efforts),
                    f"{relative:.2f}",
                )
            )
    columns = (
        "connections",
        "articles/s",
        "constant",
        "ratio",
        "µs of processor",
        "constant",
        "ratio",
    )
    return make_table("Throughput of one worker, an article of 3 KB a request", columns, rows)


def measure_load(minutes: float) -> Table:
    """Keep two workers under a mixed load from 64 connections, then let these pause for breath."""
    seconds = minutes * 60
    requests = mixture(articles())
    with TemporaryDirectory() as folder:
        path = Path(folder, "kept.sqlite")
        with service("--workers", 2, "--corrections", path) as (process, port):
            with watching(process) as sizes:
                report = wrk(port, requests, 64, seconds)
            paced = wrk(port, requests, 64, seconds / 10, PAUSES)
            answers = statuses(port)
        kept = sum(1 for _ in read_corrections(path))
    early = median(size for moment, size in sizes if WARM_UP <= moment <= WARM_UP + 60)
    late = median(size for moment, size in sizes if moment >= seconds - 60)

    def of_class(digit: str) -> int:
        return sum(count for status, count in answers.items() if status[0] == digit)

    rows = [
        ("requests", f"{report.requests:,}"),
        ("requests/s", f"{report.per_second:,.0f}"),
        ("median latency", f"{report.median * 1e3:.1f} ms"),
        ("p99 latency", f"{report.p99 * 1e3:.1f} ms"),
        ("memory of all processes, after warming up", f"{early:.1f} MB"),
        ("memory of all processes, in the last minute", f"{late:.1f} MB"),
        ("memory growth", f"{late / early - 1:.1%}"),
        ("with pauses: requests/s", f"{paced.per_second:,.0f}"),
        ("with pauses: median latency", f"{paced.median * 1e3:.1f} ms"),
        ("with pauses: p99 latency", f"{paced.p99 * 1e3:.1f} ms"),
        ("refused as they ought to be (4xx)", f"{of_class('4'):,}"),
        ("errors that are not the client's (5xx)", f"{of_class('5'):,}"),
        ("broken connections and timeouts", f"{report.broken}; with pauses {paced.broken}"),
        (
            "answers",
            ", ".join(f"{count:,} × {status}" for status, count in sorted(answers.items())),
        ),
        ("corrections acknowledged, and found", f"{answers.get('201', 0):,}, {kept:,}"),
    ]
    title = f"Mixed load on two workers, 64 connections, {minutes:g} minutes"
    return make_table(title, ("figure", "measured"), rows)


@contextmanager
def watching(process: int) -> Iterator[list[tuple[float, float]]]:
    """Give a list that seconds and memory in MB are added to while the context lasts."""
    sizes: list[tuple[float, float]] = []
    since, done = perf_counter(), Event()

    def watch() -> None:
        while not done.wait(SAMPLE):
            sizes.append((perf_counter() - since, memory(process)))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield sizes
    finally:
        done.set()
        watcher.join()


def measure_kills() -> Table:
    """Kill a service a hundred times while corrections are written, and count what is lost."""
    acknowledged: list[str] = []

    def write(port: int, name: str) -> None:
        with (
            httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
            suppress(httpx.TransportError),
        ):
            for number in range(100_000):
                text = f"{name}, {number}. Nine herders were shot dead at a well."
                body = {"text": text, "severity": "violent"}
                assert client.post("/v1/corrections", json=body).status_code == 201
                acknowledged.append(text)

    random = Random(0)
    with TemporaryDirectory() as folder:
        path = Path(folder, "kept.sqlite")
        for kill in range(KILLS):
            options = ("--corrections", path, "--workers", 1 + kill % 2)
            with service(*options) as (process, port), ThreadPoolExecutor(4) as pool:
                for writer in range(4):
                    pool.submit(write, port, f"{kill}, {writer}")
                sleep(random.uniform(0.05, 0.5))
                os.killpg(process, signal.SIGKILL)
        kept = {row["text"] for row in read_corrections(path)}
    rows = [(KILLS, len(acknowledged), len(kept), len(set(acknowledged) - kept))]
    columns = ("kill -9", "acknowledged", "found", "acknowledged and lost")
    return make_table("Corrections over kill -9 during writes", columns, rows)


def check_description() -> Table:
    """Send what the description allows and forbids, by schemathesis, and count its complaints."""
    configuration = (
        "[checks.negative_data_rejection]\n"
        "expected-statuses = [400, 401, 403, 404, 405, 406, 413, 415, 422]\n"
    )
    with TemporaryDirectory() as folder:
        file = Path(folder, "schemathesis.toml")
        file.write_text(configuration)
        with service("--corrections", Path(folder, "kept.sqlite")) as (_, port):
            run = subprocess.run(
                [
                    *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(file), "run"),
                    *("--max-examples", "500", "--no-color"),
                    f"http://127.0.0.1:{port}/openapi.json",
                ],
                capture_output=True,
                text=True,
                cwd=folder,
                check=False,
            )
            failures = sum(count for status, count in statuses(port).items() if status[0] == "5")
    generated = re.search(r"(\d+) generated", run.stdout)
    unique = re.search(r"(\d+) unique failure", run.stdout)
    complaints = int(unique[1]) if unique else 0
    assert run.returncode == 0 or complaints, run.stdout[-3000:]
    rows = [(int(generated[1]) if generated else None, failures, complaints)]
    if complaints:
        print("\n".join(line[:300] for line in run.stdout.splitlines()), file=sys.stderr)
    columns = ("requests", "answered with 5xx", "complaints")
    return make_table("schemathesis against the description", columns, rows)


def measure_start() -> Table:
    """Time how long a service takes from the command to its first answer."""
    rows = []
    for workers in (1, 2):
        taken = []
        for _ in range(10):
            since = perf_counter()
            with service("--workers", workers):
                taken.append(perf_counter() - since)
        rows.append((workers, f"{median(taken):.2f} s", f"{max(taken):.2f} s"))
    return make_table(
        "From the command to the first answer", ("workers", "median", "longest"), rows
    )


def main() -> None:
    """Measure what was asked for, or everything."""
    measurements: dict[str, Callable[[], Table]] = {
        "start": measure_start,
        "throughput": measure_throughput,
        "describe": check_description,
        "kill": measure_kills,
        "load": lambda: measure_load(options.minutes),
    }
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", nargs="*", choices=[[], *measurements], default=[])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--constant", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.constant is not None:
        serve_constant(options.constant)
        return
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores; load average at the start {os.getloadavg()[0]:.1f}\n", flush=True)
    for name in options.what or measurements:
        print(to_markdown(measurements[name]()), flush=True)
    print(f"load average at the end {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main()
