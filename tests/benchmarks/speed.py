"""Speed, latency, start-up and memory of forewarn beside its peers, measured in one run.

    pip install '.[bench,corpus]'
    python tests/benchmarks/speed.py [--out model/forewarn/released] [--rounds 7]

Contestants take turns on the same articles and the same core (the script pins itself, as
``taskset -c 0`` would), so that whatever else the machine does falls on all of them alike. Ratios
are taken within a round. Prints tables, and keeps them in the folder given as ``benchmarks.md``
with the plot ``benchmarks-linear.png``. Linux only, for pinning and /proc; the articles are the
test split of the gold texts, from ``FOREWARN_DATA`` or downloaded.
"""

import os

# One thread each, also in the processes started from here; numpy reads this when it is imported.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from forewarn import Severity, label, load, score
from forewarn.corpus import GoldText, load_gold
from forewarn.errors import MissingExtraError
from forewarn.predict import RELEASED_MODEL
from forewarn.tables import Table, to_markdown

Floats = NDArray[np.float64]
Run = Callable[[], object]

ROOT = Path(__file__).parents[2]
CORES = os.sched_getaffinity(0)
ONE_CORE = {min(CORES)}

TARGETS = (Severity.VIOLENT, Severity.GRAPHIC)
SCORE = "forewarn `score`"

LATENCY_SHARE, LATENCY_BLOCK = 4, 50  # every fourth article, in turns of fifty
STARTS = 21
STREAM = 100_000
WORKERS = 4
LENGTHS = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000]
COUNTS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000]


# -- contestants ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to deal with articles.

    Attributes
    ----------
    name : str
    many : callable
        Takes a list of articles; what is timed. Of several targets it scores ``graphic`` alone.
    one : callable
        Takes a single article.
    scores : callable, optional
        Takes a list of articles and returns the scores for violent, and for graphic.
    """

    name: str
    many: Callable[[list[str]], object]
    one: Callable[[str], object]
    scores: Callable[[list[str]], tuple[Floats, Floats]] | None = None


def contestants(train: Sequence[GoldText]) -> list[Contestant]:
    """Train the peers that have to be trained, and return all."""
    classifier = load()

    def by_probabilities(texts: list[str]) -> tuple[Floats, Floats]:
        probabilities = classifier.predict_proba(texts)
        return probabilities[:, 2:].sum(axis=1), probabilities[:, 3]

    def split(texts: Iterable[str]) -> None:
        for text in texts:
            text.lower().split()

    bigrams: dict[str, Any] = {"ngram_range": (1, 2)}
    return [
        Contestant(SCORE, score, score, by_probabilities),
        Contestant("forewarn `predict_proba`", classifier.predict_proba, classifier.predict_proba),
        Contestant("forewarn `label`", label, label),
        alt_profanity_check(),
        fasttext(train),
        logistic(
            "TfidfVectorizer + LogisticRegression",
            TfidfVectorizer(sublinear_tf=True, **bigrams),
            train,
        ),
        logistic(
            "HashingVectorizer + LogisticRegression",
            HashingVectorizer(**bigrams),
            train,
        ),
        Contestant("`text.lower().split()`, no model", split, lambda text: split([text])),
    ]


def alt_profanity_check() -> Contestant:
    """Return the peer that comes trained; its one probability stands for both targets."""
    predict_prob = peer("profanity_check").predict_prob
    return Contestant(
        "alt-profanity-check",
        predict_prob,
        lambda text: predict_prob([text]),
        lambda texts: (predict_prob(texts),) * 2,
    )


def fasttext(train: Sequence[GoldText]) -> Contestant:
    """Train fastText on four severities: bigrams, else its own default settings.

    Lists are predicted in a single call of its compiled part, which is the fastest way through
    its Python module (and the one that numpy 2 has not broken).
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, "train.txt")
        path.write_text(
            "".join(f"__label__{record.severity} {one_line(record.text)}\n" for record in train),
            encoding="utf-8",
        )
        # One thread makes the training repeatable.
        model = peer("fasttext").train_supervised(str(path), wordNgrams=2, thread=1, verbose=0)

    def many(texts: Iterable[str]) -> Any:
        return model.predict([one_line(text) for text in texts], k=len(Severity))

    def scores(texts: list[str]) -> tuple[Floats, Floats]:
        found = [dict(zip(*answer, strict=True)) for answer in zip(*many(texts), strict=True)]
        graphic = np.array([row[f"__label__{Severity.GRAPHIC}"] for row in found])
        return graphic + [row[f"__label__{Severity.VIOLENT}"] for row in found], graphic

    return Contestant("fastText, bigrams", many, lambda text: many([text]), scores)


def one_line(text: str) -> str:
    """Return a text as fastText takes it: a line feed would end it."""
    return text.replace("\n", " ")


