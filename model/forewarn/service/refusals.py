"""How a request is turned down: a status, and JSON that says what is wrong, where, what to do.

The shape is that of OpenAI's errors, so that one client's error handling does for every endpoint:
https://platform.openai.com/docs/guides/error-codes.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# What is left of a refused body is read, so that the client comes to reading the answer, but only
# so much and so long.
_LINGER_BYTES = 16_000_000
_LINGER_SECONDS = 5.0


class Json(Response):
    """An answer in JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the content in UTF-8."""
        return to_json(content)


class Refusal(HTTPException):
    """A request that is turned down.

    Parameters
    ----------
    status : int
        HTTP status.
    message : str
        What is wrong, where, and what to do.
    param : str, optional
        The field at fault, as a path: ``items.3.text``.
    code : str, optional
        A word for programs.
    kind : str
        OpenAI's ``type`` of error.
    headers : mapping of str to str, optional
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        kind: str = "invalid_request_error",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.param = param
        self.code = code
        self.kind = kind

    def error(self) -> dict[str, Any]:
        """Return the error as plain values."""
        return error_values(self.detail, param=self.param, code=self.code, kind=self.kind)

    def response(self) -> Response:
        """Return the answer; of a connection that is to close, one that lingers."""
        form = _Lingering if "connection" in (self.headers or {}) else Json
        return form({"error": self.error()}, self.status_code, self.headers)


class _Lingering(Json):
    """An answer that goes out at once, and closes when the client is done sending.

    Closing on a client that still sends resets the connection, and most would never see why.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                await _read_off(receive)
        except TimeoutError:
            pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _read_off(receive: Receive) -> None:
    room = _LINGER_BYTES
    while room > 0:
        message = await receive()
        room -= len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def error_values(
    message: str,
    *,
    param: str | None = None,
    code: str | None = None,
    kind: str = "invalid_request_error",
) -> dict[str, Any]:
    """Return an error as plain values, under the names that OpenAI gives them."""
    return {"message": message, "type": kind, "param": param, "code": code}


def describe(errors: Sequence[Any], within: str = "") -> tuple[str, str]:
    """Return what the first of pydantic's errors says, and the field that it is about.

    Parameters
    ----------
    errors : sequence of dict
        As ``ValidationError.errors()`` gives them; at least one.
    within : str
        Path of what was validated.

    Returns
    -------
    message, param : str
    """
    first = errors[0]
    # "body" is FastAPI's word for all of it; in brackets stand the choices of a union.
    path = [str(part) for part in first["loc"] if part != "body" and not _is_choice(part)]
    param = ".".join([within, *path] if within else path) or "body"
    message = f"{param}: {first['msg']}"
    if len(errors) > 1:
        message += f" (and {len(errors) - 1} more like this)"
    return message, param


def _is_choice(part: object) -> bool:
    return isinstance(part, str) and part.startswith("[")


def install(app: FastAPI) -> None:
    """Have an application answer every fault in this shape.

    Parameters
    ----------
    app : FastAPI
    """

    @app.exception_handler(Refusal)
    async def refused(_: Request, refusal: Refusal) -> Response:
        return refusal.response()

    @app.exception_handler(HTTPException)
    async def not_served(request: Request, error: HTTPException) -> Response:
        """Answer what no route takes."""
        asked = f"{request.method} {request.url.path[:200]}"
        message = f"{asked}: {error.detail}; see /docs for what there is"
        return Json({"error": error_values(message)}, error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        message, param = describe(error.errors())
        return Refusal(400, message, param=param).response()

    @app.exception_handler(Exception)
    async def failed(_: Request, __: Exception) -> Response:
        """Answer what is our fault; the traceback goes to the log alone."""
        message = "the service failed at this; its log says why"
        return Json({"error": error_values(message, kind="server_error")}, 500)
