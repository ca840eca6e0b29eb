"""A job's folder: what it is a folder of, whether that is still so, and what became of it all."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from forewarn._version import __version__
from forewarn.bulk.plan import Source
from forewarn.errors import ForewarnError, InputError
from forewarn.labels import ModelInfo

MANIFEST = "manifest.json"
ERRORS = "errors.jsonl"
LABELS = "labels"
_WORK = ".job-"


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes two jobs the same: they then make the same files.

    Attributes
    ----------
    version : str
        Of forewarn.
    model : ModelInfo
    options : mapping of str to Any
        JSON values.
    inputs : tuple of (str, int, str)
        Name, bytes and SHA-256 of each file.
    """

    version: str
    model: ModelInfo
    options: Mapping[str, Any]
    inputs: tuple[tuple[str, int, str], ...]

    @classmethod
    def of(cls, model: ModelInfo, options: Mapping[str, Any], sources: Iterable[Source]) -> Self:
        """Return the identity of a job on these sources."""
        inputs = tuple((source.file.name, source.size, source.sha256) for source in sources)
        return cls(__version__, model, options, inputs)

    def to_dict(self) -> dict[str, Any]:
        """Return the identity as a manifest shows it."""
        return {
            "forewarn": self.version,
            "model": {"version": self.model.version, "digest": self.model.digest},
            "options": dict(self.options),
            "inputs": [
                {"file": name, "bytes": size, "sha256": sha256}
                for name, size, sha256 in self.inputs
            ],
        }

    def work(self, folder: Path) -> Path:
        """Return where a job's ledgers and unfinished files are."""
        digest = hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()
        return folder / f"{_WORK}{digest[:16]}"


def open_folder(folder: Path, identity: Identity, *, overwrite: bool) -> None:
    """Make a folder ready for a job, or for a job to go on.

    Parameters
    ----------
    folder : Path
    identity : Identity
    overwrite : bool
        Throw away what another job, or an earlier run of this one, has left.

    Raises
    ------
    InputError
        If it holds another job and is not to be overwritten.
    ForewarnError
        If it cannot be written to.
    """
    try:
        if overwrite:
            _clear(folder)
        else:
            _expect_same(folder, identity)
        identity.work(folder).mkdir(parents=True, exist_ok=True)
        if not (folder / MANIFEST).exists():
            put_json(folder / MANIFEST, identity.to_dict() | {"counts": None})
        (folder / LABELS).mkdir(exist_ok=True)
    except OSError as error:
        raise ForewarnError(
            f"{folder}: cannot be written to ({error.strerror or error}); name another folder"
        ) from error


def _clear(folder: Path) -> None:
    # Ledgers first: without them nothing is taken for finished, wherever this is interrupted.
    for part in (*folder.glob(f"{_WORK}*"), folder / LABELS):
        shutil.rmtree(part, ignore_errors=True)
    for name in (ERRORS, MANIFEST):
        (folder / name).unlink(missing_ok=True)


def _expect_same(folder: Path, identity: Identity) -> None:
    remedy = "name another folder, or start anew with --overwrite"
    try:
        known = json.loads((folder / MANIFEST).read_bytes())
        difference = next(_differences(known, identity.to_dict()), None)
    except FileNotFoundError:
        if (folder / LABELS).exists():
            raise InputError(
                f"{folder}: holds a folder '{LABELS}' of unknown origin; {remedy}"
            ) from None
        return
    except (ValueError, LookupError, TypeError, AttributeError):
        raise InputError(f"{folder / MANIFEST}: is not what bulk writes; {remedy}") from None
    if difference:
        raise InputError(f"{folder}: holds labels of another job: {difference}; {remedy}")


def _differences(known: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    """Yield what differs between two jobs, in words."""
    if known["forewarn"] != wanted["forewarn"]:
        yield f"forewarn was {known['forewarn']} and is {wanted['forewarn']}"
    if known["model"] != wanted["model"]:
        digests = [job["model"]["digest"][:12] for job in (known, wanted)]
        yield "the model was {} and is {}".format(*digests)
    for name, value in wanted["options"].items():
        if (before := known["options"].get(name)) != value:
            yield f"{name} was {before!r} and is {value!r}"
    old = {item["file"]: item["sha256"] for item in known["inputs"]}
    new = {item["file"]: item["sha256"] for item in wanted["inputs"]}
    yield from (f"{name} has changed" for name in new if old.get(name, new[name]) != new[name])
    yield from (f"{name} was not among the inputs" for name in new if name not in old)
    yield from (f"{name} is no longer among the inputs" for name in old if name not in new)
    if list(old) != list(new):
        yield "the inputs came in another order"


def put_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON to a file whole or not at all."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        draft.write_text(json.dumps(content, indent=2) + "\n", encoding="ascii", newline="\n")
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
