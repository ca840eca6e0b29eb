"""Bulk labelling: speed, memory and endurance, measured in one run.

    pip install '.[cli,html,files,cluster]'
    python tests/benchmarks/bulk.py [--megabytes 1000] [--rounds 5] [--kills 50]

Articles are made of the texts that ship with the project, in about the mix of an ordinary day's
news; pages are made around them. What is compared takes turns, and ratios are taken within a
round. On a machine that others use too, rounds are repeated up to three times, and those kept in
which other programs took least of it; what they took then is printed. Prints tables in Markdown.
Linux only, for /proc. Takes some 30 minutes and 6 GB of disk at its defaults.
"""

import os

# One thread each, also in the processes started from here; numpy reads this when it is imported.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import argparse
import csv
import gzip
import json
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

import pyarrow as pa
from joblib import Parallel, delayed
from pyarrow import parquet

import forewarn
from forewarn.bulk import Progress, label_files
from forewarn.bulk.find import find_files
from forewarn.bulk.plan import shard_size, survey
from forewarn.corpus import load_written
from forewarn.inputs import Fields, Format, Record, format_of, read_records
from forewarn.tables import Table, make_table, to_markdown
from forewarn.taxonomy import Severity

MEGABYTE = 1_000_000
QUIET = 0.03  # of the machine, which other programs take in a round that is good enough


# -- articles -------------------------------------------------------------------------------------

# Of a hundred articles so many are of each severity; half of such an article's texts are calm.
MIX = {Severity.NONE: 80, Severity.REFERENCE: 10, Severity.VIOLENT: 8, Severity.GRAPHIC: 2}


def articles(seed: int) -> Iterator[str]:
    """Yield articles without end, of 300 to 20,000 characters, half of them below 2,700."""
    texts: dict[Severity, list[str]] = {severity: [] for severity in Severity}
    for item in load_written():
        texts[item.severity].append(item.text)
    random = Random(seed)
    while True:
        (severity,) = random.choices(list(MIX), list(MIX.values()))
        length = min(max(random.lognormvariate(7.9, 0.5), 300), 20_000)
        parts: list[str] = []
        while sum(map(len, parts)) < length:
            parts.append(random.choice(texts[random.choice((severity, Severity.NONE))]))
        yield "\n\n".join(parts)


def page(number: int, text: str) -> str:
    """Return a news page of about 60 kB, with what stands around an article."""
    links = "".join(f'<li><a href="/{n}/story-{n}.html">Story {n}</a></li>' for n in range(150))
    cards = "".join(
        f'<div class="card related"><a href="/{n}"><img src="/{n}.jpg" alt=""><h3>Related story '
        f"{n}</h3></a><span>{n} minutes ago</span></div>"
        for n in range(60)
    )
    script = f"<script>var state = {json.dumps({str(n): 'x' * 40 for n in range(500)})};</script>"
    body = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Story {number} | The '
        f"Vale Courier</title>{script}</head><body><header><nav><ul>{links}</ul></nav></header>"
        f'<div class="cookie-consent"><p>We use cookies.</p></div><main><article><h1>Story '
        f'{number}</h1><p class="byline">By our reporters</p>{body}</article><aside>{cards}</aside>'
        f"</main><footer><ul>{links}</ul><p>All rights reserved.</p></footer></body></html>"
    )


def write_lines(path: Path, size: int, seed: int = 0) -> Path:
    """Write JSON Lines of about so many bytes."""
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(articles(seed)):
            file.write(json.dumps({"id": f"a{number}", "text": text}) + "\n")
            if file.tell() >= size:
                return path
    raise AssertionError("articles have no end")


def write_formats(folder: Path, lines: Path) -> list[Path]:
    """Write the articles of JSON Lines in all other formats, pages for 1,000 of them."""
    records = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    packed, table, columns = (folder / f"all{end}" for end in (".jsonl.gz", ".csv", ".parquet"))
    packed.write_bytes(gzip.compress(lines.read_bytes(), 6))
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["id", "text"])
        writer.writeheader()
        writer.writerows(records)
    parquet.write_table(pa.Table.from_pylist(records), columns)
    texts, pages, archive = folder / "texts", folder / "pages", folder / "all.warc.gz"
    texts.mkdir()
    pages.mkdir()
    for record in records[:5_000]:
        (texts / f"{record['id']}.txt").write_text(record["text"], encoding="utf-8")
    with archive.open("wb") as file:
        for number, record in enumerate(records[:1_000]):
            html = page(number, record["text"])
            (pages / f"{number}.html").write_text(html, encoding="utf-8")
            file.write(gzip.compress(response(number, html), 6))
    return [lines, packed, table, columns, texts, pages, archive]


