"""Responses of a web archive are read alike whole and in parts; damage costs what it hits."""

import gzip
import io
import zlib
from collections.abc import Sequence

import pytest

from forewarn.inputs import Fault, Fields, Part, Record
from forewarn.inputs.warc import LARGEST_PAGE, cut_warc, read_warc

STORY = "<p>" + "The council met on Monday and spoke of trees, benches and the new bridge. " * 4
HEADERS = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"


def page(number: int) -> str:
    return f"<html><title>Story {number}</title><h1>Story {number}</h1>{STORY}{STORY}</html>"


def record(
    number: int,
    body: str | bytes | None = None,
    headers: str = HEADERS,
    kind: str = "response",
    length: str | None = None,
) -> bytes:
    body = page(number) if body is None else body
    block = headers.encode() + b"\r\n" + (body.encode() if isinstance(body, str) else body)
    return (
        (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
            f"WARC-Target-URI: https://news.example/{number}\r\nWARC-Date: 2024-05-01T00:00:00Z\r\n"
            "Content-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {length or len(block)}\r\n\r\n"
        ).encode()
        + block
        + b"\r\n\r\n"
    )


def pack(records: Sequence[bytes], packed: bool = True) -> bytes:
    return b"".join(gzip.compress(item) if packed else item for item in records)


def read(data: bytes, part: Part | None = None, **fields: object) -> list[Record | Fault]:
    return list(read_warc(io.BytesIO(data), Fields(**fields), part or Part()))  # type: ignore[arg-type]


def told(items: Sequence[Record | Fault]) -> list[str]:
    """Return the titles of articles, and of what is refused the reason."""
    return [
        item.reason
        if isinstance(item, Fault)
        else item.text.reason
        if isinstance(item.text, Fault)
        else item.text.split("\n")[0]
        for item in items
    ]


@pytest.mark.parametrize("packed", [True, False])
def test_every_response_is_a_record(packed: bool) -> None:
    records = [record(0, "", kind="warcinfo"), record(1), record(2, kind="request"), record(3)]
    first, second = read(pack(records, packed), keep=("WARC-Date", "text", "Gone"))
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert isinstance(first.text, str)
    assert first.text.startswith("Story 1\n\nThe council met")
    assert (first.id, second.id) == ("https://news.example/1", "https://news.example/3")
    assert first.kept == ("2024-05-01T00:00:00Z", first.text, None)
    assert first.number == len(pack(records[:1], packed))
    assert second.number == len(pack(records[:3], packed))


def test_another_header_may_be_the_id() -> None:
    (found,) = read(pack([record(1)]), id="WARC-Record-ID")
    assert isinstance(found, Record)
    assert found.id == "<urn:uuid:1>"


@pytest.mark.parametrize("size", [1, 1_000, 3_000, 1 << 20])
def test_parts_give_together_what_the_whole_gives(size: int) -> None:
    data = pack([record(number) for number in range(12)])
    parts = cut_warc(io.BytesIO(data), size)
    assert (len(parts) == 12) == (size == 1)
    assert [item for part in parts for item in read(data, part)] == read(data)
    assert [part.stop for part in parts[:-1]] == [part.start for part in parts[1:]]


@pytest.mark.parametrize(
    "data", [pack([record(1), record(2)], packed=False), gzip.compress(record(1) + record(2))]
)
def test_what_is_not_compressed_record_by_record_is_one_part(data: bytes) -> None:
    assert cut_warc(io.BytesIO(data), 1) == [Part(0, len(data))]
    assert told(read(data)) == ["Story 1", "Story 2"]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (
            record(1, headers="HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n"),
            "HTTP status 404",
        ),
        (
            record(1, headers="HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"),
            "no HTML page (image",
        ),
        (record(1, headers="HTTP/1.1 200 OK\r\n"), "no HTML page (without a content type)"),
        (record(1, headers="rain\r\n"), "no HTTP response in it"),
        (record(1, "<p>"), "no article text found"),
        (record(1, b"<p>caf\xe9"), "not UTF-8 at byte 6"),
        (record(1, "a" * (LARGEST_PAGE + 1)), "page larger than 5,000,000 bytes"),
    ],
)
def test_what_is_no_article_is_refused_and_the_next_one_read(response: bytes, reason: str) -> None:
    first, second = told(read(pack([response, record(2)])))
    assert first.startswith(reason)
    assert second == "Story 2"


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (record(1, length="many"), "the record cannot be read (it is empty"),
        (record(1).replace(b"WARC/1.0", b"rain/1.0"), "no record can be read after this byte"),
        (b"rain\r\n" * 9, "no record can be read after this byte"),
    ],
)
def test_a_malformed_record_costs_itself_alone(
    response: bytes, expected: str, packed: bool
) -> None:
    before, fault, after = told(read(pack([record(0), response, record(2)], packed)))
    assert (before, after) == ("Story 0", "Story 2")
    assert fault.startswith(expected)


@pytest.mark.parametrize("place", [12, 40, 200])
def test_a_damaged_member_costs_itself_alone(place: int) -> None:
    members = [bytearray(gzip.compress(record(number))) for number in range(4)]
    members[1][place : place + 4] = b"\xff\x00\xff\x00"
    found = told(read(b"".join(members)))
    assert [found[0], *found[2:]] == ["Story 0", "Story 2", "Story 3"]
    assert "cannot be read" in found[1] or "can be read" in found[1]


def test_damage_is_told_by_the_part_that_has_it() -> None:
    members = [bytearray(gzip.compress(record(number))) for number in range(4)]
    members[2][250:254] = b"\xff\x00\xff\x00"
    data = b"".join(members)
    parts = cut_warc(io.BytesIO(data), 1)
    assert len(parts) == 4
    first, second, third, fourth = [told(read(data, part)) for part in parts]
    assert [first, second, fourth] == [["Story 0"], ["Story 1"], ["Story 3"]]
    assert len(third) == 1


@pytest.mark.parametrize("length", [5, 25, 60, 250, -10])
def test_an_archive_cut_short_says_so(length: int) -> None:
    *found, last = told(read(pack([record(0), record(1)]) + gzip.compress(record(2))[:length]))
    assert last.endswith("anew")
    assert found in (["Story 0", "Story 1"], ["Story 0", "Story 1", "Story 2"])


CHUNKED = "Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("headers", "encode"),
    [
        ("Content-Encoding: gzip\r\n", gzip.compress),
        ("Content-Encoding: deflate\r\n", zlib.compress),
        (CHUNKED, lambda body: b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)),
        ("Content-Encoding: gzip\r\n", bytes),  # as crawlers keep it that have decoded it
        ("Content-Encoding: br\r\n", bytes),
        (CHUNKED, bytes),
    ],
)
def test_bodies_are_decoded_where_they_are_not_yet(headers: str, encode: object) -> None:
    body = encode(page(1).encode())  # type: ignore[operator]
    data = pack([record(1, body, HEADERS + headers), record(2)])
    assert told(read(data)) == ["Story 1", "Story 2"]


def test_a_charset_may_come_in_a_header() -> None:
    headers = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=ISO-8859-1\r\n"
    body = page(1).replace("Story", "Café").encode("latin-1")
    assert told(read(pack([record(1, body, headers)]))) == ["Café 1"]
