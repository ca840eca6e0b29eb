"""The model file: arrays and plain values, written by joblib and read without unpickling.

A joblib file is a pickle stream with the bytes of each array in between, and unpickling calls
whatever the stream names. So a model file is never unpickled: `_Reader` understands the few
pickle instructions that joblib writes for plain values and arrays, builds those values itself
and refuses every other instruction, name and type. It imports, calls and decompresses nothing
that the file asks for. Next to an unpickler with a restricted ``find_class`` this is stricter
(no method of pickle or joblib, of whichever version, stands between the file and the list of
what it may hold) and faster (importing joblib takes longer than loading the model).

What a file may hold is written down in four lists: `_PLAIN` (types of values), `_DTYPES`
(types of arrays), `_Name` (names) and `_INSTRUCTIONS` (pickle instructions).

The digest tells damage, not authorship: whoever can write the file can write its digest.
"""

import hashlib
import math
import os
import pickle
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from forewarn._version import __version__
from forewarn.errors import ModelFileError

FORMAT = "forewarn model"
FORMAT_VERSION = 1

_PLAIN = (NoneType, bool, int, float, str)  # beside list, tuple, dict with str keys, and arrays

# All little-endian, so that one file and one digest serve every machine.
_DTYPES = {
    name: np.dtype(name)
    for name in ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
}

# Joblib starts arrays at a multiple of 16 bytes, which suits every dtype above.
_ALIGNMENT = 16

# Bounds on what a small hostile file can cost; a real model stays far below them.
_MAX_DEPTH = 32  # levels
_MAX_PLAIN = 2**20  # instructions and characters, outside arrays
_MAX_DIMENSIONS = 32  # of an array in numpy 1.26

