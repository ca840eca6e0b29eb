"""Clients that stall are dropped, and a service that is told to stop finishes what it has begun."""

from __future__ import annotations

import json
import signal
import socket
from time import perf_counter, sleep
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.service.conftest import Running, Start

HEAD = b"POST /v1/label HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def request(body: object) -> bytes:
    content = json.dumps(body).encode()
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(content) + content


# A short request with an answer of some 300 KB.
MANY = request({"input": ["Rain."] * 256}).replace(b"/v1/label", b"/v1/moderations")


def until_closed(connection: socket.socket) -> tuple[bytes, float]:
    """Return what comes until the other side closes, and after how many seconds that is."""
    since, parts = perf_counter(), []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts), perf_counter() - since


def begin(service: Running, length: int) -> socket.socket:
    """Return a connection with a request of which the service waits for the body."""
    connection = service.connect()
    connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % length)
    assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
    return connection


def until_refused(service: Running) -> None:
    """Ask until nobody answers; what comes before the service has noticed is still served."""
    while True:
        try:
            assert httpx.get(f"{service.address}/healthz").status_code == 200
        except (httpx.ConnectError, httpx.ReadError):
            return


# -- stalls: the service waits 0.6 s for a request, and 1 s between two ---------------------------


def test_requests_that_are_never_finished_are_dropped(impatient: Running) -> None:
    begun = [b"", b"\r\n", b"POST /v1/label HT", HEAD, HEAD + b"Content-Length: 10\r\nX-Slow: "]
    since, connections = perf_counter(), [impatient.connect() for _ in begun]
    for connection, start in zip(connections, begun, strict=True):
        connection.sendall(start)
    for connection, start in zip(connections, begun, strict=True):
        assert until_closed(connection)[0] == b"", start
        assert 0.5 < perf_counter() - since < 3, start
        connection.close()


@pytest.mark.parametrize("length", [b"Content-Length: 50", b"Transfer-Encoding: chunked"])
def test_a_body_that_stops_is_told_so_and_dropped(impatient: Running, length: bytes) -> None:
    with impatient.connect() as connection:
        connection.sendall(HEAD + length + b'\r\n\r\n9\r\n{"text": ')
        answer, seconds = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"param":"body"' in answer
    assert 0.5 < seconds < 9


def test_a_body_that_trickles_is_late_too(impatient: Running) -> None:
    since = perf_counter()
    with impatient.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        try:
            while perf_counter() - since < 5:
                connection.sendall(b" ")
                sleep(0.05)
        except ConnectionError:
            pass
    assert perf_counter() - since < 4


def test_a_connection_without_a_further_request_is_dropped(impatient: Running) -> None:
    with impatient.connect() as connection:
        connection.sendall(HEALTH)
        answer, seconds = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert 0.8 < seconds < 3


def test_an_empty_line_now_and_then_keeps_no_connection(impatient: Running) -> None:
    with impatient.connect() as connection:
        connection.sendall(HEALTH)
        sleep(0.2)
        connection.sendall(b"\r\n")
        _, seconds = until_closed(connection)
    assert seconds < 3


def test_a_client_that_takes_up_no_answer_is_dropped(impatient: Running) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", impatient.port))
        connection.settimeout(20)
        for _ in range(60):  # far more than the system holds: some of it waits in the service
            connection.sendall(MANY)
        sleep(2.5)
        # What the system holds can still be read; then the connection is gone.
        received, _ = until_closed(connection)
    assert received.count(b"HTTP/1.1 200 ") < 60


def test_who_takes_up_an_answer_slowly_gets_all_of_it(impatient: Running) -> None:
    received, since = b"", perf_counter()
    with impatient.connect() as connection:
        for _ in range(10):
            connection.sendall(MANY)
        while received.count(b'"id":"modr-') < 10 or not received.endswith(b"}]}"):
            part = connection.recv(10_000)
            assert part, f"cut off after {len(received)} bytes"
            received += part
            sleep(0.006)
    assert perf_counter() - since > 3 * 0.6


def test_a_crowd_of_stalled_clients_holds_nobody_up(impatient: Running) -> None:
    crowd = [impatient.connect() for _ in range(200)]
    for connection in crowd:
        connection.sendall(HEAD)
    since = perf_counter()
    assert impatient.label({"text": "Rain fell."})[0]["severity"] == "none"
    assert perf_counter() - since < 1
    for connection in crowd:
        assert until_closed(connection)[0] == b""
        connection.close()


def test_requests_in_one_go_are_answered_in_their_order(service: Running) -> None:
    with service.connect() as connection:
        connection.sendall(b"".join(request({"text": "Rain.", "id": n}) for n in range(5)))
        answer = b""
        while answer.count(b'"id":') < 5:
            part = connection.recv(65536)
            assert part
            answer += part
    assert [answer.index(b'"id":%d,' % n) for n in range(5)] == sorted(
        answer.index(b'"id":%d,' % n) for n in range(5)
    )


# -- stopping -------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_requests_in_flight_are_answered_new_ones_refused_and_the_exit_is_clean(
    start: Start, workers: int
) -> None:
    service = start("--workers", workers)
    bodies = [
        json.dumps({"items": [{"text": text}] * count}).encode()
        for text, count in (("Rain fell on the hills.", 1), ("The rain fell hard. " * 15_000, 6))
    ]
    in_flight = [begin(service, len(body)) for body in bodies]
    idle = service.connect()
    idle.sendall(HEALTH)
    answered = b""
    while b"alive" not in answered:
        answered += idle.recv(4096)
    service.process.send_signal(signal.SIGTERM)
    assert until_closed(idle)[0] == b""
    until_refused(service)
    for connection, body in zip(in_flight, bodies, strict=True):
        connection.sendall(body)
    for connection, count in zip(in_flight, (1, 6), strict=True):
        answer, _ = until_closed(connection)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.count(b'"severity":') == count
    assert service.process.wait(10) == 0
    assert "Traceback" not in service.log.read_text()


def test_the_terminal_s_interrupt_stops_it_cleanly_too(start: Start) -> None:
    service = start()
    assert service.label({"html": "<p>Nine herders were shot dead at a well.</p>"})
    assert service.stop(signal.SIGINT) == 0
    assert "Traceback" not in service.log.read_text()


@pytest.fixture(scope="module")
def hasty(start: Start) -> Running:
    return start(patience={"arrival": 1.0, "answer": 1.0})


def test_an_answer_that_takes_too_long_is_given_up(hasty: Running) -> None:
    # Attributes of one element are compared each with all others, which takes most of a minute.
    page = "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">Rain fell.</p>"
    response = hasty.post("/v1/label", {"html": page})
    assert response.status_code == 503
    error = response.json()["error"]
    assert (error["type"], error["code"]) == ("server_error", "timeout")
    assert hasty.label({"text": "Rain fell."})[0]["severity"] == "none"


def test_a_stop_does_not_wait_for_who_stalls(hasty: Running) -> None:
    with begin(hasty, 50):
        since = perf_counter()
        assert hasty.stop() == 0  # the last test that needs it
        assert perf_counter() - since < 8


# -- starting -------------------------------------------------------------------------------------


def test_it_takes_little_to_be_ready(service: Running) -> None:
    assert service.effort < 2