def response(number: int, html: str) -> bytes:
    """Return a WARC record of a page."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
        f"WARC-Target-URI: https://news.example/{number}\r\nWARC-Date: 2024-05-01T00:00:00Z\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


# -- measuring ------------------------------------------------------------------------------------


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    begun = perf_counter()
    call()
    return perf_counter() - begun


def rounds_of(rounds: int, *calls: Callable[[], object]) -> tuple[list[tuple[float, ...]], float]:
    """Time calls in turns, in the quietest rounds that there were.

    Returns
    -------
    times : list of tuple of float
        Seconds of each call, for each round.
    others : float
        The most of the machine that other programs took in one of these rounds, from 0 to 1.
    """
    tries: list[tuple[float, tuple[float, ...]]] = []
    while len(tries) < 3 * rounds and sum(share < QUIET for share, _ in tries) < rounds:
        begun, before = perf_counter(), foreign()
        times = tuple(seconds(call) for call in calls)
        took = (foreign() - before) / (perf_counter() - begun) / (os.cpu_count() or 1)
        tries.append((max(0.0, took), times))
    kept = sorted(tries)[:rounds]
    return [times for _, times in kept], kept[-1][0]


def foreign() -> float:
    """Return how many seconds of processors' time other programs have taken until now."""
    ticks = os.sysconf("SC_CLK_TCK")
    busy = sum(map(int, Path("/proc/stat").read_text().split()[1:4]))  # user, nice and system
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == os.getsid(0):
                # Of the process and of its children that have ended.
                busy -= sum(map(int, fields[11:15]))
    return busy / ticks


