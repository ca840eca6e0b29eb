"""How a service is to run: where, with which model, for whom, and how long it waits for clients."""

import hashlib
import ipaddress
import json
import socket
from dataclasses import asdict, dataclass, field
from os import PathLike
from pathlib import Path
from typing import Self

from forewarn.errors import ForewarnError, InputError

# What a service with several workers leaves in their environment: its settings, and where
# prometheus-client is to share its counts (a name of its own, read when it is imported).
FOR_WORKERS = "FOREWARN_SERVICE"
COUNTS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the service waits before it gives up, in seconds.

    Attributes
    ----------
    arrival : float
        For a request to arrive whole, and for a client to take up more of its answer.
    answer : float
        For a request to be answered, from its last header on.
    idle : int
        For the next request on a connection that is kept alive.
    page : float
        For the text to be found in one HTML page.
    """

    arrival: float = 10.0
    answer: float = 30.0
    idle: int = 5
    page: float = 10.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What `forewarn.service.serve` is told.

    Attributes
    ----------
    host : str
        Address to bind to. Beyond loopback only with keys, or where `insecure` says so.
    port : int
    workers : int
        Processes; they share one copy of the model in memory.
    model : str, optional
        Model file instead of the released one.
    api_key_file : str, optional
        Keys that are let in, one a line; blank lines and those that begin with # are passed over.
    corrections : str, optional
        SQLite file for editors' corrections, made where there is none.
    cors_origins : tuple of str
        Web origins whose pages may call; none by default.
    insecure : bool
        Let anybody in who can reach the address.
    patience : Patience
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    model: str | None = None
    api_key_file: str | None = None
    corrections: str | None = None
    cors_origins: tuple[str, ...] = ()
    insecure: bool = False
    patience: Patience = field(default_factory=Patience)

    def check(self) -> None:
        """Refuse to be open to others by accident.

        Raises
        ------
        ForewarnError
            If the host is no loopback address, and there are neither keys nor `insecure`.
        """
        if self.api_key_file is None and not self.insecure and not is_loopback(self.host):
            raise ForewarnError(
                f"host {self.host!r} is open to other machines, and no keys are asked for; name a "
                "file of keys with --api-key-file, bind to 127.0.0.1, or say --insecure"
            )

    def to_json(self) -> str:
        """Return the settings in a form that passes between processes."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return settings as `to_json` gave them."""
        values = json.loads(text)
        values["patience"] = Patience(**values["patience"])
        values["cors_origins"] = tuple(values["cors_origins"])
        return cls(**values)


def is_loopback(host: str) -> bool:
    """Return whether a name or address is this machine's own, by every address that it has.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("")
    (True, True, False, False)
    """
    try:
        found = {item[4][0] for item in socket.getaddrinfo(host, None)} if host else set()
    except OSError as error:
        raise ForewarnError(
            f"host {host!r} is not known here ({error.strerror or error}); name an address of "
            "this machine, as 127.0.0.1"
        ) from error
    # A scope, as in fe80::1%eth0, is not part of the address.
    return bool(found) and all(
        ipaddress.ip_address(str(address).partition("%")[0]).is_loopback for address in found
    )


def read_keys(path: str | PathLike[str]) -> frozenset[bytes]:
    """Read the keys that are let in.

    Parameters
    ----------
    path : str or path-like
        One key a line; blank lines and those that begin with # are passed over.

    Returns
    -------
    frozenset of bytes
        SHA-256 digests, so that all are compared at equal length.

    Raises
    ------
    InputError
        If the file cannot be read, or holds no key.
    """
    try:
        lines = Path(path).read_bytes().splitlines()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or error}); name a file with a key a line"
        ) from error
    keys = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith(b"#")]
    if not keys:
        raise InputError(f"{path}: holds no key; write one a line")
    return frozenset(hashlib.sha256(key).digest() for key in keys)
