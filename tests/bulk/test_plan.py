"""A job's shards follow from its files alone, and take each part of them once."""

import hashlib
from pathlib import Path

from forewarn.bulk.find import Found, find_files
from forewarn.bulk.plan import Source, plan_shards, shard_size, survey
from forewarn.inputs import Fields, Format, Part

MEGABYTE = 1 << 20


def source(name: str, form: Format, size: int, parts: int = 1) -> Source:
    cuts = tuple(Part(number, number + 1) for number in range(parts))
    return Source(Found(name, Path("/", name), form), size, parts=cuts)


def test_each_part_is_a_shard_and_small_documents_share_one() -> None:
    sources = [
        source("a.txt", Format.TEXT, 40),
        source("b.html", Format.HTML, 40),
        source("c.txt", Format.TEXT, 40),
        source("d.jsonl", Format.JSONL, 400, parts=2),
        Source(Found("e.csv", Path("/e.csv"), Format.CSV), 5, fault="empty"),
        source("f.txt", Format.TEXT, 500),
        source("g.txt", Format.TEXT, 1),
    ]
    shards = plan_shards(sources, 100)
    assert [[piece.file.name for piece in shard.pieces] for shard in shards] == [
        ["a.txt", "b.html"],
        ["c.txt"],
        ["d.jsonl"],
        ["d.jsonl"],
        ["f.txt"],
        ["g.txt"],
    ]
    assert [shard.number for shard in shards] == list(range(6))
    assert [shard.weight for shard in shards] == [80, 40, 200, 200, 500, 1]


def test_a_shard_has_so_many_documents_at_most() -> None:
    sources = [source(f"{number}.txt", Format.TEXT, 1) for number in range(4_500)]
    assert [len(shard.pieces) for shard in plan_shards(sources, 1 << 30)] == [2_000, 2_000, 500]


def test_shards_are_a_64th_of_the_job_within_bounds(folder: Path) -> None:
    for name, size in (("a.txt", 10), ("b.txt", 128 * MEGABYTE), ("c.txt", 8 << 30)):
        with Path(name).open("wb") as file:
            file.truncate(size)  # sparse
    a, b, c = find_files(["a.txt", "b.txt", "c.txt"])
    assert [shard_size(files) for files in ([a], [b], [c])] == [
        MEGABYTE,
        2 * MEGABYTE,
        64 * MEGABYTE,
    ]


def test_a_survey_knows_a_file_again(folder: Path) -> None:
    Path("a.jsonl").write_text('{"text": "Rain."}\n' * 10)
    (file,) = find_files(["a.jsonl"])
    first = survey(file, Fields(), 100)
    assert first == survey(file, Fields(), 100)
    assert first.parts == (Part(0, 108, 1), Part(108, 180, 7))
    assert first.sha256 == hashlib.sha256(Path("a.jsonl").read_bytes()).hexdigest()
    Path("a.jsonl").write_text('{"text": "Rain?"}\n' * 10)
    assert survey(file, Fields(), 100).sha256 != first.sha256


def test_a_survey_says_what_cannot_be_read(folder: Path) -> None:
    Path("a.parquet").write_bytes(b"rain")
    Path("b.csv").write_text("id,body\n")
    Path("c.jsonl").touch()
    Path("d.txt").touch()
    files = find_files(["a.parquet", "b.csv", "c.jsonl", "d.txt"])
    Path("e.txt").touch()
    files += find_files(["e.txt"])
    Path("e.txt").unlink()
    faults = [survey(file, Fields(), 100).fault for file in files]
    assert faults[0].startswith("no Parquet file that can be read")
    assert faults[1].startswith("no column 'text' (columns here: 'id', 'body')")
    assert faults[2] == "empty; give a file with an article in it"
    assert faults[3] == ""  # its row will say so
    assert faults[4] == "no such file; check its name"