# First bytes of what joblib and others write compressed; known only to name it.
_COMPRESSED = {
    b"\x78\x01": "zlib",
    b"\x78\x5e": "zlib",
    b"\x78\x9c": "zlib",
    b"\x78\xda": "zlib",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\x5d\x00\x00": "lzma",
    b"\xfd7zXZ": "xz",
    b"\x04\x22\x4d\x18": "lz4",
    b"PK\x03\x04": "zip",
    b"ZF": "joblib before 0.10",
}

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What a model file says.

    Attributes
    ----------
    format_version : int
        Version of the file's layout.
    package_version : str
        Version of forewarn that wrote it.
    digest : str
        SHA-256 of the content, in hexadecimal (see `save_model`).
    content : dict of str to Any
        Plain values and read-only arrays mapped from the file; dictionaries are in the order
        of their keys.
    """

    format_version: int
    package_version: str
    digest: str
    content: dict[str, Any]


def save_model(path: str | os.PathLike[str], content: Mapping[str, Any]) -> str:
    """Write a model's content to a file, whole or not at all.

    The same content gives the same bytes. An existing file is replaced in one step, so whoever
    has mapped it keeps the model they had. The file is a joblib file and
    ``joblib.load(path, mmap_mode="r")["content"]`` opens it too, unchecked.

    Parameters
    ----------
    path : str or path-like
        File to write.
    content : mapping of str to Any
        None, bool, int of 64 bits, float, str, list, tuple, dict with str keys, and arrays of
        bool, int8 to int64, uint8 to uint64 or float16 to float64, nested at most 32 deep. The
        types must be these themselves; subclasses and numpy scalars are refused.

    Returns
    -------
    str
        SHA-256, in hexadecimal, of the content as an ASCII Python literal, its keys sorted and
        each array replaced by ``b"dtype shape"``, followed by the bytes of the arrays in the
        same order, little-endian and C-contiguous. The order of keys and the memory layout of
        arrays do not change it.

    Raises
    ------
    ModelFileError
        If the content holds anything else (the message names where, and the type), or the
        file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "model.joblib"
    ...     digest = save_model(path, {"scale": 2.5, "bias": np.array([0.5, -1.5])})
    ...     print(load_model(path).content, load_model(path).digest == digest)
    {'bias': array([ 0.5, -1.5]), 'scale': 2.5} True
    """
    import tempfile  # noqa: PLC0415 (loading does without these two)

    import joblib  # noqa: PLC0415

    path = Path(path)
    try:
        admitted = _admit(dict(content))
        digest = _digest(admitted)
        document = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "package_version": __version__,
            "digest": digest,
            "content": admitted,
        }
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".forewarn-") as folder:
            draft = Path(folder) / path.name
            # Joblib is given a file because a name such as model.gz would make it compress, and
            # a protocol because its default changes with Python's.
            with draft.open("wb") as file:
                joblib.dump(document, file, protocol=4)
            _check(_Reader(np.memmap(draft, np.uint8, mode="r")).read())
            draft.replace(path)
    except ModelFileError as error:
        raise ModelFileError(
            f"{path}: the model cannot be saved, as it {error}; "
            "give plain values and numeric arrays only"
        ) from None
    except OSError as error:
        raise ModelFileError(
            f"{path}: the model cannot be saved ({error.strerror or error}); "
            "give a path in a folder that exists and can be written to"
        ) from error
    return digest


def load_model(path: str | os.PathLike[str]) -> ModelFile:
    """Map a model file into memory and verify it.

    The arrays are views of one read-only map, so all processes that load the file share one
    copy of them; a file in use is therefore replaced, as `save_model` does, and never written
    into. Verifying the digest takes about 0.6 ms per MB.

    Parameters
    ----------
    path : str or path-like
        File that `save_model` wrote.

    Returns
    -------
    ModelFile
        Header and content.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, compressed, of another format version, or holds
        anything that `save_model` does not write. Nothing that it holds has been called then.
    """
    name = os.fspath(path)
    try:
        data = np.memmap(path, np.uint8, mode="r")
    except (OSError, ValueError) as error:  # ValueError: the file is empty
        raise ModelFileError(
            f"{name}: cannot be mapped ({getattr(error, 'strerror', None) or error}); "
            "give the path of a model that forewarn saved"
        ) from error
    try:
        return _check(_Reader(data).read())
    except ModelFileError as error:
        raise ModelFileError(
            f"{name}: not a model for forewarn {__version__}, as it {error}; "
            "take a fresh copy of the file, or train and save the model again"
        ) from None


def _check(document: Any) -> ModelFile:
    """Return the model in what a file holds, or refuse another document, version or digest."""
    match document:
        case {"format": str(name), "format_version": int(version)} if name == FORMAT:
            if version != FORMAT_VERSION:
                raise ModelFileError(f"has format version {version}, not {FORMAT_VERSION}")
        case _:
            raise ModelFileError("is a joblib file of something else")
    match document:
        case {"package_version": str(writer), "digest": str(digest), "content": dict(content)} if (
            len(document) == 5
        ):
            admitted: dict[str, Any] = _admit(content)
            if _digest(admitted) != digest:
                raise ModelFileError("is damaged: its content does not match its digest")
            return ModelFile(FORMAT_VERSION, writer, digest, admitted)
        case _:
            raise ModelFileError("is damaged: its header is not a model's")


def _admit(value: Any, where: tuple[str | int, ...] = ()) -> Any:
    """Return a value in its one canonical form, or refuse what a model never holds.

    Keys are sorted and arrays little-endian and C-contiguous. Equal strings become one object
    and equal containers separate ones, because pickle writes an object that it meets again as a
    reference: only so do equal contents give equal files.
    """
    kind = type(value)
    if len(where) > _MAX_DEPTH:
        raise ModelFileError(f"nests deeper than {_MAX_DEPTH} levels at {_path(where)}")
    if kind is dict:
        for key in value:
            if type(key) is not str:
                raise ModelFileError(f"holds a key of type {_type(key)} at {_path(where)}")
        return {
            _admit(key, (*where, key)): _admit(value[key], (*where, key)) for key in sorted(value)
        }
    if kind in (list, tuple):
        return kind([_admit(item, (*where, index)) for index, item in enumerate(value)])
    if kind in (np.ndarray, np.memmap):
        dtype = _DTYPES.get(value.dtype.str.replace(">", "<"))
        if dtype is None:
            raise ModelFileError(f"holds an array of dtype {value.dtype} at {_path(where)}")
        # The view replaces a dtype that is equal yet another object (long long, metadata).
        return np.asarray(value, dtype=dtype, order="C").view(dtype)
    if kind not in _PLAIN:
        raise ModelFileError(f"holds a value of type {_type(value)} at {_path(where)}")
    if kind is int and not -(2**63) <= value < 2**64:
        raise ModelFileError(f"holds an int of more than 64 bits at {_path(where)}")
    if kind is str:
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ModelFileError(f"holds a str with lone surrogates at {_path(where)}") from None
        return sys.intern(value)
    return value


def _digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of admitted content (see `save_model`)."""
    arrays: list[NDArray[Any]] = []

    def outline(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: outline(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)([outline(item) for item in value])
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return f"{value.dtype.str} {value.shape}".encode()
        return value

    digest = hashlib.sha256(ascii(outline(content)).encode())
    for array in arrays:
        digest.update(array.data)
    return digest.hexdigest()


def _path(where: tuple[str | int, ...]) -> str:
    return _quote(".".join(str(part)[:80] for part in where)) if where else "the top"


def _type(value: Any) -> str:
    kind = _STANDS_FOR.get(type(value), type(value))
    return _quote(f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins."))


def _quote(text: str) -> str:
    """Return text from a file as a message may show it: short, printable and in quotes."""
    return ascii(text if len(text) <= 80 else f"{text[:77]}...")


class _Name(Enum):
    """The names that a file may contain. They are compared, never looked up."""

    WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
    ARRAY = "numpy.ndarray"
    DTYPE = "numpy.dtype"


class _Wrapper:
    """An array whose description is still to come."""


@dataclass(slots=True)
class _Dtype:
    """A dtype, unknown until its byte order has come."""

    code: str
    dtype: np.dtype[Any] | None = None


_STANDS_FOR: dict[type, type] = {_Name: type, _Wrapper: np.ndarray, _Dtype: np.dtype}


class _Reader:
    """A pickle machine for nothing but plain values and joblib's arrays.

    Containers cannot be referred to again, so what is read is a tree, no larger than its file.

    Parameters
    ----------
    data : ndarray of uint8, shape (n,)
        The whole file. The arrays read are views of it, so no size that a file claims is ever
        allocated.
    """

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data
        self.bytes = data.data
        self.at = 0
        self.left = _MAX_PLAIN
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []  # the stack as it was at each open mark
        self.memo: list[Any] = []

    def read(self) -> Any:
        """Return the one value that the file holds."""
        start = bytes(self.bytes[:8])
        for magic, name in _COMPRESSED.items():
            if start.startswith(magic):
                raise ModelFileError(f"is compressed ({name}), which cannot be mapped")
        if start[:2] not in (pickle.PROTO + b"\x04", pickle.PROTO + b"\x05"):
            raise ModelFileError("does not begin like one")
        self.at = 2
        try:
            while (instruction := self.take(1)) != pickle.STOP:
                self.spend(1)
                if instruction not in _INSTRUCTIONS:
                    raise ModelFileError(self.describe(instruction))
                _INSTRUCTIONS[instruction](self)
        except (IndexError, ValueError):  # a stack or memo too short, or bytes that are not UTF-8
            raise self.damaged() from None
        if len(self.stack) != 1 or self.below or self.at != len(self.bytes):
            raise self.damaged()
        return self.stack[0]

    def describe(self, instruction: bytes) -> str:
        """Say what an instruction that is not admitted would have done."""
        if instruction in (pickle.GLOBAL, pickle.INST):
            lines = bytes(self.bytes[self.at : self.at + 160]).decode("latin-1").split("\n")
            return f"refers to {_quote('.'.join(lines[:2]))}"
        import pickletools  # noqa: PLC0415 (for this message only)

        for known in pickletools.opcodes:
            if known.code.encode("latin-1") == instruction:
                return f"contains the pickle instruction {known.name}"
        return str(self.damaged())

    def damaged(self) -> ModelFileError:
        return ModelFileError(f"is damaged before byte {self.at:,}")

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise ModelFileError(
                f"holds more than {_MAX_PLAIN:,} values and characters outside arrays"
            )

    # Bytes

    def take(self, size: int) -> bytes:
        self.at += size
        if self.at > len(self.bytes):
            raise ModelFileError("is cut short")
        return bytes(self.bytes[self.at - size : self.at])

    def number(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)

    def text(self, size: int) -> str:
        length = self.number(size)
        self.spend(length)
        return self.take(length).decode()

    # Stack and memo

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self, kind: type[_T]) -> _T:
        value = self.stack.pop()
        if type(value) is not kind:
            raise self.damaged()
        return value

    def pop_many(self, count: int) -> list[Any]:
        return [self.stack.pop() for _ in range(count)][::-1]

    def mark(self) -> None:
        self.below.append(self.stack)
        self.stack = []

    def pop_mark(self) -> list[Any]:
        values, self.stack = self.stack, self.below.pop()
        return values

    def memoize(self) -> None:
        self.memo.append(self.stack[-1])

    def recall(self, size: int) -> None:
        value = self.memo[self.number(size)]
        if type(value) is str:
            self.spend(len(value))
        elif type(value) not in (_Name, _Dtype):
            raise ModelFileError(f"holds one {_type(value)} in two places")
        self.push(value)

    # Containers

    def extend(self, values: list[Any]) -> None:
        items = self.pop(list)
        items.extend(values)
        self.push(items)

    def update(self, values: list[Any]) -> None:
        mapping = self.pop(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            if type(key) is not str:
                raise ModelFileError(f"holds a key of type {_type(key)}")
            mapping[key] = value
        self.push(mapping)

    # Arrays. Types are matched before values are compared: comparing an array gives an array.

    def name(self) -> None:
        name, module = self.pop(str), self.pop(str)
        try:
            self.push(_Name(f"{module}.{name}"))
        except ValueError:
            raise ModelFileError(f"refers to {_quote(f'{module}.{name}')}") from None

    def begin_array(self) -> None:
        arguments = self.pop(tuple)
        if self.pop(_Name) is not _Name.WRAPPER or arguments:
            raise self.damaged()
        self.push(_Wrapper())

    def begin_dtype(self) -> None:
        arguments = self.pop(tuple)
        if self.pop(_Name) is not _Name.DTYPE:
            raise self.damaged()
        match arguments:
            case (str(code), False, True):
                self.push(_Dtype(code))
            case _:
                raise self.damaged()

    def build(self) -> None:
        state, target = self.stack.pop(), self.stack.pop()
        if type(target) is _Wrapper:
            self.push(self.array(state))
        elif type(target) is _Dtype:
            self.finish_dtype(target, state)
            self.push(target)
        else:
            raise ModelFileError(f"sets the state of a value of type {_type(target)}")

    def finish_dtype(self, target: _Dtype, state: Any) -> None:
        match state:
            case (int(version), str(order), None, None, None, int(), int(), int()) if version == 3:
                target.dtype = _DTYPES.get(order + target.code)
        if target.dtype is None:
            raise ModelFileError(f"holds an array of dtype {_quote(target.code)}")

    def array(self, state: Any) -> NDArray[Any]:
        """Return the array whose bytes come next, as a view of the file."""
        match state:
            case {
                "subclass": _Name() as subclass,
                "shape": tuple(shape),
                "order": str(order),
                "dtype": _Dtype(dtype=np.dtype() as dtype),
                "allow_mmap": True,
                "numpy_array_alignment_bytes": int(),
            } if subclass is _Name.ARRAY and order == "C" and len(state) == 6:
                self.take(self.number(1))  # padding, after one byte that gives its length
            case _:
                raise ModelFileError(f"holds an array of foreign layout before byte {self.at:,}")
        sizes = all(type(size) is int and size >= 0 for size in shape)
        if not sizes or len(shape) > _MAX_DIMENSIONS or self.at % _ALIGNMENT:
            raise self.damaged()
        start, size = self.at, math.prod(shape) * dtype.itemsize
        if size > len(self.bytes) - start:
            raise ModelFileError(f"is cut short: the array at byte {start:,} takes {size:,} bytes")
        self.at += size
        return np.ndarray(shape, dtype, buffer=self.data, offset=start)


_INSTRUCTIONS: dict[bytes, Callable[[_Reader], object]] = {
    pickle.FRAME: lambda reader: reader.take(8),  # its length, of no use to a map
    pickle.NONE: lambda reader: reader.push(None),
    pickle.NEWTRUE: lambda reader: reader.push(True),
    pickle.NEWFALSE: lambda reader: reader.push(False),
    pickle.BININT: lambda reader: reader.push(reader.number(4, signed=True)),
    pickle.BININT1: lambda reader: reader.push(reader.number(1)),
    pickle.BININT2: lambda reader: reader.push(reader.number(2)),
    pickle.LONG1: lambda reader: reader.push(reader.number(reader.number(1), signed=True)),
    pickle.BINFLOAT: lambda reader: reader.push(struct.unpack(">d", reader.take(8))[0]),
    pickle.SHORT_BINUNICODE: lambda reader: reader.push(reader.text(1)),
    pickle.BINUNICODE: lambda reader: reader.push(reader.text(4)),
    pickle.MARK: _Reader.mark,
    pickle.MEMOIZE: _Reader.memoize,
    pickle.BINGET: lambda reader: reader.recall(1),
    pickle.LONG_BINGET: lambda reader: reader.recall(4),
    pickle.EMPTY_TUPLE: lambda reader: reader.push(()),
    pickle.TUPLE1: lambda reader: reader.push(tuple(reader.pop_many(1))),
    pickle.TUPLE2: lambda reader: reader.push(tuple(reader.pop_many(2))),
    pickle.TUPLE3: lambda reader: reader.push(tuple(reader.pop_many(3))),
    pickle.TUPLE: lambda reader: reader.push(tuple(reader.pop_mark())),
    pickle.EMPTY_LIST: lambda reader: reader.push([]),
    pickle.APPEND: lambda reader: reader.extend(reader.pop_many(1)),
    pickle.APPENDS: lambda reader: reader.extend(reader.pop_mark()),
    pickle.EMPTY_DICT: lambda reader: reader.push({}),
    pickle.SETITEM: lambda reader: reader.update(reader.pop_many(2)),
    pickle.SETITEMS: lambda reader: reader.update(reader.pop_mark()),
    pickle.STACK_GLOBAL: _Reader.name,  # only a name in `_Name`
    pickle.NEWOBJ: _Reader.begin_array,  # only joblib's wrapper
    pickle.REDUCE: _Reader.begin_dtype,  # only a dtype
    pickle.BUILD: _Reader.build,  # only the state of these two
}
