"""A small corpus of our own writing in every form that the real one has, and a server for it."""

import gzip
import hashlib
import json
import lzma
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from forewarn.corpus import records
from forewarn.corpus.sources import SOURCES

FERRIES = 56


@dataclass
class SmallCorpus:
    """Where its three forms lie, and the texts that must come out by name."""

    folder: Path
    public: Path
    gold: dict[str, str] = field(default_factory=dict)
    sentences: dict[str, tuple[str, str]] = field(default_factory=dict)

    def published(self, source: str, path: str) -> Path:
        """Return where a file of a source lies on the server."""
        entry = SOURCES[source]
        return self.public / entry.repository / entry.commit / path

    def rewrite(self, name: str, change: Any) -> None:
        """Pass the lines of one of the folder's files through `change`."""
        path = self.folder / name
        lines = gzip.decompress(path.read_bytes()).splitlines()
        path.write_bytes(gzip.compress(b"\n".join(change(lines))))


@dataclass
class Server:
    """The address of a running server and the paths it was asked for."""

    address: str
    asked: list[str]


class _Handler(SimpleHTTPRequestHandler):
    asked: list[str]

    def log_request(self, *_: object) -> None:
        self.asked.append(self.path)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder with the texts of the real corpus, read before `cache` unsets it."""
    if not os.environ.get("FOREWARN_DATA"):
        pytest.skip("FOREWARN_DATA names no folder with the texts of the corpus.")
    return Path(os.environ["FOREWARN_DATA"])


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the downloads an empty data folder, and no other place to take texts from."""
    pytest.importorskip("pooch", reason="The extra 'corpus' is not installed.")
    folder = tmp_path / "cache"
    monkeypatch.setenv("FOREWARN_CACHE", str(folder))
    monkeypatch.delenv("FOREWARN_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """Return the folder that the server serves."""
    folder = tmp_path / "public"
    folder.mkdir()
    return folder


@pytest.fixture
def server(public: Path) -> Iterator[Server]:
    """Serve the folder `public` on this machine."""
    asked: list[str] = []
    handler = type("Handler", (_Handler,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(public))) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield Server(f"http://127.0.0.1:{http.server_port}", asked)
        http.shutdown()
        thread.join()


@pytest.fixture
def small_corpus(tmp_path: Path, public: Path, monkeypatch: pytest.MonkeyPatch) -> SmallCorpus:
    """Put a corpus of 61 gold texts and 57 sentences in the place of the shipped labels."""
    corpus = SmallCorpus(tmp_path / "texts", public)
    monkeypatch.setattr(records, "DATA", tmp_path / "labels")
    gold_rows: list[dict[str, Any]] = []
    sentence_rows: list[dict[str, Any]] = []

    def publish(source: str, path: str, content: str) -> None:
        place = corpus.published(source, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode())

    def label(name: str, start: int, end: int, text: str) -> None:
        corpus.gold[name] = text
        gold_rows.append(_gold_row(name, start, end, text, "test" if end % 2 else "train"))

    def label_sentence(article: str, start: int, text: str, before: str) -> None:
        end = start + len(text)
        corpus.sentences[f"{article}[{start}:{end}]"] = text, before
        sentence_rows.append(
            {"id": article, "start": start, "end": end, "sha256": _sha256(text),
             "severity": 0, "annotations": [0, 1], "stratum": "random"}
        )  # fmt: skip

    for number in range(FERRIES):
        first = f"Ferry {number:02} left the harbour at dawn."
        second = "Nobody on the quay waved to it."
        name = f"abp:ferry{number:02}"
        headline = f"Ferry {number:02} sails"
        publish(
            "abp",
            f"data/jsons/ferry{number:02}.json",
            json.dumps(
                {
                    "title": f"Ferry\t{number:02}  sails ",
                    "content_original": f"{first}  {second}\r\n",
                }
            ),
        )
        body = f"{first} {second}"
        label(name, 0, len(body), f"{headline}\n\n{body}")
        label_sentence(name, 0, first, headline)
        if number == 0:
            label(f"{name}@{len(first) + 1}", len(first) + 1, len(body), second)
            label_sentence(name, len(first) + 1, second, first)

    reports = {"DEV-0001": {"doc": "  THE BRIDGE  IS CLOSED.\r\n"}, "DEV-0002": {"doc": None}}
    publish("muc4", "data/muc4/train.json", json.dumps(reports))
    publish("muc4", "data/muc4/dev.json", "{}")
    publish("muc4", "data/muc4/test.json", "{}")
    label("muc4:DEV-0001", 0, 21, "THE BRIDGE IS CLOSED.")
    publish("ipe", "data/final/docs.jsonl", '{"doc_id": 7, "doc_text": "A market  opened."}\n')
    label("ipe:7", 0, 16, "A market opened.")
    publish("gunviolence", "data/data-train/X_train.json", "[]")
    publish("gunviolence", "data/data-dev/X_val.json", '[{"text": ""}, {"text": "It rained."}]')
    publish("gunviolence", "data/data-test/X_test.json", "[]")
    label("gunviolence:dev-1", 0, 10, "It rained.")
    publish("bbc", "news/sport/a-draw.txt", "A draw\r\n\r\nNobody  scored.\r\n")
    label("bbc:sport/a-draw", 0, 14, "A draw\n\nNobody scored.")

    _write_lines(tmp_path / "labels" / "gold.jsonl.xz", gold_rows)
    _write_lines(tmp_path / "labels" / "sentences.jsonl.xz", sentence_rows)
    _write_lines(tmp_path / "labels" / "readings.jsonl.xz", [])
    _write_lines(
        corpus.folder / "gold_texts.jsonl.gz",
        [{"id": name, "text": text} for name, text in corpus.gold.items()],
    )
    _write_lines(
        corpus.folder / "sentence_texts.jsonl.gz",
        [
            {"id": row["id"], "start": row["start"], "end": row["end"], "text": text, "before": pre}
            for row, (text, pre) in zip(sentence_rows, corpus.sentences.values(), strict=True)
        ],
    )
    return corpus


def _gold_row(name: str, start: int, end: int, text: str, split: str) -> dict[str, Any]:
    return {
        "id": name, "source": name.partition(":")[0], "start": start, "end": end,
        "sha256": _sha256(text), "severity": 2, "types": ["accident"], "evidence": [[0, 5]],
        "confidence": "m",
        "annotations": [
            {"severity": 2, "confidence": "h"},
            {"severity": 1, "confidence": "l", "reading": "second"},
        ],
        "round": 1, "stratum": "random", "outlet": "The Quay", "unseen_outlet": False,
        "split": split,
    }  # fmt: skip


def _write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes((lzma if path.suffix == ".xz" else gzip).compress(content))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