def logistic(name: str, vectorizer: Any, train: Sequence[GoldText]) -> Contestant:
    """Train scikit-learn's usual pair: a vectorizer, and a logistic regression for each target."""
    X = vectorizer.fit_transform([record.text for record in train])
    severity = np.array([record.severity for record in train])
    models = [LogisticRegression(max_iter=1000).fit(X, severity >= target) for target in TARGETS]

    def many(texts: Iterable[str]) -> Any:
        return models[1].predict_proba(vectorizer.transform(texts))

    def scores(texts: list[str]) -> tuple[Floats, Floats]:
        X = vectorizer.transform(texts)
        violent, graphic = (model.predict_proba(X)[:, 1] for model in models)
        return violent, graphic

    return Contestant(name, many, lambda text: many([text]), scores)


def peer(module: str) -> Any:
    """Import a package that only this benchmark needs."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError("the benchmark", "bench") from error


# -- measuring ------------------------------------------------------------------------------------


def take_turns(runs: Mapping[str, Run], rounds: int) -> dict[str, Floats]:
    """Return the seconds that each run took in each round, after one round to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 1):
        for name, run in runs.items():
            seconds[name].append(timed(run))
    return {name: np.array(values[1:]) for name, values in seconds.items()}


def timed(run: Run) -> float:
    """Return the seconds that a run took."""
    start = perf_counter()
    run()
    return perf_counter() - start


def spread(values: Floats, form: str) -> str:
    """Return a median with the quartiles in brackets."""
    low, middle, high = (format(value, form) for value in np.quantile(values, (0.25, 0.5, 0.75)))
    return f"{middle} ({low}–{high})"


def ratio(values: Floats, base: Floats) -> str:
    """Return the median of ratios taken round by round, with the quartiles in brackets."""
    return spread(values / base, ".2f")


def megabytes(size: float) -> str:
    """Return a number of bytes in megabytes."""
    return f"{size / 1e6:,.1f} MB"


# -- tables ---------------------------------------------------------------------------------------


