"""A job labels every record once, the same whoever does it, and goes on where it was."""

import csv
import gzip
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

import forewarn
from forewarn.bulk import Progress, Report, label_files
from forewarn.errors import ForewarnError, InputError, MissingExtraError, ModelFileError
from forewarn.predict import RELEASED_MODEL

Records = list[dict[str, Any]]
Read = Callable[[Path], Records]
Write = Callable[[Path, Records], None]
Result = Callable[[Path], dict[str, bytes]]

IN, OUT = Path("in"), Path("out")


@pytest.fixture
def inputs(folder: Path, news: Records, write: Write) -> Path:
    """Return a folder of ten files of thirty records each."""
    for number in range(10):
        write(IN / f"{number}.jsonl", news[number * 30 : number * 30 + 30])
    return IN


def run(**arguments: Any) -> Report:
    usual: dict[str, Any] = {"inputs": IN, "out": OUT, "jobs": 1}
    return label_files(**usual | arguments)


def write_table(path: Path, records: Records) -> None:
    if path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(records), path, row_group_size=70)
        return
    delimiter = "\t" if path.suffix == ".tsv" else ","
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(records[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(records)


def check_row(row: dict[str, Any], label: forewarn.Label) -> None:
    said = label.to_dict()
    assert row["score"] == pytest.approx(said["score"])
    assert row["probabilities"] == pytest.approx(said["probabilities"])
    assert row["types"] == pytest.approx(said["types"])
    assert list(row["types"]) == list(said["types"])
    for name in ("severity", "warnings"):
        assert row[name] == said[name]
    for item, sentence in zip(row["evidence"], said["evidence"], strict=True):
        assert item == {name: pytest.approx(sentence[name]) for name in ("start", "end", "score")}
    assert (row["model"], row["error"]) == (said["model"]["digest"], None)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.tsv", "a.parquet"])
def test_labels_are_those_of_the_library_whatever_the_format(
    folder: Path, news: Records, write: Write, labels: Read, name: str
) -> None:
    if name.startswith("a.jsonl"):
        write(Path("a.jsonl"), news)
        if name.endswith(".gz"):
            Path(name).write_bytes(gzip.compress(Path("a.jsonl").read_bytes()))
    else:
        write_table(Path(name), news)
    report = label_files(name, OUT, keep=["year"], jobs=1)
    assert (report.records, report.refused, report.errors) == (300, 0, 0)
    rows = labels(OUT)
    assert [row["id"] for row in rows] == [record["id"] for record in news]
    year = int if name == "a.parquet" else str  # other formats have no types of their own
    assert [row["year"] for row in rows] == [year(record["year"]) for record in news]
    for row, label in zip(rows, forewarn.label([item["text"] for item in news]), strict=True):
        check_row(row, label)


def test_documents_and_pages_are_named_by_their_files(
    folder: Path, news: Records, labels: Read
) -> None:
    IN.mkdir()
    for record in news[:3]:
        (IN / f"{record['id']}.txt").write_text(record["text"])
    shutil.copy(Path(__file__).parents[1] / "data" / "page.html", IN)
    label_files(IN, OUT, keep=["text"], jobs=1)
    rows = labels(OUT)
    assert [row["id"] for row in rows] == ["in/n0.txt", "in/n1.txt", "in/n2.txt", "in/page.html"]
    assert [row["text"] for row in rows[:3]] == [record["text"] for record in news[:3]]
    assert rows[3]["text"].startswith("Two stabbed on night tram\n\nTwo men")
    for row in rows:
        check_row(row, forewarn.label(row["text"]))


def test_a_web_archive_gives_a_row_for_every_response(
    folder: Path, labels: Read, errors: Read
) -> None:
    shutil.copy(Path(__file__).parents[1] / "data" / "crawl.warc", folder)
    report = label_files("crawl.warc", OUT, keep=["WARC-Date"], jobs=1)
    assert [(row["id"], row["WARC-Date"], row["severity"]) for row in labels(OUT)] == [
        ("https://courier.example/halm-fire", "2024-05-02T06:00:00Z", "none"),
        ("https://courier.example/broken", "2024-05-03T06:00:00Z", None),
        ("https://courier.example/bridge", "2024-05-05T06:00:00Z", "violent"),
    ]
    (error,) = errors(OUT)
    assert (error["file"], error["record"]) == ("crawl.warc", 1278)
    assert report.errors == 1


def test_the_same_bytes_come_of_one_process_and_of_two(inputs: Path, result: Result) -> None:
    run(out="one")
    run(out="two", jobs=2)
    assert result(Path("one")) == result(Path("two"))


def test_the_report_and_the_manifest_count_what_was_done(
    inputs: Path, news: Records, write: Write
) -> None:
    blank: Records = [{"id": "x", "text": ""}]
    write(IN / "a.jsonl", blank)
    (IN / "b.csv").write_text("id,body\n1,Rain.\n")
    report = label_files([IN, "in/*.csv"], OUT, jobs=1)
    severities = [str(label.severity) for label in forewarn.label([r["text"] for r in news])]
    assert report == Report(
        folder=Path.cwd() / OUT,
        files=12,
        shards=11,
        records=301,
        refused=1,
        errors=2,
        severities={
            name: severities.count(name) for name in ("none", "reference", "violent", "graphic")
        },
    )
    manifest = json.loads((OUT / "manifest.json").read_text())
    assert manifest["counts"] | {"folder": report.folder} == {
        name: getattr(report, name) for name in Report.__dataclass_fields__
    }
    assert manifest["model"]["digest"] == forewarn.load().info.digest
    assert manifest["options"]["operating_point"] == "balanced"
    first, empty, table = (manifest["inputs"][place] for place in (0, 10, 11))
    assert (first["file"], first["parts"], first["error"]) == ("in/0.jsonl", [0, 0], None)
    assert first["bytes"] == (IN / "0.jsonl").stat().st_size
    assert len(first["sha256"]) == 64
    assert (empty["file"], empty["parts"]) == ("in/a.jsonl", [10, 10])
    assert (table["file"], table["parts"]) == ("in/b.csv", None)
    assert table["error"].startswith("no column 'text'")


def test_decisions_follow_the_options(folder: Path, news: Records, write: Write) -> None:
    write(Path("a.jsonl"), news)
    texts = [record["text"] for record in news]
    decisions: list[dict[str, Any]] = [{"operating_point": "cautious"}, {"threshold": 0.9}]
    for number, options in enumerate(decisions):
        report = run(inputs="a.jsonl", out=f"out{number}", **options)
        counts = forewarn.load(**options).predict(texts)
        assert list(report.severities.values()) == [(counts == level).sum() for level in range(4)]


def test_fields_have_other_names_and_records_need_no_id(
    folder: Path, write: Write, labels: Read
) -> None:
    records: Records = [
        {"body": "Rain.", "key": 7},
        {"body": "Sun."},
        {"body": "Snow.", "key": ["a"]},
    ]
    write(Path("a.jsonl"), records)
    label_files("a.jsonl", OUT, text_field="body", id_field="key", jobs=1)
    assert [row["id"] for row in labels(OUT)] == ["7", "a.jsonl:2", '["a"]']


def test_json_lines_out_say_the_same(inputs: Path, labels: Read) -> None:
    run(out="one")
    label_files(IN, "two", output="jsonl", jobs=1)
    lines = [
        json.loads(line)
        for path in sorted(Path("two/labels").iterdir())
        for line in path.read_text("ascii").splitlines()
    ]
    assert lines == labels(Path("one"))


# -- bad input ------------------------------------------------------------------------------------


def test_bad_records_get_their_row_and_their_line_and_cost_nobody_else(
    folder: Path, labels: Read, errors: Read
) -> None:
    lines = [
        b'{"id": "a", "text": "Rain fell."}',
        b'{"id": "b", "text": "caf\xe9"}',
        b'{"id": "c", "text": " \\n"}',
        b'{"id": "d", "text": 5}',
        b'{"id": "e", "text": "' + b"a" * 5_000_001 + b'"}',
        b'{"id": "f", "text": "' + "é".encode() * 2_500_001 + b'"}',
        b'{"id": "g"}',
        b'{"id": "h", "text": "half \\ud800 of a pair"}',
        b"rain",
        b'{"id": "j", "text": "' + b"a" * 5_000_000 + b'"}',
        b'{"id": "k", "text": "Sun."}',
    ]
    Path("a.jsonl").write_bytes(b"\n".join(lines))
    report = label_files("a.jsonl", OUT, jobs=1)
    assert (report.records, report.refused, report.errors) == (11, 7, 7)
    rows = labels(OUT)
    ids = ["a", "a.jsonl:2", "c", "d", "e", "f", "g", "h", "a.jsonl:9", "j", "k"]
    assert [row["id"] for row in rows] == ids
    assert [row["id"] for row in rows if row["error"] is None] == ["a", "h", "j", "k"]
    assert all((row["error"] is None) == (row["severity"] is not None) for row in rows)
    told = errors(OUT)
    assert [(line["file"], line["record"], line["field"]) for line in told] == [
        ("a.jsonl", 2, None),
        ("a.jsonl", 3, "text"),
        ("a.jsonl", 4, "text"),
        ("a.jsonl", 5, "text"),
        ("a.jsonl", 6, "text"),
        ("a.jsonl", 7, "text"),
        ("a.jsonl", 9, None),
    ]
    assert [line["reason"] for line in told] == [row["error"] for row in rows if row["error"]]
    assert told[3]["reason"] == "the text has 5,000,001 bytes, more than 5,000,000; split it"


def test_bad_files_get_their_line_and_the_job_goes_on(
    folder: Path, news: Records, labels: Read, errors: Read
) -> None:
    table = pa.Table.from_pylist(news)
    parquet.write_table(table, "a.parquet")
    Path("b.parquet").write_bytes(Path("a.parquet").read_bytes()[:-20])
    lines = b"".join(json.dumps(record).encode() + b"\n" for record in news)
    Path("c.jsonl.gz").write_bytes(gzip.compress(lines)[:-2_000])
    with pa.CompressedOutputStream("d.zst", "zstd") as file:
        file.write(lines)
    Path("d.jsonl.zst").write_bytes(Path("d.zst").read_bytes()[:-2_000])
    Path("e.csv").write_text('id,text\n1,Rain.\n2,"Sun.\n')
    Path("f.txt").write_bytes(b"a" * 5_000_001)
    Path("g.warc.gz").write_bytes(b"rain")
    Path("h.jsonl").touch()
    report = label_files(["*.parquet", "*.*z*", "e.csv", "f.txt", "h.jsonl"], OUT, jobs=2)
    files = ["b.parquet", "h.jsonl", "c.jsonl.gz", "d.jsonl.zst", "g.warc.gz", "e.csv", "f.txt"]
    assert [line["file"] for line in errors(OUT)] == files
    rows = labels(OUT)
    assert report.records == len(rows)
    assert [row["id"] for row in rows[:300]] == [record["id"] for record in news]
    assert sum(row["error"] is not None for row in rows) == 1
    packed = [row["id"] for row in rows[300:-2]]
    assert len(packed) > 100
    assert set(packed) <= {record["id"] for record in news}
    assert [row["id"] for row in rows[-2:]] == ["1", "f.txt"]


# -- going on -------------------------------------------------------------------------------------


def ledgers(out: Path) -> dict[str, tuple[int, int]]:
    """Return the finished shards of a job, with what tells whether they were done anew."""
    found = (path.stat() for path in sorted(out.glob(".job-*/*.jsonl")))
    names = (path.name for path in sorted(out.glob(".job-*/*.jsonl")))
    return {name: (item.st_ino, item.st_mtime_ns) for name, item in zip(names, found, strict=True)}


def test_what_is_finished_is_not_done_again(inputs: Path, result: Result) -> None:
    run()
    before, files = ledgers(OUT), result(OUT)
    assert len(before) == 10
    run(jobs=2)
    assert (ledgers(OUT), result(OUT)) == (before, files)


def test_what_is_gone_or_damaged_is_done_again(inputs: Path, result: Result) -> None:
    run()
    before, files = ledgers(OUT), result(OUT)
    (OUT / "labels" / "part-000002.parquet").unlink()
    (OUT / "labels" / "part-000004.parquet").write_bytes(b"rain")
    (ledger,) = OUT.glob(".job-*/000006.jsonl")
    ledger.write_bytes(ledger.read_bytes()[:-30])
    (ledger.parent / "000007.0a1b.draft").write_bytes(b"half")
    (OUT / "errors.jsonl").unlink()
    run()
    after = ledgers(OUT)
    assert {name for name in after if after[name] != before[name]} == {
        "000002.jsonl",
        "000004.jsonl",
        "000006.jsonl",
    }
    assert result(OUT) == files
    assert not list(ledger.parent.glob("*.draft"))


def save_another_model(path: Path) -> None:
    """Save the released model with fewer operating points."""
    classifier = forewarn.load()
    points = {"balanced": classifier.parameters.operating_points["balanced"]}
    parameters = replace(classifier.parameters, operating_points=points)
    type(classifier)(parameters, classifier.info).save(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"operating_point": "strict"}, "operating_point was 'balanced' and is 'strict'"),
        ({"threshold": 0.5}, "threshold was None and is 0.5"),
        ({"keep": ["year"]}, r"keep was \[\] and is \['year'\]"),
        ({"output": "jsonl"}, "output was 'parquet' and is 'jsonl'"),
        ({"text_field": "body"}, "text_field was 'text' and is 'body'"),
        ({"inputs": ["in", "more.jsonl"]}, "more.jsonl was not among the inputs"),
        ({"inputs": ["in/0.jsonl"]}, "in/1.jsonl is no longer among the inputs"),
        ({"model": "other.joblib"}, "the model was [0-9a-f]{12} and is [0-9a-f]{12}"),
    ],
)
def test_another_job_is_refused_in_the_folder_of_one(
    inputs: Path, write: Write, result: Result, change: dict[str, Any], message: str
) -> None:
    save_another_model(Path("other.joblib"))
    write(Path("more.jsonl"), [{"text": "Rain."}])
    run()
    files = result(OUT)
    with pytest.raises(InputError, match=f"out: holds labels of another job: {message}; name ano"):
        run(**change)
    assert result(OUT) == files


