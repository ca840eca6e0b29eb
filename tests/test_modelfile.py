"""What a model file keeps, and what it can never be made to do."""

import contextlib
import copyreg
import io
import math
import os
import pickle
import pickletools
import random
import subprocess
import sys
import tracemalloc
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from joblib.numpy_pickle import NumpyPickler
from joblib.numpy_pickle_compat import NDArrayWrapper
from sklearn.linear_model import LogisticRegression

from forewarn.errors import ModelFileError
from forewarn.modelfile import FORMAT, FORMAT_VERSION, load_model, save_model
from forewarn.taxonomy import Severity

SMALL = {
    "bias": np.array([0.5, -1.5], "f4"),
    "sign": np.array([[True], [False]]),
    "names": ("calm", "stark"),
    "points": {"balanced": 0.25, "rounds": 3, "note": None},
}

# Hypothesis writes over the same file in every example, which is what is wanted here.
same_file = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)

dtypes = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
)
arrays = dtypes.flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=5))
)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(),
        st.text(max_size=20),
        arrays,
        arrays.map(np.transpose),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=8), inner, max_size=4),
    ),
    max_leaves=12,
)
contents = st.dictionaries(st.text(max_size=8), values, max_size=5)
opcodes = st.sampled_from([ord(opcode.code) for opcode in pickletools.opcodes])


def plain(value: Any) -> Any:
    """Return a value as something that compares by type, bits and order of items."""
    if isinstance(value, np.ndarray):
        dtype = value.dtype.newbyteorder("<")
        return "array", dtype.str, value.shape, value.astype(dtype).tobytes()
    if isinstance(value, dict):
        return "dict", {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value), [plain(item) for item in value]
    if isinstance(value, float):
        return "float", "nan" if math.isnan(value) else value.hex()
    return type(value), value


def document(content: Any) -> dict[str, Any]:
    """Return content under a header that is as it should be, but for the digest."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "package_version": "0.1.0",
        "digest": 64 * "0",
        "content": content,
    }


def refuses(path: Path, message: str) -> None:
    """Expect one clear refusal: of this file, in one line, in reasonable length."""
    with pytest.raises(ModelFileError, match=message) as refusal:
        load_model(path)
    text = str(refusal.value)
    assert text.startswith(str(path))
    assert "; " in text  # what to do
    assert text.isprintable()
    assert len(text) < len(str(path)) + 400


@contextlib.contextmanager
def little_memory() -> Iterator[None]:
    """Expect that at no time more than 8 MB are allocated."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 8e6
    finally:
        tracemalloc.stop()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.joblib"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of the file of `SMALL`."""
    path = tmp_path_factory.mktemp("good") / "model.joblib"
    save_model(path, SMALL)
    return path.read_bytes()