def spread(values: list[float], digits: int = 2) -> str:
    """Return median and quartiles, as a cell shows them."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def bulk(inputs: Path, out: Path, **options: object) -> Callable[[], object]:
    """Return a job that does everything, whatever the folder holds."""
    return partial(label_files, inputs, out, overwrite=True, **options)  # type: ignore[arg-type]


def peak(pid: int) -> int:
    """Return the most memory that a process has had resident, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def processes(group: int) -> list[int]:
    """Return the worker processes of joblib in a process group."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_text()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group and "LokyProcess" in command and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


# -- tables ---------------------------------------------------------------------------------------


def machine() -> Table:
    """Say what this is measured on."""
    with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        name = next((line.split(":")[1].strip() for line in file if "model name" in line), "")
    packages = ["numpy", "joblib", "pyarrow", "trafilatura", "lxml", "fastwarc", "distributed"]
    rows = [
        ("Processor", f"{name}, {len(os.sched_getaffinity(0))} cores"),
        ("Load before", ", ".join(f"{value:.1f}" for value in os.getloadavg())),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("Packages", ", ".join(f"{package} {version(package)}" for package in packages)),
        ("Model", f"digest {forewarn.load().info.digest[:12]}"),
    ]
    return make_table("Measured on", ("", ""), rows)


def against_label(folder: Path, lines: Path, rounds: int) -> Table:
    """Label a file in one process, and its articles in memory."""
    texts = [str(item.text) for item in records(lines)]
    label, job = partial(forewarn.label, texts), bulk(lines, folder / "out", jobs=1)
    job()
    times, others = rounds_of(rounds, label, job)
    rows = [
        ("`label` on a list in memory", spread([len(texts) / bare for bare, _ in times], 0), ""),
        (
            "JSON Lines to Parquet, one process",
            spread([len(texts) / whole for _, whole in times], 0),
            spread([bare / whole for bare, whole in times]),
        ),
        ("taken by other programs", f"{others:.1%}", ""),
    ]
    return make_table(
        f"{len(texts):,} articles, {lines.stat().st_size / MEGABYTE:.0f} MB",
        ("", "articles/s", "`label` = 1"),
        rows,
    )


def records(path: Path) -> Iterator[Record]:
    """Yield the records of JSON Lines."""
    for item in read_records(path, Format.JSONL, Fields()):
        if isinstance(item, Record):
            yield item


def label_lines(path: Path) -> None:
    """Label the first 10,000 articles of JSON Lines and keep nothing."""
    forewarn.label([str(item.text) for item in islice(records(path), 10_000)])


def two_processes(folder: Path, lines: Path, rounds: int) -> Table:
    """Label a file in one process and in two, and see what two give that share nothing."""
    one, two = (bulk(lines, folder / "out", jobs=jobs) for jobs in (1, 2))
    two()
    times, others = rounds_of(rounds, one, two)
    with Parallel(2, pre_dispatch="all") as parallel:

        def bare(n_processes: int) -> None:
            parallel(delayed(label_lines)(lines) for _ in range(n_processes))

        bare(2)
        alone, others_then = rounds_of(rounds, partial(bare, 1), partial(bare, 2))
    return make_table(
        f"Two processes, {lines.stat().st_size / MEGABYTE:,.0f} MB",
        ("", "one process = 1", "taken by other programs"),
        [
            (
                "JSON Lines to Parquet, two processes",
                spread([first / second for first, second in times]),
                f"{others:.1%}",
            ),
            (
                "`label` in two processes that share nothing",
                spread([2 * first / second for first, second in alone]),
                f"{others_then:.1%}",
            ),
        ],
    )


def cluster(folder: Path, lines: Path, rounds: int) -> Table:
    """Label a file on two Dask workers and on two processes of loky."""
    with ExitStack() as stack:
        address = start_dask(folder, stack, 2)
        loky = bulk(lines, folder / "out", jobs=2)
        dask = bulk(lines, folder / "out", cluster=address)
        loky()
        dask()
        times, others = rounds_of(rounds, loky, dask)
    return make_table(
        "Two Dask workers on this machine",
        ("", "seconds", "loky = 1"),
        [
            ("loky, two processes", spread([first for first, _ in times], 1), ""),
            (
                "Dask, two workers",
                spread([second for _, second in times], 1),
                spread([first / second for first, second in times]),
            ),
            ("taken by other programs", f"{others:.1%}", ""),
        ],
    )


def start_dask(folder: Path, stack: ExitStack, n_workers: int) -> str:
    """Start a scheduler and workers that end with the stack, and return its address."""
    place = folder / "scheduler.json"

    def start(role: str, *options: str) -> None:
        command = [sys.executable, "-m", "dask", role, "--no-dashboard", *options]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        stack.callback(process.wait)
        stack.callback(process.kill)

    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(place))
    while not place.exists() or not place.read_text().endswith("}"):
        time.sleep(0.05)
    address = str(json.loads(place.read_text())["address"])
    for _ in range(n_workers):
        start("worker", address, "--nthreads", "1", "--no-nanny")
    return address


PEAKS = """
import json, os, sys
from forewarn.bulk import label_files
from bulk import peak, processes
label_files(sys.argv[1], sys.argv[2], jobs=2, overwrite=True)
print(json.dumps([peak(pid) for pid in processes(os.getpid())]))
"""


def memory(folder: Path, inputs: list[tuple[str, Path]]) -> Table:
    """Label inputs of many sizes and formats on two fresh processes, and see what these take."""
    rows = []
    for name, path in inputs:
        run = subprocess.run(
            [sys.executable, "-c", PEAKS, str(path), str(folder / "out")],
            cwd=Path(__file__).parent,
            stdout=subprocess.PIPE,
            start_new_session=True,
            check=True,
        )
        rows.append((name, f"{max(json.loads(run.stdout)) / MEGABYTE:.0f} MB"))
    return make_table("Peak memory of a worker", ("input", "resident"), rows)


def by_format(folder: Path, inputs: list[Path], rounds: int) -> Table:
    """Label the same articles out of every format in one process, and say where the time goes."""
    rows = []
    for path in inputs:
        job = bulk(path, folder / "out", jobs=1)
        job()
        times, _ = rounds_of(rounds, job)
        whole = median(first for (first,) in times)
        files = find_files([path])
        size = shard_size(files)
        looking = seconds(lambda: [survey(file, Fields(), size) for file in files])  # noqa: B023
        texts: list[str] = []
        begun = perf_counter()
        for file in files:
            for item in read_records(file.path, file.form, Fields()):
                if isinstance(item, Record) and isinstance(item.text, str):
                    texts.append(item.text)
        reading = perf_counter() - begun
        labelling = seconds(partial(forewarn.label, texts))
        shares = (looking / whole, reading / whole, labelling / whole)
        name = format_of(path) or ("pages" if path.name == "pages" else "plain texts")
        compressed = ", gzip" if path.suffix == ".gz" else ""
        rows.append(
            (
                f"{name}{compressed}",
                f"{len(texts) / whole:,.0f}",
                *(f"{share:.0%}" for share in (*shares, max(0.0, 1 - sum(shares)))),
            )
        )
    columns = ("input", "articles/s", "hash and cut", "read", "label", "write and the rest")
    return make_table("One process, by format", columns, rows)


# -- endurance ------------------------------------------------------------------------------------


def start(inputs: Path, out: Path) -> subprocess.Popen[bytes]:
    """Start a job on two processes, as the leader of a group."""
    command = [sys.executable, "-m", "forewarn", "bulk", str(inputs), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--jobs", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def ledgers(out: Path) -> dict[str, tuple[int, int]]:
    """Return the finished shards of a job, with what tells whether they were done anew."""
    found = {}
    for path in out.glob(".job-*/*.jsonl"):
        status = path.stat()
        found[path.name] = status.st_ino, status.st_mtime_ns
    return found


def result(out: Path) -> dict[str, bytes]:
    """Return a finished job's files."""
    files = [out / "errors.jsonl", out / "manifest.json", *(out / "labels").iterdir()]
    return {path.name: path.read_bytes() for path in files}


