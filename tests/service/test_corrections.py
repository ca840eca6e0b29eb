"""What an editor says instead is kept, and nothing acknowledged is ever lost."""

from __future__ import annotations

import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typer.testing import CliRunner

import forewarn
from forewarn.cli import app
from forewarn.corpus.house import read_labels
from forewarn.service.store import read_corrections

if TYPE_CHECKING:
    from tests.service.conftest import Running, Start

PLAIN = "Nine herders were shot dead at a well before dawn."


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "kept.sqlite"


@pytest.fixture(scope="module")
def keeping(start: Start, path: Path) -> Running:
    return start("--corrections", path)


def test_a_correction_is_kept_with_the_label_it_corrects(keeping: Running, path: Path) -> None:
    predicted = keeping.label({"text": PLAIN})[0]
    response = keeping.post(
        "/v1/corrections",
        {
            "text": PLAIN,
            "severity": "reference",
            "types": ["homicide"],
            "note": "background <b>only</b>",
            "predicted": predicted,
        },
    )
    assert response.status_code == 201
    *_, found = read_corrections(path)
    assert response.json() == {"id": found["correction"], "created": found["created"]}
    assert (found["text"], found["severity"], found["types"]) == (PLAIN, "reference", ["homicide"])
    assert (found["note"], found["predicted"]) == ("background <b>only</b>", predicted)
    assert found["model"] == forewarn.load().info.digest
    assert keeping.get("/v1/model").json()["corrections"] is True


def test_a_file_that_is_broken_meanwhile_is_told(keeping: Running, path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("ALTER TABLE corrections RENAME TO away")
        try:
            response = keeping.post("/v1/corrections", {"text": PLAIN, "severity": "none"})
            assert response.status_code == 503
            assert response.json()["error"]["message"].startswith("the correction is not kept")
            assert keeping.get("/readyz").status_code == 503
            assert keeping.get("/healthz").status_code == 200
            assert keeping.label({"text": PLAIN})[0]["severity"] == "violent"
        finally:
            file.execute("ALTER TABLE away RENAME TO corrections")
    assert keeping.get("/readyz").status_code == 200


def test_where_none_are_kept_it_is_said_so(impatient: Running) -> None:
    response = impatient.post("/v1/corrections", {"text": PLAIN, "severity": "none"})
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "corrections_not_kept"
    assert impatient.get("/v1/model").json()["corrections"] is False


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n"}, "text"),
        ({"text": None}, "text"),
        ({"severity": "mild"}, "severity"),
        ({"severity": 3}, "severity"),
        ({"types": ["murder"]}, "types.0"),
        ({"types": "homicide"}, "types"),
        ({"note": 5}, "note"),
        ({"note": "x" * 10_001}, "note"),
        ({"predicted": "graphic"}, "predicted"),
        ({"reviewer": "A. N. Other"}, "reviewer"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_training_could_not_read_is_not_kept(
    service: Running, change: dict[str, Any], param: str
) -> None:
    body = {"text": PLAIN, "severity": "none"} | change
    response = service.post("/v1/corrections", body)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


def send_until_killed(service: Running, number: int, acknowledged: list[str]) -> None:
    with httpx.Client(base_url=service.address) as client:
        for count in range(10_000):
            text = f"Writer {number}, text {count}. {PLAIN}"
            try:
                response = client.post(
                    "/v1/corrections", json={"text": text, "severity": "violent"}
                )
            except httpx.TransportError:
                return
            assert response.status_code == 201
            acknowledged.append(text)


@pytest.mark.parametrize(("workers", "rounds"), [(1, 2), (2, 1)])
def test_kill_9_loses_nothing_that_was_acknowledged(
    start: Start, tmp_path: Path, workers: int, rounds: int
) -> None:
    path = tmp_path / "kept.sqlite"
    acknowledged: list[str] = []
    for round_ in range(rounds):
        service = start("--corrections", path, "--workers", workers)
        with ThreadPoolExecutor(4) as pool:
            for writer in range(4):
                pool.submit(send_until_killed, service, 10 * round_ + writer, acknowledged)
            enough = len(acknowledged) + 20
            while len(acknowledged) < enough:
                sleep(0.001)
            service.stop(signal.SIGKILL)
    out = tmp_path / "house.jsonl"
    CliRunner().invoke(app, ["corrections", "export", str(path), "--out", str(out)])
    texts, faults = read_labels(out)
    assert not faults
    assert set(acknowledged) <= {item.text for item in texts}