class TestKeeping:
    @same_file
    @given(content=contents)
    @example({"of every width": [sign * 2**bits for bits in range(63) for sign in (1, -1)]})
    @example({"one": [1], "longer than a batch": list(range(2500))})
    @example({"more than a byte counts": [str(i % 300) for i in range(900)]})
    @example({"é": 200 * "é", "longer than a frame": 70_000 * "a", "x": np.zeros(70_000)})
    @example({"nested": [[[[[((((((({"a": {"b": {"c": ()}}},),),),),),),)]]]]]})
    def test_what_is_saved_is_loaded_by_us_and_by_joblib(
        self, path: Path, content: dict[str, Any]
    ) -> None:
        digest = save_model(path, content)
        model = load_model(path)
        assert plain(model.content) == plain(content)
        assert model.digest == digest
        assert model.format_version == FORMAT_VERSION
        for mode in (None, "r"):
            assert plain(joblib.load(path, mmap_mode=mode)["content"]) == plain(content)

    @same_file
    @given(content=contents, shuffle=st.randoms())
    def test_equal_contents_give_equal_bytes(
        self, path: Path, content: dict[str, Any], shuffle: random.Random
    ) -> None:
        def rebuild(value: Any) -> Any:
            if isinstance(value, np.ndarray):
                swapped = value.astype(value.dtype.newbyteorder())
                return np.asfortranarray(swapped).reshape(value.shape)
            if isinstance(value, dict):
                keys = shuffle.sample(list(value), len(value))
                return {"".join(list(key)): rebuild(value[key]) for key in keys}
            if isinstance(value, list | tuple):
                return type(value)([rebuild(item) for item in value])
            return "".join(list(value)) if isinstance(value, str) else value

        first = save_model(path, content), path.read_bytes()
        assert (save_model(path, rebuild(content)), path.read_bytes()) == first

    def test_one_object_in_two_places_is_saved_as_two_equal_ones(self, path: Path) -> None:
        shared = ["calm", (1, 2)]
        save_model(path, {"a": shared, "b": shared})
        once = path.read_bytes()
        save_model(path, {"a": ["calm", (1, 2)], "b": ["calm", (1, 2)]})
        assert path.read_bytes() == once

    def test_another_process_writes_the_same_bytes(self, path: Path) -> None:
        save_model(path, {"dtype": "numpy", "C": np.arange(3), "names": ["dtype", "ab", "C"]})
        here = path.read_bytes()
        script = (
            "import sys, numpy as np; from forewarn.modelfile import save_model;"
            "names = ['dt' + 'ype', ''.join('ab'), 'C'];"
            "save_model(sys.argv[1], {'names': names, 'C': np.arange(3), 'dtype': 'num' + 'py'})"
        )
        subprocess.run(
            [sys.executable, "-c", script, path],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": "7"},
        )
        assert path.read_bytes() == here

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (1, 1.0),
            (1, True),
            (1, "1"),
            (0.0, -0.0),
            (None, "None"),
            ([1], (1,)),
            ({}, []),
            ({"x": 1}, ["x", 1]),
            ("\U0001f600", "\\U0001f600"),
            (np.zeros(2, "f4"), np.zeros(2, "i4")),
            (np.zeros((2, 3)), np.zeros((3, 2))),
            (np.zeros(1), [0.0]),
            (np.zeros(()), 0.0),
        ],
    )
    def test_the_digest_tells_contents_apart(self, path: Path, one: Any, other: Any) -> None:
        assert save_model(path, {"x": one}) != save_model(path, {"x": other})

    def test_the_digest_stays_what_it_was(self, path: Path) -> None:
        digest = "313ea8cd620215940a635c398ef58772fc80961b8247b0459e244fe4eccc114f"
        assert save_model(path, SMALL) == digest

    def test_arrays_are_aligned_read_only_views_of_the_file(self, path: Path) -> None:
        save_model(path, SMALL)
        for name in ("bias", "sign"):
            array = load_model(path).content[name]
            assert not array.flags.writeable
            assert array.ctypes.data % 16 == 0
            owner = array
            while type(owner) is np.ndarray:
                owner = owner.base
            assert isinstance(owner, np.memmap)
            assert Path(str(owner.filename)) == path

    def test_a_loaded_model_can_be_saved(self, path: Path) -> None:
        digest = save_model(path, SMALL)
        assert save_model(path, load_model(path).content) == digest

    def test_loading_imports_neither_joblib_nor_scikit_learn(self, path: Path) -> None:
        save_model(path, SMALL)
        script = (
            "import sys; from forewarn.modelfile import load_model; load_model(sys.argv[1]);"
            "print({'joblib', 'sklearn', 'scipy', 'pickletools'} & set(sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, path], check=True, capture_output=True, text=True
        )
        assert done.stdout.strip() == "set()"