def machine() -> Table:
    """Describe what everything was measured on and with."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("model name")[1]
    info = load().info
    packages = (
        *("numpy", "scikit-learn", "scipy", "joblib"),
        *("alt-profanity-check", "fasttext"),
    )
    return Table(
        "Measured on",
        ("", ""),
        (
            ("Processor", f"{cpu.split(':')[1].splitlines()[0].strip()}, {os.cpu_count()} cores"),
            (
                "System",
                f"{platform.system()} {platform.machine()}, {' '.join(platform.libc_ver())}",
            ),
            ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
            ("Packages", ", ".join(f"{name} {version(name)}" for name in packages)),
            ("Model", f"forewarn {info.version}, digest {info.digest[:12]}"),
        ),
    )


def many_articles(entered: Sequence[Contestant], test: Sequence[GoldText], rounds: int) -> Table:
    """Time all articles in one call, and measure how well the peers tell them apart."""
    texts = [record.text for record in test]
    severity = np.array([record.severity for record in test])
    seconds = take_turns({item.name: partial(item.many, texts) for item in entered}, rounds)
    rows = []
    for item in entered:
        precision = ("–", "–")
        if item.scores is not None:
            violent, graphic = (
                f"{average_precision_score(severity >= target, found):.3f}"
                for target, found in zip(TARGETS, item.scores(texts), strict=True)
            )
            precision = violent, graphic
        took = seconds[item.name]
        rows.append(
            (item.name, spread(len(texts) / took, ",.0f"), ratio(took, seconds[SCORE]), *precision)
        )
    columns = ("", "articles/s", "time, `score` = 1", "AUPRC violent", "AUPRC graphic")
    return Table(f"{len(texts):,} articles in one call, one core", columns, tuple(rows))


def one_article(entered: Sequence[Contestant], texts: list[str]) -> Table:
    """Time single articles, contestants taking turns block by block."""
    seconds: dict[str, list[float]] = {item.name: [] for item in entered}
    for first in range(0, len(texts), LATENCY_BLOCK):
        for item in entered:
            item.one(texts[first])
            for text in texts[first : first + LATENCY_BLOCK]:
                seconds[item.name].append(timed(partial(item.one, text)))
    found = {name: np.array(values) for name, values in seconds.items()}
    rows = [
        (name, spread(took * 1e6, ",.0f"), f"{np.median(took) / np.median(found[SCORE]):.2f}")
        for name, took in found.items()
    ]
    columns = ("", "microseconds", "median, `score` = 1")
    return Table(f"{len(texts)} articles one at a time, one core", columns, tuple(rows))


def two_cores(texts: list[str], rounds: int) -> Table:
    """Time two threads, and two processes, against one.

    Beside it a plain loop in two processes against one, which shows what the machine could give:
    where other work is going on, a second core is less than a whole one.
    """
    # Rounds of about a second: schedulers take a while to spread work over the cores.
    chunks = [texts[part::8] for part in range(8)] * 16

    def in_parts(pool: Parallel) -> None:
        pool(delayed(score)(chunk) for chunk in chunks)

    with ExitStack() as stack:
        threads, processes = (
            stack.enter_context(Parallel(n_jobs=2, backend=backend, batch_size=1))
            for backend in ("threading", "loky")
        )
        seconds = take_turns(
            {
                "one": lambda: [score(chunk) for chunk in chunks],
                "two threads": lambda: in_parts(threads),
                "two processes": lambda: in_parts(processes),
                "loop": lambda: [loop(), loop()],
                "loops": lambda: processes(delayed(loop)() for _ in range(2)),
            },
            rounds,
        )
    n_texts = sum(map(len, chunks))
    rows = [
        (f"`score`, {name}", spread(n_texts / seconds[name], ",.0f"), ratio(seconds["one"], took))
        for name, took in list(seconds.items())[:3]
    ]
    rows.append(
        ("a loop in plain Python, two processes", "–", ratio(seconds["loop"], seconds["loops"]))
    )
    title = f"{n_texts:,} articles in {len(chunks)} parts, two cores"
    return Table(title, ("", "articles/s", "times one"), tuple(rows))


def loop() -> int:
    """Keep a core busy for about half a second."""
    return sum(number for number in range(15_000_000))


def start_up() -> Table:
    """Time a fresh interpreter up to its first score."""
    codes = "import numpy, joblib", "from forewarn import score; score('x')"
    runs = {
        code: partial(subprocess.run, [sys.executable, "-c", code], check=True) for code in codes
    }
    seconds = take_turns(runs, STARTS)
    base = seconds[codes[0]]
    rows = [
        (f"`{code}`", spread(took * 1000, ",.0f"), ratio(took, base))
        for code, took in seconds.items()
    ]
    return Table("A fresh interpreter", ("", "milliseconds", "first row = 1"), tuple(rows))


def sizes(texts: list[str]) -> Table:
    """Measure files, and the memory of a long run."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "articles.jsonl")
        path.write_text("".join(json.dumps(text) + "\n" for text in texts), encoding="utf-8")
        command = [
            sys.executable,
            str(Path(__file__).with_name("memory.py")),
            str(path),
            str(STREAM),
        ]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    stream = json.loads(answer)
    samples = ", ".join(f"{size / 1e6:.0f}" for size in stream["sizes"])
    step = STREAM // len(stream["sizes"])
    rows = (
        ("Model file", megabytes(RELEASED_MODEL.stat().st_size)),
        ("Wheel", wheel_size()),
        (f"Peak memory, {STREAM:,} articles from a generator", megabytes(stream["peak"])),
        (f"… after each {step:,} of them", f"{samples} MB"),
    )
    return Table("Sizes", ("", ""), rows)


