"""Connections that get nowhere are dropped.

uvicorn drops one that is idle between requests. One that never sends the rest of a request, or
never takes up its answer, it would keep for ever.
"""

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64_000  # bytes of a request before its body

# So much of an answer the system may hold for a client. It grows that to megabytes by itself, and
# for as long as these take to go, a slow client looks like one that has stopped.
_SYSTEM_HOLDS = 1 << 17


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with an end to patience.

    How long it lasts is `Patience.arrival`, under ``patience`` in the state of the application's
    lifespan.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patience: float = self.app_state["patience"].arrival
        self._owing_since: float | None = None  # the client owes the rest of a request
        self._in_head = False
        self._head_size = 0
        self._unsent = 0

    # -- what the transport tells -----------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        held = transport.get_extra_info("socket")
        held.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SYSTEM_HOLDS)
        self._expect_request()
        self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._next_look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as there is an end to the head."""
        if self._owing_since is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_request()  # these bytes stopped the clock of the idle connection
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._in_head and self._head_size > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response(f"The request's head is longer than {MAX_HEAD} bytes.")

    def resume_writing(self) -> None:
        """Take note that the client takes up what it is sent."""
        self._unsent = 0
        super().resume_writing()

    # -- what the parser tells --------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Expect the rest of a request that has begun."""
        super().on_message_begin()
        self._expect_request()

    def on_headers_complete(self) -> None:
        """Expect its body."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect nothing more: the next move is ours."""
        self._owing_since = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Expect what is left of it to become less from now on."""
        self._unsent = 0
        super().on_response_complete()

    # -- patience ---------------------------------------------------------------------------------

    def _expect_request(self) -> None:
        self._owing_since = self.loop.time()
        self._in_head = True
        self._head_size = 0

    def _look_again(self) -> None:
        self._next_look = self.loop.call_later(self._patience / 2, self._look)

    def _look(self) -> None:
        """Drop a client that has owed something for too long."""
        if self.flow.read_paused and self._owing_since is not None:
            self._owing_since = self.loop.time()  # it cannot go on until we do
        # Of a body that is late the application tells the client, if it still reads it.
        patience = self._patience * (1 if self._in_head else 2)
        late = self._owing_since is not None and self.loop.time() - self._owing_since > patience
        unsent = self.transport.get_write_buffer_size()
        stuck = 0 < self._unsent <= unsent
        self._unsent = unsent
        if late or stuck:
            self.transport.abort()
        else:
            self._look_again()