class TestSaving:
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (np.array([None]), "array of dtype object at 'deep.0.x'"),
            (np.array(["a"]), "array of dtype <U1 at 'deep.0.x'"),
            (np.zeros(1, "M8[s]"), r"array of dtype datetime64\[s\] at"),
            (np.zeros(1, "c16"), "array of dtype complex128 at"),
            (np.zeros(1, [("a", "f4")]), "array of dtype .* at"),
            (np.ma.masked_array([1.0], [True]), r"'numpy.*MaskedArray' at 'deep.0.x'"),
            (np.float64(1), "'numpy.float64' at 'deep.0.x'"),
            (Severity.GRAPHIC, "'forewarn.taxonomy.Severity' at 'deep.0.x'"),
            (OrderedDict(), "'collections.OrderedDict' at 'deep.0.x'"),
            (b"bytes", "'bytes' at 'deep.0.x'"),
            ({1, 2}, "'set' at 'deep.0.x'"),
            (print, "'builtin_function_or_method' at 'deep.0.x'"),
            ({1: 2}, "key of type 'int' at 'deep.0.x'"),
            (2**64, "int of more than 64 bits at 'deep.0.x'"),
            ("\ud83d", "lone surrogates at 'deep.0.x'"),
            ("long" * 2**18, "more than 1,048,576 values and characters"),
        ],
    )
    def test_what_a_model_never_holds_is_refused_by_place_and_type(
        self, path: Path, value: Any, message: str
    ) -> None:
        save_model(path, SMALL)
        before = path.read_bytes()
        with pytest.raises(ModelFileError, match=message):
            save_model(path, {"deep": [{"x": value}]})
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]

    def test_a_container_that_holds_itself_is_refused(self, path: Path) -> None:
        endless: list[Any] = []
        endless.append(endless)
        with pytest.raises(ModelFileError, match=r"deeper than 32 levels at 'endless\.0\.0\.0"):
            save_model(path, {"endless": endless})

    def test_a_folder_that_does_not_exist_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ModelFileError, match=r"nowhere.*No such file.*give a path"):
            save_model(tmp_path / "nowhere" / "model.joblib", SMALL)

    def test_no_file_name_makes_joblib_compress(self, tmp_path: Path) -> None:
        save_model(tmp_path / "model.gz", SMALL)
        assert plain(load_model(tmp_path / "model.gz").content) == plain(SMALL)


class TestSharing:
    def test_readers_meet_one_whole_model_while_it_is_replaced(self, path: Path) -> None:
        models = [{"x": np.full(5000, i)} for i in range(2)]
        digests = {save_model(path, model) for model in models}

        def read(_: int) -> bool:
            model = load_model(path)
            return model.digest in digests and len(np.unique(model.content["x"])) == 1

        with ThreadPoolExecutor(4) as pool:
            answers = pool.map(read, range(200))
            for i in range(40):
                save_model(path, models[i % 2])
            assert all(answers)

    def test_who_has_mapped_a_model_keeps_it(self, path: Path) -> None:
        save_model(path, {"x": np.zeros(5000)})
        model = load_model(path)
        save_model(path, {"x": np.ones(1)})
        assert not model.content["x"].any()

    def test_worker_processes_read_it_at_once(self, path: Path) -> None:
        digest = save_model(path, SMALL)
        models = joblib.Parallel(n_jobs=2)(joblib.delayed(load_model)(path) for _ in range(8))
        assert {model.digest for model in models} == {digest}
        assert all(plain(model.content) == plain(SMALL) for model in models)