def test_a_folder_is_overwritten_where_that_is_asked_for(inputs: Path, result: Result) -> None:
    run(output="jsonl")
    run(threshold=0.5, overwrite=True)
    run(threshold=0.5, out="fresh")
    assert result(OUT) == result(Path("fresh"))
    assert len(ledgers(OUT)) == 10


def test_a_changed_file_is_refused_whatever_its_size_and_date(inputs: Path) -> None:
    run()
    path = IN / "3.jsonl"
    path.write_bytes(path.read_bytes().replace(b" the ", b" teh ", 1))
    with pytest.raises(InputError, match=r"another job: in/3.jsonl has changed; name another"):
        run()


def test_a_file_that_changes_meanwhile_stops_the_job(inputs: Path) -> None:
    def change(state: Progress) -> None:
        if state.step == "labelling":
            (IN / "9.jsonl").write_text('{"text": "Rain."}\n')

    with pytest.raises(InputError, match=r"in/9.jsonl: it changed while it was being read"):
        run(progress=change)
    assert len(ledgers(OUT)) < 10


def test_a_folder_of_something_else_is_left_alone(inputs: Path) -> None:
    (OUT / "labels").mkdir(parents=True)
    with pytest.raises(InputError, match="out: holds a folder 'labels' of unknown origin"):
        run()
    (OUT / "manifest.json").write_text("[]")
    with pytest.raises(InputError, match=r"manifest.json: is not what bulk writes"):
        run()
    (OUT / "mine.txt").write_text("keep me")
    run(overwrite=True)
    assert (OUT / "mine.txt").read_text() == "keep me"


