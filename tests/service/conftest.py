"""Services that run: the real server in processes of its own, on free ports."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import httpx
import pytest

DATA = Path(__file__).parents[1] / "data"
START = 20.0  # seconds; machines that test are busy


@dataclass
class Running:
    """A service that runs.

    Attributes
    ----------
    process : Popen
    port : int
    log : Path
        What it writes to standard error.
    effort : float
        Seconds of processor time that it took to be ready. How long that is on a clock is also up
        to what else the machine does.
    """

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    effort: float

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, timeout=30)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.client.post(path, json=body, **options)

    def label(self, body: Any) -> Any:
        """Return the results for a request that is taken."""
        response = self.post("/v1/label", body)
        assert response.status_code == 200, response.text
        return response.json()["results"]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Stop it, and return its exit code; what cannot be caught is sent to its workers too."""
        if sign is signal.SIGKILL:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)
        elif self.process.poll() is None:
            self.process.send_signal(sign)
        return self.process.wait(30)


Start = Callable[..., Running]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    since = perf_counter()
    while perf_counter() - since < START:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            sleep(0.01)
    raise AssertionError(f"not ready after {START} seconds: {log.read_text()}")


def _processor_time(process: int) -> float:
    try:
        usage = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # another system than Linux
        return 0.0
    return sum(map(int, usage[11:13])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Return a function that starts services: by the command, or with patience as given."""
    started: list[Running] = []
    environment = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}

    def run(*options: object, patience: dict[str, float] | None = None, **settings: Any) -> Running:
        port = _free_port()
        command = [sys.executable, "-m", "forewarn", "serve", "--port", str(port)]
        if patience is not None:
            code = (
                "import sys; from forewarn.service import serve; "
                "from forewarn.service.settings import Settings; "
                "serve(Settings.from_json(sys.argv[1]))"
            )
            from forewarn.service.settings import Patience, Settings  # noqa: PLC0415

            given = Settings(port=port, patience=Patience(**patience), **settings)  # type: ignore[arg-type]
            command = [sys.executable, "-c", code, given.to_json()]
        log = tmp_path_factory.mktemp("service") / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*command, *map(str, options)],
                stderr=file,
                stdout=file,
                env=environment,
                start_new_session=True,
            )
        running = Running(process, port, log, 0.0)
        started.append(running)
        _wait_until_ready(process, port, log)
        running.effort = _processor_time(process.pid)
        return running

    yield run
    for running in started:
        running.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def service(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Running:
    """Return a service as the command starts it, which keeps corrections."""
    return start("--corrections", tmp_path_factory.mktemp("kept") / "corrections.sqlite")


@pytest.fixture(scope="session")
def impatient(start: Start) -> Running:
    """Return a service that gives up on everything soon."""
    return start(patience={"arrival": 0.6, "answer": 20, "idle": 1, "page": 3})


@pytest.fixture(scope="session")
def guarded(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Running:
    """Return a service that lets in "first-key" and "second-key", and pages of one other site."""
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_bytes(b"# the desk\nfirst-key\n\n  second-key  \r\n")
    return start("--api-key-file", keys, "--cors-origin", "https://cms.example")


@pytest.fixture(scope="session")
def article() -> str:
    """Return the sample article, which is graphic."""
    return (DATA / "article.txt").read_text("utf-8")


@pytest.fixture(scope="session")
def peaceful() -> str:
    """Return the other one, which is not."""
    return (DATA / "peaceful.txt").read_text("utf-8")


@pytest.fixture(scope="session")
def page() -> str:
    """Return a page with an article in it."""
    return (DATA / "page.html").read_text("utf-8")