class TestRefusing:
    def test_a_missing_file(self, path: Path) -> None:
        refuses(path, "No such file.*give the path of a model")

    def test_a_folder(self, tmp_path: Path) -> None:
        refuses(tmp_path, "cannot be mapped")

    def test_an_empty_file(self, path: Path) -> None:
        path.touch()
        refuses(path, "empty file")

    def test_a_text_file(self, path: Path) -> None:
        path.write_text("Calm night in the harbour town.")
        refuses(path, "does not begin like one")

    @same_file
    @given(noise=st.binary(min_size=1, max_size=200), pickled=st.booleans())
    def test_random_bytes(self, path: Path, noise: bytes, pickled: bool) -> None:
        path.write_bytes((b"\x80\x04" if pickled else b"") + noise)
        refuses(path, "not a model")

    def test_a_joblib_file_of_something_else(self, path: Path) -> None:
        for other in ({"x": 1}, [1.5], np.zeros(3), {"format": np.zeros(3)}):
            joblib.dump(other, path)
            refuses(path, "joblib file of something else")

    def test_another_format_version(self, path: Path) -> None:
        joblib.dump(document({}) | {"format_version": 2}, path)
        refuses(path, "has format version 2, not 1")

    @pytest.mark.parametrize(
        "wrong", [{"digest": None}, {"content": []}, {"package_version": 1}, {"extra": 1}]
    )
    def test_another_header(self, path: Path, wrong: dict[str, Any]) -> None:
        joblib.dump(document({}) | wrong, path)
        refuses(path, "header is not a model's")

    def test_content_without_its_digest(self, path: Path) -> None:
        joblib.dump(document(SMALL), path)
        refuses(path, "does not match its digest")

    def test_a_scikit_learn_estimator_under_our_name(self, path: Path) -> None:
        joblib.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), path)
        refuses(path, "refers to 'sklearn.linear_model._logistic.LogisticRegression'")

    @pytest.mark.parametrize("protocol", range(4))
    def test_older_pickle_protocols(self, path: Path, protocol: int) -> None:
        joblib.dump(document({}), path, protocol=protocol)
        refuses(path, "does not begin like one")

    def test_the_newest_pickle_protocol_is_read(self, path: Path) -> None:
        digest = save_model(path, SMALL)
        joblib.dump(joblib.load(path), path, protocol=5)
        assert load_model(path).digest == digest


class TestDamage:
    def refused_or_same(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)
        try:
            model = load_model(path)
        except ModelFileError:
            return
        assert plain(model.content) == plain(SMALL)

    def test_cut_at_every_byte(self, path: Path, good: bytes) -> None:
        for size in range(1, len(good)):
            path.write_bytes(good[:size])
            refuses(path, "not a model")

    def test_anything_after_the_end(self, path: Path, good: bytes) -> None:
        path.write_bytes(good + b"\x00")
        refuses(path, "damaged")

    def test_a_bit_flipped_in_every_byte(self, path: Path, good: bytes) -> None:
        for at in range(len(good)):
            flipped = bytes([good[at] ^ (1 << at % 8)])
            self.refused_or_same(path, good[:at] + flipped + good[at + 1 :])

    def test_every_flip_within_an_array_is_seen(self, path: Path, good: bytes) -> None:
        start = good.index(np.array([0.5, -1.5], "<f4").tobytes())
        for at in range(start, start + 8):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            refuses(path, "does not match its digest")

    @settings(same_file, max_examples=300)
    @given(
        edits=st.lists(
            st.tuples(
                st.floats(0, 1, exclude_max=True),
                st.integers(0, 12),
                st.one_of(st.binary(max_size=6), st.lists(opcodes, max_size=6).map(bytes)),
            ),
            min_size=1,
            max_size=4,
        )
    )
    def test_any_edit(self, path: Path, good: bytes, edits: list[tuple[float, int, bytes]]) -> None:
        data = good
        for where, dropped, inserted in edits:
            at = int(where * len(data))
            data = data[:at] + inserted + data[at + dropped :]
        self.refused_or_same(path, data or b"\x80")