def half_way(folder: Path, inputs: Path) -> Table:
    """Kill a job half-way, and see what is done again."""
    out = folder / "half"
    n_shards = len(list(inputs.iterdir()))
    process = start(inputs, out)
    while len(ledgers(out)) < n_shards // 2:
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done, begun = ledgers(out), len(list(out.glob(".job-*/*.draft")))
    states: list[Progress] = []
    label_files(inputs, out, jobs=2, progress=states.append)
    redone = sum(ledgers(out)[name] != mark for name, mark in done.items())
    rows = [
        ("shards", n_shards),
        ("finished when it was killed", len(done)),
        ("of these, done again", redone),
        ("begun and not finished, so done again", begun),
        ("labelled after it went on", n_shards - len(done)),
    ]
    return make_table("A job of two processes, killed half-way", ("", ""), rows)


def killed(folder: Path, inputs: Path, kills: int) -> Table:
    """Kill a job at random moments, again and again, and compare what comes of it."""
    out, undisturbed = folder / "killed", folder / "undisturbed"
    label_files(inputs, undisturbed, jobs=1)
    random = Random(0)
    n_shards = len(list(inputs.iterdir()))
    counts = {"the job with its workers": 0, "the job alone": 0, "a worker": 0}
    redone = 0
    for number in range(kills):
        done = ledgers(out)
        # Most come while shards are labelled; the others while files are read, or Python starts.
        labelling = random.random() < 0.9
        goal = min(len(done) + random.randint(1, 3), n_shards * (number + 1) // (kills + 1))
        process = start(inputs, out)
        while labelling and len(ledgers(out)) < goal and process.poll() is None:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.1 if labelling else 2))
        victims = processes(process.pid)
        target = random.choice(list(counts))
        if target == "a worker" and victims:
            os.kill(random.choice(victims), signal.SIGKILL)
            time.sleep(random.uniform(0, 0.3))
            process.kill()
        elif target == "the job alone":
            process.kill()
        else:
            target = "the job with its workers"
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        counts[target] += 1
        redone += sum(ledgers(out)[name] != mark for name, mark in done.items())
    left = n_shards - len(ledgers(out))
    last = start(inputs, out)
    rows = [
        ("shards", n_shards),
        *((f"kill -9 of {name}", count) for name, count in counts.items()),
        ("shards left for the last run", left),
        ("exit code of the last run", last.wait()),
        ("finished shards done again", redone),
        ("files", len(result(out))),
        ("files that differ", differing(result(out), result(undisturbed))),
    ]
    return make_table(f"A job killed {kills} times", ("", ""), rows)


def differing(first: dict[str, bytes], second: dict[str, bytes]) -> int:
    """Return how many files differ, or are in one job only."""
    return sum(first.get(name) != second.get(name) for name in first.keys() | second.keys())


# -- all of it ------------------------------------------------------------------------------------


def main(megabytes: int, rounds: int, kills: int) -> None:
    """Measure everything and print it."""

    def show(table: Table) -> None:
        print(to_markdown(table), flush=True)

    show(machine())
    with TemporaryDirectory(prefix="forewarn-bulk-") as name:
        folder = Path(name)
        sizes = [
            write_lines(folder / f"{size}.jsonl", size * MEGABYTE)
            for size in (megabytes // 100, megabytes // 10, megabytes)
        ]
        show(against_label(folder, sizes[1], rounds))
        show(two_processes(folder, sizes[2], rounds))
        show(cluster(folder, sizes[2], rounds))
        (folder / "formats").mkdir()
        formats = write_formats(folder / "formats", sizes[1])
        show(by_format(folder, formats, min(3, rounds)))
        named = [(f"JSON Lines, {path.stat().st_size // MEGABYTE:,} MB", path) for path in sizes]
        named += [
            (f"{path.name}, {sizes[1].stat().st_size // MEGABYTE:,} MB of text", path)
            for path in formats[1:]
        ]
        show(memory(folder, named))
        inputs = folder / "many"
        inputs.mkdir()
        for number in range(200):
            write_lines(inputs / f"{number:03}.jsonl", MEGABYTE // 2, number)
        show(half_way(folder, inputs))
        show(killed(folder, inputs, kills))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1_000, help="of the largest input")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kills", type=int, default=50)
    arguments = parser.parse_args()
    main(arguments.megabytes, arguments.rounds, arguments.kills)
