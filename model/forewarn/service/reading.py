r"""Request bodies in: bounded in size, time and depth, and JSON or refused."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from forewarn.service.refusals import Refusal

MAX_BODY = 2_000_000  # bytes
MAX_DEPTH = 200  # of lists and objects in each other; the parser's own bound

# Half of a surrogate pair is no character, yet programs that cut strings write it. An escaped
# backslash is passed over, and so is a whole pair.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


class JsonRequest(Request):
    """A request whose body is JSON of bounded size."""

    async def body(self) -> bytes:
        """Return the body, or refuse it as too long or too late."""
        if not hasattr(self, "_body"):
            try:
                async with asyncio.timeout(self.state.patience.arrival):
                    self._body = await self._read()
            except TimeoutError:
                raise Refusal(
                    408,
                    "the body did not arrive in time; send it without pauses",
                    param="body",
                    code="request_timeout",
                    headers={"connection": "close"},
                ) from None
        return self._body

    async def _read(self) -> bytes:
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > MAX_BODY:
            _refuse_size()
        parts, size = [], 0
        try:
            async for part in self.stream():
                size += len(part)
                if size > MAX_BODY:
                    _refuse_size()
                parts.append(part)
        except ClientDisconnect:
            raise Refusal(400, "the client left before the body's end", param="body") from None
        return b"".join(parts)

    async def json(self) -> Any:
        """Return the body's value, or refuse what is no JSON."""
        return parse(await self.body())


def _refuse_size() -> NoReturn:
    raise Refusal(
        413,
        f"the body is longer than {MAX_BODY:,} bytes; send fewer or shorter articles at a time",
        param="body",
        code="body_too_large",
        headers={"connection": "close"},
    )


def parse(body: bytes) -> Any:
    r"""Return the value of a JSON text.

    Parameters
    ----------
    body : bytes
        UTF-8. Half of a surrogate pair is read as U+FFFD.

    Raises
    ------
    Refusal
        If this is no JSON, holds NaN or an infinity, or goes deeper than `MAX_DEPTH`.

    Examples
    --------
    >>> parse(b'{"text": "Caf\\u00e9 \\ud83d"}')
    {'text': 'Café \ufffd'}
    """
    try:
        try:
            return from_json(body, allow_inf_nan=False)
        except ValueError:
            mended = _ESCAPE.sub(_whole, body)
            if mended == body:
                raise
            return from_json(mended, allow_inf_nan=False)
    except ValueError as error:
        deep = "recursion" in str(error)
        advice = f"nest at most {MAX_DEPTH} lists and objects" if deep else "send JSON in UTF-8"
        raise Refusal(
            400,
            f"the body is no JSON that can be read ({error}); {advice}",
            param="body",
            code="json_too_deep" if deep else "invalid_json",
        ) from None


def _whole(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape["half"] else escape[0]


class JsonRoute(APIRoute):
    """A route that reads its body so, and takes none that calls itself something else."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, with the request that it gets replaced."""
        handle = super().get_route_handler()

        async def read_and_handle(request: Request) -> Response:
            if request.method == "POST":
                _refuse_other_types(request)
                request = JsonRequest(request.scope, request.receive)
            return await handle(request)

        return read_and_handle


def _refuse_other_types(request: Request) -> None:
    # A page of another site can send any type but JSON without asking first.
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(
            415,
            f"Content-Type is {given[:100]!r}; send application/json",
            param="Content-Type",
            code="unsupported_media_type",
        )