class Payload:
    """An object that makes a folder when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, (str(self.canary),)


class WithPersistentId(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return "anything" if obj is print else None


def dumped(value: Any) -> bytes:
    """Return value as joblib writes it."""
    file = io.BytesIO()
    joblib.dump(value, file)
    return file.getvalue()


def spliced(instructions: bytes) -> bytes:
    """Return a document whose content is what the instructions put on the stack."""
    whole = pickle.dumps(document("HERE"), protocol=4)
    assert whole[2:3] == pickle.FRAME
    return (whole[:2] + whole[11:]).replace(
        b"\x8c\x04HERE\x94", b"}\x8c\x01x" + instructions + b"s"
    )


def text(value: str) -> bytes:
    return pickle.BINUNICODE + len(value.encode()).to_bytes(4, "little") + value.encode()


def command(canary: Path) -> bytes:
    return text(f'mkdir "{canary}"')


# Each makes the canary when joblib loads it, and is refused with the message beside it.
LIVE: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "an object": (lambda canary: dumped(Payload(canary)), "refers to '(posix|nt).mkdir'"),
    "an object under our header": (
        lambda canary: dumped(document({"x": [(Payload(canary),)]})),
        "refers to '(posix|nt).mkdir'",
    ),
    "an object as key": (
        lambda canary: dumped(document({Payload(canary): 1})),
        "refers to '(posix|nt).mkdir'",
    ),
    "an object in an array": (
        lambda canary: dumped(document({"x": np.array([Payload(canary)])})),
        "array of dtype 'O8'",
    ),
    "an object in an estimator": (
        lambda canary: dumped(LogisticRegression(C=Payload(canary))),
        "refers to 'sklearn.linear_model._logistic.LogisticRegression'",
    ),
    "GLOBAL and REDUCE": (
        lambda canary: spliced(b"cos\nsystem\n" + command(canary) + b"\x85R"),
        "refers to 'os.system'",
    ),
    "STACK_GLOBAL and REDUCE": (
        lambda canary: spliced(text("os") + text("system") + b"\x93" + command(canary) + b"\x85R"),
        "refers to 'os.system'",
    ),
    "a name inside an admitted module": (
        lambda canary: spliced(
            text("joblib.numpy_pickle") + text("os.system") + b"\x93" + command(canary) + b"\x85R"
        ),
        "refers to 'joblib.numpy_pickle.os.system'",
    ),
    "INST": (
        lambda canary: spliced(b"(" + command(canary) + b"ios\nsystem\n"),
        "refers to 'os.system'",
    ),
    "OBJ": (
        lambda canary: spliced(b"(cos\nsystem\n" + command(canary) + b"o"),
        "refers to 'os.system'",
    ),
    "EXT1": (
        lambda canary: spliced(b"\x82\xf0" + command(canary) + b"\x85R"),
        "pickle instruction EXT1",
    ),
    "a payload before the document": (
        lambda canary: (
            dumped(0)[:2]
            + (text("os") + text("system") + b"\x93" + command(canary) + b"\x85R0")
            + dumped(document({}))[2:]
        ),
        "refers to 'os.system'",
    ),
}

# Each is refused with the message beside it.
INERT: dict[str, tuple[Callable[[], bytes], str]] = {
    "a numpy scalar": (lambda: dumped(document({"x": np.float32(1)})), "'numpy.*scalar'"),
    "an old joblib array, in another file": (
        lambda: pickle.dumps(document(NDArrayWrapper("other.npy", np.ndarray))),
        "refers to 'joblib.numpy_pickle_compat.NDArrayWrapper'",
    ),
    "a type": (lambda: dumped(document({"x": np.ndarray})), "type 'type' at 'x'"),
    "a dtype": (lambda: dumped(document({"x": np.dtype("f4")})), "type 'numpy.*dtype.*' at 'x'"),
    "a set": (lambda: dumped(document({"x": {1}})), "EMPTY_SET"),
    "bytes": (lambda: dumped(document({"x": b"1"})), "SHORT_BINBYTES"),
    "a bytearray": (lambda: pickle.dumps(bytearray(b"1"), protocol=5), "BYTEARRAY8"),
    "EXT4": (lambda: spliced(b"\x84\x01\x00\x00\x00"), "pickle instruction EXT4"),
    "NEXT_BUFFER": (lambda: spliced(b"\x97"), "pickle instruction NEXT_BUFFER"),
    "NEWOBJ of a dtype": (
        lambda: spliced(text("numpy") + text("dtype") + b"\x93" + text("O") + b"\x85\x81"),
        "is damaged",
    ),
    "NEWOBJ_EX": (
        lambda: spliced(text("numpy") + text("dtype") + b"\x93)}\x92"),
        "pickle instruction NEWOBJ_EX",
    ),
    "REDUCE of an array": (
        lambda: spliced(text("numpy") + text("ndarray") + b"\x93J\xff\xff\xff\x7f\x85R"),
        "is damaged",
    ),
    "BUILD of a dict": (lambda: spliced(b"}}b"), "sets the state of a value of type 'dict'"),
    "an unhashable key": (lambda: spliced(b"}]Ns"), "key of type 'list'"),
    "a key without a value": (lambda: spliced(b"}(" + text("k") + b"u"), "is damaged"),
    "a pop from an empty stack": (lambda: b"\x80\x04\x85.", "is damaged"),
    "an unknown instruction": (lambda: spliced(b"\xff"), "is damaged"),
    "text that is not UTF-8": (lambda: spliced(b"\x8c\x02\xff\xff"), "is damaged"),
    "unprintable text in a name": (
        lambda: spliced(text("\x1b[2J") + text(1000 * "\n") + b"\x93"),
        r"refers to '\\x1b\[2J\.\\n",
    ),
    "a list that holds itself": (
        lambda: dumped(document({"x": endless()})),
        "holds one 'list' in two places",
    ),
    "laughs by the billion": (
        lambda: dumped(document({"x": laughs()})),
        "holds one 'tuple' in two places",
    ),
    "a string written often": (
        lambda: dumped(document({"x": 1000 * [100_000 * "a"]})),
        "more than 1,048,576 values and characters",
    ),
    "very many values": (
        lambda: spliced(b"](" + 2**21 * b"N" + b"e"),
        "more than 1,048,576 values and characters",
    ),
    "very deep lists": (lambda: spliced(20_000 * b"]" + 19_999 * b"a"), "deeper than 32 levels"),
    "very deep tuples": (lambda: spliced(b")" + 20_000 * b"\x85"), "deeper than 32 levels"),
    "very deep dicts": (
        lambda: spliced(20_000 * b"}\x8c\x01k" + b"N" + 20_000 * b"s"),
        "deeper than 32 levels",
    ),
    "very many marks": (lambda: spliced(20_000 * b"("), "is damaged"),
    "a wide int": (lambda: spliced(b"\x8a\xff" + 255 * b"\x7f"), "int of more than 64 bits"),
    "a very wide int": (lambda: dumped(document({"x": 2**100_000})), "instruction LONG4"),
    "a long string that is not there": (
        lambda: spliced(b"X\xff\xff\xff\xff"),
        "more than 1,048,576 values and characters",
    ),
    "a far memo": (lambda: spliced(b"Nr\xff\xff\xff\x7f"), "instruction LONG_BINPUT"),
    "a memo that is not there": (lambda: spliced(b"j\xff\xff\xff\x7f"), "is damaged"),
}


def endless() -> list[Any]:
    inner: list[Any] = []
    inner.append(inner)
    return inner


def laughs() -> tuple[Any, ...]:
    laugh: tuple[Any, ...] = ("ha",)
    for _ in range(30):
        laugh = 10 * (laugh,)
    return laugh


class Liar(NumpyPickler):  # type: ignore[misc]
    """Joblib's own writer of arrays, with a false word about each."""

    def __init__(self, file: io.BytesIO, lie: dict[str, Any]) -> None:
        super().__init__(file, protocol=4)
        self.lie = lie

    def _create_array_wrapper(self, array: Any) -> Any:
        wrapper = super()._create_array_wrapper(array)
        vars(wrapper).update(self.lie)
        return wrapper


