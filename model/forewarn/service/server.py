"""The server: one process or several, from the first request to a clean stop."""

import os
import signal
import sys
from contextlib import ExitStack
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from forewarn.predict import load
from forewarn.service.protocol import PatientProtocol
from forewarn.service.settings import COUNTS_FOLDER, FOR_WORKERS, Settings, read_keys
from forewarn.service.store import Store


def run(settings: Settings) -> None:
    """Serve until a signal says to stop; then requests in flight are answered, and it returns.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    ForewarnError
        If the settings, the model or a file forbid it; nothing was opened then.
    """
    if settings.workers == 1:
        from forewarn.service.app import create_app  # noqa: PLC0415 -- heavy

        app = create_app(settings)
        # uvicorn raises the signal that stopped it once more when it is done, but it ended well.
        signal.signal(signal.SIGTERM, _leave)
        uvicorn.run(app, **_options(settings))
        return
    _check(settings)
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="forewarn-"))
        os.environ.update({COUNTS_FOLDER: folder, FOR_WORKERS: settings.to_json()})
        stack.callback(lambda: [os.environ.pop(name) for name in (COUNTS_FOLDER, FOR_WORKERS)])
        _serve_by_workers(settings)


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(0)


def _check(settings: Settings) -> None:
    """Meet what forbids serving here, where it is one message and not one a worker."""
    settings.check()
    load(settings.model)
    if settings.api_key_file is not None:
        read_keys(settings.api_key_file)
    if settings.corrections is not None:
        Store(settings.corrections).close()


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "host": settings.host,
        "port": settings.port,
        "http": PatientProtocol,
        "ws": "none",
        "access_log": False,  # /metrics counts; what people send is nobody else's
        "proxy_headers": False,
        "server_header": False,
        "timeout_keep_alive": settings.patience.idle,
        "timeout_graceful_shutdown": int(settings.patience.answer) + 1,
    }


class _Workers(Multiprocess):
    """uvicorn's workers, with an end to connections that none of them would take."""

    def terminate_all(self) -> None:
        """Stop all workers."""
        # As long as this process holds the address too, the system goes on to accept for it.
        for sock in self.sockets:
            sock.close()
        super().terminate_all()


def _serve_by_workers(settings: Settings) -> None:
    config = uvicorn.Config(
        "forewarn.service.app:create_worker",
        factory=True,
        workers=settings.workers,
        **_options(settings),
    )
    workers = _Workers(config, sockets=[config.bind_socket()])
    workers.run()
    if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
        sys.exit(STARTUP_FAILURE)
