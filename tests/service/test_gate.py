"""The gate lets an answer out that comes in time, and answers in the place of one that does not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from forewarn.service.gate import DOCS_POLICY, PAGE_POLICY, Gate

Sent = list[dict[str, Any]]


def ask(app: ASGIApp, path: str = "/v1/label", **headers: str) -> Sent:
    """Return what a gate with a tenth of a second of patience sends for a request."""
    sent: Sent = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    gate = Gate(app, keys=None, host="127.0.0.1", seconds=0.1)
    asyncio.run(gate(scope, receive, send))
    return sent


async def quick(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
    await send({"type": "http.response.body", "body": b"answer"})


async def never(*_: Any) -> None:
    await asyncio.sleep(60)


async def stops_halfway(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await asyncio.sleep(60)


def test_an_answer_in_time_goes_out_as_it_is_with_what_browsers_must_know() -> None:
    start, body = ask(quick)
    headers = dict(start["headers"])
    assert (start["status"], headers[b"x"], body["body"]) == (200, b"y", b"answer")
    assert headers[b"content-security-policy"] == PAGE_POLICY.encode()


def test_the_documentation_may_run_the_script_in_its_page() -> None:
    start, _ = ask(quick, "/docs")
    assert dict(start["headers"])[b"content-security-policy"] == DOCS_POLICY.encode()


def test_an_answer_that_does_not_come_is_given_in_its_place() -> None:
    start, body = ask(never)
    assert start["status"] == 503
    assert json.loads(body["body"])["error"]["code"] == "timeout"


def test_an_answer_that_stops_halfway_is_broken_off() -> None:
    with pytest.raises(TimeoutError):
        ask(stops_halfway)


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 200), ("evil.example", 403)])
def test_who_calls_by_another_name_gets_no_further(host: str, status: int) -> None:
    assert ask(quick, host=host)[0]["status"] == status