class TestHostile:
    @pytest.mark.parametrize("case", LIVE)
    def test_nothing_is_called(self, path: Path, case: str, request: pytest.FixtureRequest) -> None:
        build, message = LIVE[case]
        canary = path.parent / "canary"
        copyreg.add_extension("os", "system", 0xF0)
        request.addfinalizer(lambda: copyreg.remove_extension("os", "system", 0xF0))
        path.write_bytes(build(canary))
        refuses(path, message)
        assert not canary.exists()
        with contextlib.suppress(Exception):
            joblib.load(path)
        assert canary.exists(), "the file is harmless, so the test shows nothing"

    def test_nothing_is_imported(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (path.parent / "unheard_of.py").touch()
        monkeypatch.syspath_prepend(str(path.parent))
        path.write_bytes(spliced(text("unheard_of") + text("x") + b"\x93"))
        refuses(path, "refers to 'unheard_of.x'")
        assert "unheard_of" not in sys.modules

    def test_nothing_is_asked_of_a_persistent_store(self, path: Path) -> None:
        with path.open("wb") as file:
            WithPersistentId(file, protocol=4).dump(document({"x": print}))
        refuses(path, "pickle instruction BINPERSID")

    @pytest.mark.parametrize("case", INERT)
    def test_what_a_model_never_holds_is_named(self, path: Path, case: str) -> None:
        build, message = INERT[case]
        path.write_bytes(build())
        refuses(path, message)

    @pytest.mark.parametrize("method", ["zlib", "gzip", "bz2", "lzma", "xz"])
    def test_nothing_is_decompressed(self, path: Path, method: str) -> None:
        joblib.dump(np.zeros(2**24, "u1"), path, compress=(method, 9))
        assert path.stat().st_size < 2**17
        with little_memory():
            refuses(path, rf"is compressed \({method[:2]}")

    @pytest.mark.parametrize(
        ("lie", "message"),
        [
            ({"shape": (2**40,)}, "cut short: the array at byte [0-9,]+ takes 8,796,093,022,208 b"),
            ({"shape": (2**32, 2**32)}, "cut short"),
            ({"shape": (0, 2**62)}, "damaged"),
            ({"shape": (0, 2**70)}, "damaged"),
            ({"shape": (-1,)}, "damaged"),
            ({"shape": (-1, -4)}, "damaged"),
            ({"shape": (4.0,)}, "damaged"),
            ({"shape": 33 * (1,)}, "damaged"),
            ({"shape": 100_000 * (2**31,)}, "damaged"),
            ({"shape": (3,)}, "not a model"),
            ({"shape": [4]}, "foreign layout"),
            ({"shape": "four"}, "foreign layout"),
            ({"order": "F"}, "foreign layout"),
            ({"allow_mmap": False}, "foreign layout"),
            ({"numpy_array_alignment_bytes": None}, "foreign layout"),
            ({"numpy_array_alignment_bytes": 1}, "damaged"),
            ({"dtype": np.dtype("f4")}, "not a model"),
            ({"dtype": np.dtype("O")}, "array of dtype 'O8'"),
            ({"dtype": np.dtype([("a", "O")])}, "array of dtype 'O8'"),
            ({"dtype": np.dtype([("a", "f8")])}, "array of dtype 'V8'"),
            ({"dtype": np.dtype("U2")}, "array of dtype 'U2'"),
            ({"dtype": np.dtype("M8[s]")}, "pickle instruction SHORT_BINBYTES"),
            ({"dtype": np.dtype(">f8")}, "array of dtype 'f8'"),
            ({"dtype": np.dtype("f8", metadata={"a": 1})}, "array of dtype 'f8'"),
            ({"dtype": "f8"}, "foreign layout"),
            ({"subclass": np.matrix}, "refers to 'numpy.*matrix'"),
            ({"subclass": OrderedDict}, "refers to 'collections.OrderedDict'"),
            ({"subclass": np.dtype}, "foreign layout"),
            ({"more": 1}, "foreign layout"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_no_lie_about_an_array_is_believed(
        self, path: Path, lie: dict[str, Any], message: str
    ) -> None:
        file = io.BytesIO()
        Liar(file, lie).dump(document({"x": np.arange(4.0)}))
        path.write_bytes(file.getvalue())
        with little_memory():
            refuses(path, message)