# -- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"inputs": "gone.txt"}, InputError, "gone.txt: no such file"),
        ({"output": "csv"}, ForewarnError, "cannot be written as 'csv'; choose one of: parquet"),
        ({"keep": ["score"]}, ForewarnError, "a column 'score' cannot be kept"),
        ({"keep": ["year", "year"]}, ForewarnError, "'year' is to be kept twice"),
        ({"jobs": 0}, ForewarnError, "0 jobs do nothing"),
        ({"operating_point": "bold"}, ForewarnError, "no operating point 'bold'"),
        ({"threshold": 2.0}, ForewarnError, "is not a probability"),
        ({"model": "gone.joblib"}, ModelFileError, "gone.joblib"),
        ({"out": "in/0.jsonl"}, ForewarnError, "0.jsonl: cannot be written to"),
        ({"cluster": "tcp://127.0.0.1:1"}, ForewarnError, "no Dask scheduler answers"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_done(
    inputs: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    monkeypatch.setattr("forewarn.bulk.workers._CONNECT_SECONDS", 1)
    with pytest.raises(error, match=message):
        run(**arguments)
    assert not OUT.exists()


@pytest.mark.parametrize(
    ("module", "arguments", "extra"),
    [
        ("pyarrow", {}, "files"),
        ("fastwarc.warc", {"inputs": "a.warc", "output": "jsonl"}, "files"),
        ("trafilatura", {"inputs": "a.html", "output": "jsonl"}, "html"),
        ("distributed", {"cluster": "tcp://127.0.0.1:1"}, "cluster"),
    ],
)
def test_a_missing_extra_stops_the_job(
    inputs: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    arguments: dict[str, Any],
    extra: str,
) -> None:
    shutil.copy(Path(__file__).parents[1] / "data" / "crawl.warc", "a.warc")
    Path("a.html").write_text("<p>Rain.")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=f"forewarn\\[{extra}\\]"):
        run(**arguments)


def test_progress_is_told_from_nothing_to_all(inputs: Path) -> None:
    states: list[Progress] = []
    run(progress=states.append)
    reading = [state for state in states if state.step == "reading"]
    assert [state.files_done for state in reading] == list(range(1, 11))
    labelling = [state for state in states if state.step == "labelling"]
    assert [state.shards_done for state in labelling] == list(range(11))
    assert (labelling[-1].articles, labelling[-1].files_done, labelling[-1].share) == (300, 10, 1)
    assert labelling[0].seconds_left is None
    assert labelling[-1].seconds_left == 0
    assert labelling[-1].rate > 0
    again: list[Progress] = []
    run(progress=again.append)
    assert (again[-1].shards_done, again[-1].articles) == (10, 0)


def test_a_model_may_be_named(inputs: Path, result: Result) -> None:
    shutil.copy(RELEASED_MODEL, "mine.joblib")
    run(out="one")
    label_files(IN, "two", model="mine.joblib", jobs=2)
    assert result(Path("one")) == result(Path("two"))
