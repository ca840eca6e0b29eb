"""Who is let in, how long an answer may take, and what a browser may do with it."""

import asyncio
import hashlib
import hmac
import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forewarn.service.refusals import Refusal

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
# Swagger UI starts from a script in its page, and draws with styles and data: images.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_PAGE_HEADERS = [*_HEADERS, (b"content-security-policy", PAGE_POLICY.encode())]
_DOCS_HEADERS = [*_HEADERS, (b"content-security-policy", DOCS_POLICY.encode())]

_OPEN = ("/healthz", "/readyz", "/")
_OPEN_FOLDER = "/static/"


class Gate:
    """Middleware around everything that answers.

    Parameters
    ----------
    app : ASGIApp
    keys : frozenset of bytes or None
        SHA-256 of the keys that are let in; None asks for none.
    host : str or None
        Address that the service is bound to, where it asks for no keys because it is this
        machine's own. It is then called by that or another name of this machine alone: a web site
        whose name was made to lead here (DNS rebinding) calls it by its own. None lets any pass.
    seconds : float
        How long an answer may take.
    """

    def __init__(
        self, app: ASGIApp, *, keys: frozenset[bytes] | None, host: str | None, seconds: float
    ) -> None:
        self.app = app
        self.keys = keys
        self.host = host
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in and its answer out, or answer in its place."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_on(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                extra = _DOCS_HEADERS if scope["path"].startswith("/docs") else _PAGE_HEADERS
                message = {**message, "headers": [*message.get("headers", ()), *extra]}
            await send(message)

        try:
            self._check(scope)
            async with asyncio.timeout(self.seconds):
                await self.app(scope, receive, send_on)
        except Refusal as refusal:
            await refusal.response()(scope, receive, send_on)
        except TimeoutError:
            if started:
                raise
            late = Refusal(
                503,
                f"no answer within {self.seconds:g} seconds; send fewer articles at a time",
                code="timeout",
                kind="server_error",
            )
            await late.response()(scope, receive, send_on)

    def _check(self, scope: Scope) -> None:
        path: str = scope["path"]
        if self.host is not None:
            _check_host(Headers(scope=scope).get("host", ""), self.host)
        if self.keys is not None and path not in _OPEN and not path.startswith(_OPEN_FOLDER):
            self._check_key(Headers(scope=scope).get("authorization", ""))

    def _check_key(self, given: str) -> None:
        scheme, _, key = given.partition(" ")
        digest = hashlib.sha256(key.strip().encode("latin-1")).digest()
        # All are compared, and each takes the same time whatever was sent.
        found = [hmac.compare_digest(digest, known) for known in self.keys or ()]
        if scheme.lower() == "bearer" and any(found):
            return
        problem = "is not one of those let in" if given else "is missing"
        raise Refusal(
            401,
            f"the key {problem}; send a header 'Authorization: Bearer KEY'",
            param="Authorization",
            code="invalid_api_key",
            headers={"www-authenticate": "Bearer"},
        )


def _check_host(given: str, bound: str) -> None:
    if given and not _leads_here(given, bound):
        raise Refusal(
            403,
            f"the service is called {given[:100]!r}, which is no name of this machine alone; "
            "call it by 127.0.0.1, or start it with --api-key-file or --insecure",
            param="Host",
            code="unknown_host",
        )


@lru_cache(maxsize=256)
def _leads_here(given: str, bound: str) -> bool:
    try:
        name = urlsplit(f"//{given}").hostname or ""
        return name in ("localhost", bound) or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