def wheel_size() -> str:
    """Build the wheel and return its size, or say why there is none."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(ROOT)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return "not measured: it could not be built here"
        return megabytes(next(Path(folder).glob("*.whl")).stat().st_size)


def workers() -> Table:
    """Measure what processes that have loaded the model share of it.

    The proportional set size counts a page that n processes share as one nth of it in each.
    """
    rows = []
    for n in (1, WORKERS):
        with ExitStack() as stack:
            # A copy of their own: whoever else has mapped the released file would count as well.
            model = Path(stack.enter_context(TemporaryDirectory()), RELEASED_MODEL.name)
            model.write_bytes(RELEASED_MODEL.read_bytes())
            code = f"from forewarn import load; load({str(model)!r}).score('x'); print(flush=True)"
            found = []
            for _ in range(n):
                process = subprocess.Popen(
                    [sys.executable, "-c", f"{code}; input()"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
                stack.enter_context(process)
                stack.callback(process.communicate, b"\n")
                found.append(process)
            for process in found:
                assert process.stdout is not None
                process.stdout.readline()
            whole = sum(proportional(process.pid) for process in found)
            mapped = sum(proportional(process.pid, str(model)) for process in found)
        rows.append((str(n), megabytes(whole), megabytes(whole / n), megabytes(mapped)))
    columns = ("Processes", "all together", "each", "model, all together")
    return Table("Proportional set size", columns, tuple(rows))


def proportional(process: int, file: str | None = None) -> int:
    """Return the proportional set size of a process, or of its mappings of a file, in bytes."""
    name = "smaps_rollup" if file is None else "smaps"
    inside, total = file is None, 0
    for line in Path(f"/proc/{process}/{name}").read_text(encoding="utf-8").splitlines():
        key, *values = line.split()
        if not key.endswith(":"):  # the head of a mapping, which ends with its file
            inside = file is None or line.endswith(file)
        elif key == "Pss:" and inside:
            total += int(values[0]) * 1024
    return total


# -- linear cost ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Growth:
    """Seconds by size: characters of one article, or a number of articles."""

    sizes: list[int]
    seconds: list[float]


def growth(sizes: list[int], prepare: Callable[[int], Run]) -> Growth:
    """Time work of growing size, small sizes more often, and keep the median of each."""
    seconds = []
    for size in sizes:
        run = prepare(size)
        first = timed(run)
        repeats = 1 if first > 2 else 3 if first > 0.1 else 15
        seconds.append(float(np.median([timed(run) for _ in range(repeats)])))
    return Growth(sizes, seconds)


def growing(title: str, unit: str, found: Growth, per: str, scale: float) -> Table:
    """Return seconds by size as a table."""
    rows = [
        (f"{size:,}", f"{seconds * 1000:,.2f}", f"{size / seconds / scale:,.1f}")
        for size, seconds in zip(found.sizes, found.seconds, strict=True)
    ]
    return Table(title, (unit, "milliseconds", per), tuple(rows))


def plot(path: Path, by_length: Growth, by_count: Growth) -> None:
    """Draw time by size on logarithmic axes, beside a line of slope one."""
    figure = peer("matplotlib.figure").Figure(figsize=(9, 3.8), layout="constrained")
    panels = zip(
        figure.subplots(1, 2),
        (by_length, by_count),
        ("characters in one article", "articles of the test split"),
        strict=True,
    )
    for axes, found, unit in panels:
        proportional_to = [size * found.seconds[-1] / found.sizes[-1] for size in found.sizes]
        axes.loglog(found.sizes, proportional_to, "--", color="0.6", label="in proportion to size")
        axes.loglog(found.sizes, found.seconds, "o-", color="#a3195b", label="forewarn score")
        axes.set_xlabel(unit)
        axes.set_ylabel("seconds")
        axes.grid(color="0.92")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    figure.savefig(path, dpi=150)


# -- all of it ------------------------------------------------------------------------------------

HEAD = """# Speed and memory

Written by `python tests/benchmarks/speed.py`, in one run on one machine; run it to see yours. \
Medians stand before their quartiles. Contestants take turns round by round on the same articles \
(the test split of the gold texts), and ratios are taken within a round.
"""

NOTES = {
    many_articles: """\
Single-threaded, pinned to one core. A peer is timed on one target, graphic, as `score` is; \
`predict_proba` and `label` answer for all severities, `label` for types and evidence too. \
AUPRC is the average precision on the articles timed. fastText and the two pairs of scikit-learn \
learnt from the documents of the same train split at their default settings (bigrams aside); \
alt-profanity-check comes trained, for another purpose.
""",
    workers: """\
The model file is mapped, so that processes share one copy of its pages.
""",
    growth: """\
The long article is made of test articles laid end to end. Between one and three million \
characters it has met every kind of damage that `forewarn.text` repairs, and from there on the \
whole of it is searched for each: that is most of the step in the curve.
""",
}


def main(out: Path, rounds: int) -> None:
    """Measure everything, print it and keep it."""
    page = [HEAD]

    def show(table: Table, note: str = "") -> None:
        page.append("\n".join(filter(None, (to_markdown(table), note))))
        print(page[-1], flush=True)

    test = list(load_gold("test"))
    tested = {record.article for record in test}
    train = [record for record in load_gold("train") if record.article not in tested]
    texts = [record.text for record in test]

    os.sched_setaffinity(0, ONE_CORE)
    entered = contestants(train)
    show(machine())
    show(many_articles(entered, test, rounds), NOTES[many_articles])
    show(one_article(entered, texts[::LATENCY_SHARE]))
    show(start_up())
    show(sizes(texts))
    show(workers(), NOTES[workers])

    joined = "\n\n".join(islice(cycle(texts), 4 * len(texts)))
    by_length = growth(LENGTHS, lambda size: partial(score, joined[:size]))
    by_count = growth(COUNTS, lambda size: lambda: score(islice(cycle(texts), size)))
    show(
        growing("One article of growing length", "characters", by_length, "MB/s", 1e6),
        NOTES[growth],
    )
    show(growing("A growing number of articles", "articles", by_count, "articles/s", 1))

    os.sched_setaffinity(0, CORES)
    if len(CORES) > 1:
        show(two_cores(texts, rounds))

    plot(out / "benchmarks-linear.png", by_length, by_count)
    page.append("![Seconds by size, on logarithmic axes](benchmarks-linear.png)\n")
    (out / "benchmarks.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "model" / "forewarn" / "released")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    main(arguments.out, arguments.rounds)
