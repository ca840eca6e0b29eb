"""Files of any kind give their articles in order; what cannot be read is named in its place."""

import gzip
import io
import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from forewarn.errors import InputError
from forewarn.inputs import Format, InputText, read_articles

DATA = Path(__file__).parents[1] / "data"


def read(*paths: Path, field: str = "text", form: Format | None = None) -> list[str]:
    """Return texts, and for errors what they say."""
    return [
        str(item) if isinstance(item, InputError) else item.text
        for item in read_articles(paths, field=field, form=form)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that file names are relative to."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def feed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_a_plain_file_is_one_article() -> None:
    path = DATA / "article.txt"
    assert list(read_articles([path])) == [InputText(str(path), path.read_text("utf-8"))]


def test_line_ends_stay_as_they_are_so_that_offsets_count_in_the_file(folder: Path) -> None:
    Path("a.txt").write_bytes("Rain.\r\n\r\nCafé.\r\n".encode())
    assert read(Path("a.txt")) == ["Rain.\r\n\r\nCafé.\r\n"]


@pytest.mark.parametrize("name", ["report", "report.md", "report.TXT"])
def test_files_of_other_names_are_plain_text(folder: Path, name: str) -> None:
    Path(name).write_text("Rain.")
    assert read(Path(name)) == ["Rain."]


def test_a_page_gives_the_text_that_was_extracted_from_it() -> None:
    (item,) = read_articles([DATA / "page.html"])
    assert isinstance(item, InputText)
    assert item.text.startswith("Two stabbed on night tram\n\nTwo men were stabbed")
    assert "cookies" not in item.text
    assert item.origin() == {"source": str(DATA / "page.html"), "text": item.text}


def test_json_lines_give_an_article_a_line_and_name_the_bad_ones() -> None:
    path = DATA / "articles.jsonl"
    bakery, broken, missing, number, array, raid = read_articles([path])
    assert isinstance(bakery, InputText)
    assert isinstance(raid, InputText)
    assert bakery.origin() == {"source": str(path), "line": 1, "id": "bakery"}
    assert raid.text.startswith("Raiders killed nine herders")
    assert raid.place == f"{path}, line 7"
    for line, fault in ((2, broken), (4, missing), (5, number), (6, array)):
        assert isinstance(fault, InputError)
        assert str(fault).startswith(f"{path}, line {line}: ")
    assert str(missing).endswith(
        "no field 'text' (fields here: 'id', 'body'); name the field that holds the text with"
        " --field"
    )


def test_another_field_may_hold_the_text(folder: Path) -> None:
    Path("a.jsonl").write_text('{"body": "Rain."}\n{"text": "Sun."}\n')
    first, second = read(Path("a.jsonl"), field="body")
    assert first == "Rain."
    assert "no field 'body'" in second


@pytest.mark.parametrize("name", [0, "", "a7", 7, [1], {"a": 1}])
def test_an_id_is_carried_through_whatever_it_is(folder: Path, name: object) -> None:
    Path("a.jsonl").write_text(json.dumps({"id": name, "text": "Rain."}))
    (item,) = read_articles([Path("a.jsonl")])
    assert isinstance(item, InputText)
    assert item.origin()["id"] == name


def test_blank_text_in_a_line_is_an_article_and_an_empty_file_is_not(folder: Path) -> None:
    Path("a.jsonl").write_text('{"text": ""}\n')
    for name in ("b.jsonl", "b.txt", "b.html"):
        Path(name).write_text(" \n")
    assert read(*map(Path, ["a.jsonl", "b.jsonl", "b.txt", "b.html"])) == [
        "",
        "b.jsonl: empty; give a file with one JSON object a line",
        "b.txt: empty; give a file with an article in it",
        "b.html: empty; give a file with an article in it",
    ]


def test_what_cannot_be_read_is_named_and_the_rest_is_read_in_order(folder: Path) -> None:
    Path("folder").mkdir()
    Path("latin.txt").write_bytes(b"Caf\xe9")
    Path("utf16.txt").write_bytes("Rain.".encode("utf-16-le"))
    Path("no.html").write_text("<script>1</script>")
    Path("first.txt").write_text("Rain.")
    Path("last.txt").write_text("Sun.")
    long = Path("a" * 300)
    names = "first.txt", "folder", "latin.txt", "gone.txt", "utf16.txt", "no.html"
    found = read(*map(Path, names), long, Path("last.txt"))
    assert found[0] == "Rain."
    assert found[1] == "folder: a folder; name the files in it"
    assert found[2].startswith("latin.txt: not UTF-8 at byte 3 (0xE9): convert it to UTF-8")
    assert found[3] == "gone.txt: no such file; check its name"
    assert found[4].startswith("utf16.txt: not plain text, as it holds NUL characters; convert")
    assert found[5].startswith("no.html: no article text found")
    assert found[6].startswith(f"{long}: cannot be read (")
    assert found[7] == "Sun."


def test_a_page_without_the_extra_is_one_clear_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    Path("a.html").write_text("<p>Rain.")
    Path("a.txt").write_text("Sun.")
    fault, text = read(Path("a.html"), Path("a.txt"))
    assert fault == (
        "a.html: reading HTML pages needs the extra 'html': pip install 'forewarn[html]'"
    )
    assert text == "Sun."


@pytest.mark.parametrize(
    ("form", "content", "text"),
    [
        (None, "Rain.", "Rain."),
        (Format.JSONL, '{"text": "Rain."}\n', "Rain."),
        (Format.HTML, "<h1>Weather</h1><p>Rain fell on the hills.", "Weather\n\nRain fell"),
    ],
)
def test_standard_input_is_plain_text_unless_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, form: Format | None, content: str, text: str
) -> None:
    feed(monkeypatch, content.encode())
    (item,) = read_articles([Path("-")], form=form)
    assert isinstance(item, InputText)
    assert item.text.startswith(text)
    assert item.source == "standard input"


