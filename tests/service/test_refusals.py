"""What is wrong gets a 4xx that names the field, and the service goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx
    from tests.service.conftest import Running

QUIET = "The library will open on Sundays."
MIB = 1 << 20


def error(response: httpx.Response) -> dict[str, Any]:
    """Return the error of an answer that has nothing else, and says what to do."""
    assert response.headers["content-type"] == "application/json"
    (only,) = response.json().items()
    assert only[0] == "error"
    assert set(only[1]) == {"message", "type", "param", "code"}
    assert not re.search(r"Traceback|File \"|pydantic|/site-packages/", only[1]["message"])
    found: dict[str, Any] = only[1]
    return found


def send(
    service: Running, content: bytes, path: str = "/v1/label", **headers: str
) -> httpx.Response:
    given = {"content-type": "application/json"} | headers
    return service.client.post(path, content=content, headers=given)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "text"),
        ([], "body"),
        ("text", "body"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"html": ["<p>"]}, "html"),
        ({"text": QUIET, "html": "<p>"}, "text"),
        ({"text": QUIET, "id": {}}, "id"),
        ({"text": QUIET, "id": True}, "id"),
        ({"text": QUIET, "id": "x" * 1001}, "id"),
        ({"items": []}, "items"),
        ({"items": {}}, "items"),
        ({"items": QUIET}, "items"),
        ({"items": [{"text": QUIET}], "text": QUIET}, "text"),
        ({"items": [{"text": QUIET}] * 257}, "items"),
        ({"text": QUIET, "operating_point": "bold"}, "operating_point"),
        ({"text": QUIET, "operating_point": None}, "operating_point"),
        ({"text": QUIET, "threshold": 1.01}, "threshold"),
        ({"text": QUIET, "threshold": -0.5}, "threshold"),
        ({"text": QUIET, "threshold": "0.5"}, "threshold"),
        ({"text": QUIET, "formats": ["pdf"]}, "formats.0"),
        ({"text": QUIET, "formats": "iptc"}, "formats"),
        ({"text": QUIET, "src": "labeler"}, "src"),
        ({"text": QUIET, "uri": "no scheme"}, "uri"),
        ({"text": QUIET, "operating_pont": "strict"}, "operating_pont"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_wrong_field_is_named(service: Running, body: Any, param: str) -> None:
    response = service.post("/v1/label", body)
    assert response.status_code == 400
    found = error(response)
    assert found["message"].startswith(f"{found['param']}: ")
    assert found["param"] == param


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", None),
        (b"null", None),
        (b"{", "invalid_json"),
        (b"{'text': 'a'}", "invalid_json"),
        (b'{"text": "a"} {}', "invalid_json"),
        (b'{"text": "Caf\xe9"}', "invalid_json"),
        (b'{"text": "\xed\xa0\xbd"}', "invalid_json"),
        (b'{"text": "a\x01"}', "invalid_json"),
        (b'{"text": "a", "threshold": NaN}', "invalid_json"),
        (b'{"text": "a", "threshold": Infinity}', "invalid_json"),
        ('{"text": "a"}'.encode("utf-16"), "invalid_json"),
        (b"[" * 100_000, "json_too_deep"),
        (b'{"a":' * 100_000, "json_too_deep"),
        (b'{"items":' + b"[" * 300 + b"]" * 300 + b"}", "json_too_deep"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_json_is_refused(service: Running, body: bytes, code: str | None) -> None:
    response = send(service, body)
    assert response.status_code == 400
    found = error(response)
    assert (found["param"], found["code"]) == ("body", code)


def test_lists_in_each_other_are_taken_as_deep_as_is_sensible(service: Running) -> None:
    deep = json.loads("[" * 150 + "]" * 150)
    (found,) = service.label({"items": [deep]})
    assert found["error"]["param"] == "items.0"


@pytest.mark.parametrize("given", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
def test_only_json_is_taken_so_that_no_other_site_s_form_can_send_it(
    service: Running, given: str
) -> None:
    body = json.dumps({"text": QUIET}).encode()
    for path in ("/v1/label", "/v1/moderations", "/v1/corrections"):
        response = send(service, body, path, **{"content-type": given})
        assert response.status_code == 415
        assert error(response)["param"] == "Content-Type"


def test_json_may_say_that_it_is_in_utf_8(service: Running) -> None:
    body = json.dumps({"text": QUIET}).encode()
    response = send(service, body, **{"content-type": "Application/JSON; charset=utf-8"})
    assert response.status_code == 200


# -- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text", "html"])
def test_a_text_of_a_megabyte_is_the_longest(service: Running, kind: str) -> None:
    longest = "rain " * 200_000
    assert service.post("/v1/label", {kind: longest}).status_code == 200
    response = service.post("/v1/label", {kind: longest + "s"})
    assert response.status_code == 400
    found = error(response)
    assert found["param"] == kind
    assert "1,000,001 bytes" in found["message"]


def test_it_is_bytes_that_count(service: Running) -> None:
    response = service.post("/v1/moderations", {"input": "é" * 500_001})
    assert response.status_code == 400
    assert error(response)["param"] == "input"


def test_a_body_of_two_megabytes_is_the_longest(service: Running) -> None:
    items = [{"text": "rain " * 80_000} for _ in range(4)]
    body = json.dumps({"items": items}).encode()
    longest = body + b" " * (2_000_000 - len(body))
    assert send(service, longest).status_code == 200
    response = send(service, longest + b" ")
    assert response.status_code == 413
    assert error(response)["code"] == "body_too_large"


def test_a_body_in_chunks_is_counted_as_it_comes(service: Running) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(64):
            yield b"rain " * 10_000

    response = service.client.post(
        "/v1/label", content=chunks(), headers={"content-type": "application/json"}
    )
    assert response.status_code == 413
    assert error(response)["param"] == "body"


def test_a_body_far_too_long_is_answered_before_it_is_sent(service: Running) -> None:
    head = b"POST /v1/label HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with service.connect() as connection:
        connection.sendall(head + b"Content-Length: 10000000000\r\n\r\n{")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_an_endless_head_is_cut_off(service: Running) -> None:
    with service.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nCookie: ")
        answer = b""
        try:
            for _ in range(64):
                connection.sendall(b"x" * MIB)
            answer = connection.recv(4096)
        except ConnectionError:
            pass
    assert answer[:12] in (b"", b"HTTP/1.1 400")
    assert service.get("/healthz").status_code == 200


# -- other ways -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/label", 404),
        ("GET", "/v1/label", 405),
        ("DELETE", "/v1/corrections", 405),
        ("POST", "/healthz", 405),
        ("GET", "/static/../settings.py", 404),
        ("GET", "/static/%2e%2e/settings.py", 404),
        ("GET", "/%00", 404),
        ("PATCH", "/v1/label", 405),
    ],
)
def test_what_there_is_not_is_refused_in_json_too(
    service: Running, method: str, path: str, status: int
) -> None:
    response = service.client.request(method, path)
    assert response.status_code == status
    assert error(response)["message"].startswith(f"{method} /")


def test_what_is_no_http_is_refused(service: Running) -> None:
    with service.connect() as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert service.get("/healthz").status_code == 200


def test_a_page_that_keeps_the_parser_busy_gets_an_error_and_the_next_a_label(
    impatient: Running, page: str
) -> None:
    # Attributes of one element are compared each with all others.
    hostile = "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">Rain fell.</p>"
    since = perf_counter()
    slow, other, good = impatient.label(
        {"items": [{"html": hostile}, {"text": QUIET}, {"html": page}]}
    )
    assert "within 3 seconds" in slow["error"]["message"]
    assert other["severity"] == "none"
    assert good["severity"] != "none"
    assert perf_counter() - since < 10
