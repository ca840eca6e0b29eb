"""Editors' corrections in an SQLite file: what was acknowledged is there after any crash."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any

from forewarn.errors import InputError

_TABLE = """
CREATE TABLE IF NOT EXISTS corrections (
    id INTEGER PRIMARY KEY,
    created TEXT NOT NULL,
    text TEXT NOT NULL,
    severity TEXT NOT NULL,
    types TEXT NOT NULL,
    note TEXT,
    predicted TEXT,
    model TEXT NOT NULL
)
"""
_APPLICATION = 0x666F7265  # "fore", by which SQLite and file(1) tell whose file it is

_WAIT = 10.0  # seconds for another process to finish writing


class Store:
    """A file of corrections.

    Every correction is a transaction of its own, on disk before it is acknowledged: write-ahead
    logging with ``synchronous=FULL``, https://www.sqlite.org/pragma.html#pragma_synchronous.
    Several processes may write at the same time.

    Parameters
    ----------
    path : str or path-like
        SQLite file, made where there is none.

    Raises
    ------
    InputError
        If it cannot be opened, or belongs to something else.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)
        self._lock = Lock()
        try:
            self._file = sqlite3.connect(
                self.path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            _refuse_others(self._file)
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._file.execute(_TABLE)
        except sqlite3.Error as error:
            raise InputError(
                f"{self.path}: cannot keep corrections ({error}); name a file of corrections, or "
                "one that does not exist yet in a folder that may be written to"
            ) from error

    def add(
        self,
        text: str,
        severity: str,
        types: Sequence[str] = (),
        *,
        note: str | None = None,
        predicted: dict[str, Any] | None = None,
        model: str = "",
    ) -> tuple[int, str]:
        """Keep a correction.

        Parameters
        ----------
        text : str
            The article.
        severity : str
        types : sequence of str
        note : str, optional
        predicted : dict, optional
            The label that is corrected.
        model : str
            Digest of the model that was in use.

        Returns
        -------
        id : int
        created : str
            UTC, to the millisecond.

        Raises
        ------
        sqlite3.Error
            If it could not be written; then it is not kept.
        """
        created = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        row = (
            created,
            text,
            severity,
            json.dumps(list(types)),
            note,
            None if predicted is None else json.dumps(predicted),
            model,
        )
        with self._lock:
            cursor = self._file.execute(
                "INSERT INTO corrections (created, text, severity, types, note, predicted, model) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid, created

    def check(self) -> None:
        """Ask the file something.

        Raises
        ------
        sqlite3.Error
            If it does not answer.
        """
        with self._lock:
            self._file.execute("SELECT id FROM corrections LIMIT 1").fetchall()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _refuse_others(file: sqlite3.Connection) -> None:
    (owner,) = file.execute("PRAGMA application_id").fetchone()
    tables = file.execute("SELECT name FROM sqlite_master").fetchall()
    if owner != _APPLICATION and tables:
        raise sqlite3.DatabaseError("it is the database of another program")


def read_corrections(path: str | PathLike[str]) -> Iterator[dict[str, Any]]:
    """Read corrections in the form that ``forewarn train --labels`` takes, oldest first.

    Parameters
    ----------
    path : str or path-like
        File of a `Store`, also of one in use.

    Yields
    ------
    dict of str to Any
        ``text``, ``severity`` and ``types``; beside them ``correction`` (the number it is kept
        under), ``created``, ``note``, ``predicted`` and ``model``, which training passes over.
        There is no ``id``: corrections of the same text belong together in training, and without
        an id it is the text that tells.

    Raises
    ------
    InputError
        If there is no such file, or it holds no corrections.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file; name the one given to 'serve --corrections'")
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT)) as file:
            file.execute("PRAGMA query_only = ON")
            for row in file.execute(
                "SELECT text, severity, types, id, created, note, predicted, model "
                "FROM corrections ORDER BY id"
            ):
                yield _as_label(row)
    except sqlite3.Error as error:
        raise InputError(
            f"{path}: holds no corrections ({error}); name the file given to 'serve --corrections'"
        ) from error


def _as_label(row: Sequence[Any]) -> dict[str, Any]:
    text, severity, types, number, created, note, predicted, model = row
    return {
        "text": text,
        "severity": severity,
        "types": json.loads(types),
        "correction": number,
        "created": created,
        "note": note,
        "predicted": None if predicted is None else json.loads(predicted),
        "model": model,
    }