def test_nothing_on_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, b"")
    assert read(Path("-")) == ["standard input: empty; give a file with an article in it"]


def test_a_long_file_is_read_as_it_is_asked_for(folder: Path) -> None:
    Path("a.jsonl").write_bytes(b'{"text": "Rain."}\n' * 100_000 + b"\xff")
    items = read_articles([Path("a.jsonl"), Path("gone.txt")])
    assert next(items) == InputText("a.jsonl", "Rain.", 1)


TABLE = b"id,text\na7,Rain.\na8\n"


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.tsv"])
def test_a_table_gives_an_article_a_row(folder: Path, name: str) -> None:
    data = TABLE.replace(b",", b"\t") if name == "a.tsv" else TABLE
    Path(name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    rain, fault = read_articles([Path(name)])
    assert isinstance(rain, InputText)
    assert rain.origin() == {"source": name, "row": 1, "id": "a7"}
    assert str(fault).startswith(f"{name}, row 2: a row of 1 where the header has 2 columns")


def test_compressed_lines_and_parquet_are_read_as_they_are(folder: Path) -> None:
    Path("a.jsonl.gz").write_bytes(gzip.compress(b'{"text": "Rain."}\n'))
    parquet.write_table(pa.table({"text": ["Sun."]}), "b.parquet")
    assert read(Path("a.jsonl.gz"), Path("b.parquet")) == ["Rain.", "Sun."]


def test_a_web_archive_gives_the_articles_of_its_pages() -> None:
    fire, fault, bridge = read_articles([DATA / "crawl.warc"])
    assert isinstance(fire, InputText)
    assert fire.text.startswith("Fire destroys grain store at Halm\n\nA fire destroyed")
    assert fire.origin() == {
        "source": str(DATA / "crawl.warc"),
        "byte": 225,
        "id": "https://courier.example/halm-fire",
        "text": fire.text,
    }
    assert isinstance(fault, InputError)
    assert isinstance(bridge, InputText)
    assert bridge.id == "https://courier.example/bridge"


@pytest.mark.parametrize("form", [Format.PARQUET, Format.WARC])
def test_what_is_not_read_from_start_to_end_needs_a_file(form: Format) -> None:
    (fault,) = read_articles([Path("-")], form=form)
    assert str(fault) == f"standard input: {form} is not read from start to end; name a file"


def test_tables_without_the_extra_are_one_clear_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.csv").write_bytes(TABLE)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert read(Path("a.csv")) == [
        "a.csv: reading CSV files needs the extra 'files': pip install 'forewarn[files]'"
    ]
