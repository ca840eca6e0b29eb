"""Who is let in: by key, by address, by the name they call, by the site they come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from forewarn.cli import app

if TYPE_CHECKING:
    from tests.service.conftest import Running, Start

QUIET = {"text": "The library will open on Sundays."}
EVERYTHING = [
    ("POST", "/v1/label"),
    ("POST", "/v1/moderations"),
    ("POST", "/v1/corrections"),
    ("GET", "/v1/model"),
    ("GET", "/metrics"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/nothing"),
]


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
@pytest.mark.parametrize(
    "given",
    [None, "", "Bearer", "Bearer third-key", "Basic first-key", "first-key",
     "Bearer first-ke", "Bearer first-key second-key", "Bearer #", "Bearer # the desk"],
)  # fmt: skip
def test_nothing_is_had_without_a_key(
    guarded: Running, method: str, path: str, given: str | None
) -> None:
    headers = {} if given is None else {"authorization": given}
    response = guarded.client.request(method, path, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    error = response.json()["error"]
    assert (error["param"], error["code"]) == ("Authorization", "invalid_api_key")
    assert "third-key" not in response.text


@pytest.mark.parametrize(
    "given", ["Bearer first-key", "Bearer second-key", "bearer first-key", "BEARER  first-key"]
)
def test_each_key_of_the_file_lets_in(guarded: Running, given: str) -> None:
    response = guarded.post("/v1/label", QUIET, headers={"authorization": given})
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/", "/static/index.html"])
def test_health_and_the_page_s_own_files_are_open(guarded: Running, path: str) -> None:
    assert guarded.get(path).status_code == 200


def test_a_service_with_keys_is_called_by_any_name(guarded: Running) -> None:
    headers = {"host": "labels.example", "authorization": "Bearer first-key"}
    assert guarded.get("/v1/model", headers=headers).status_code == 200


# -- addresses ------------------------------------------------------------------------------------


def serve(*options: object) -> Result:
    """Return how a service ended that was not to begin."""
    return CliRunner().invoke(app, ["serve", "--port", "0", *map(str, options)])


def test_without_keys_it_binds_to_nothing_that_others_reach(tmp_path: Path) -> None:
    run = serve("--host", "0.0.0.0", "--corrections", tmp_path / "kept.sqlite")
    assert run.exit_code == 1
    (line,) = run.stderr.splitlines()
    assert line.startswith("forewarn: host '0.0.0.0' is open to other machines")
    assert not list(tmp_path.iterdir())


def test_insecure_means_that_this_is_wanted(start: Start) -> None:
    service = start("--host", "0.0.0.0", "--insecure")
    headers = {"host": "labels.example"}
    assert service.post("/v1/label", QUIET, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--api-key-file", "{folder}/gone"], "{folder}/gone: cannot be read"),
        (["--api-key-file", "{folder}/empty"], "{folder}/empty: holds no key"),
        (["--model", "{folder}/empty"], "{folder}/empty: not a model"),
        (["--corrections", "{folder}/gone/kept.sqlite"], "cannot keep corrections"),
        (["--corrections", "{folder}/empty", "--workers", "2"], "cannot keep corrections"),
        (["--host", "no.such.host.invalid"], "host 'no.such.host.invalid' is not known here"),
    ],
)
def test_what_forbids_serving_is_one_line(tmp_path: Path, options: list[str], message: str) -> None:
    (tmp_path / "empty").write_bytes(b"# nothing but this, which is no database either\n" * 30)
    run = serve(*(option.format(folder=tmp_path) for option in options))
    assert run.exit_code == 1
    (line,) = run.stderr.splitlines()
    assert message.format(folder=tmp_path) in line


# -- names and sites ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:80", "localhost", "LOCALHOST:8080", "127.8.9.1", "[::1]:8080"]
)
def test_a_service_for_this_machine_is_called_by_its_names(service: Running, host: str) -> None:
    assert service.get("/v1/model", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[", "10.0.0.1"]
)
def test_a_site_whose_name_leads_here_learns_nothing(service: Running, host: str) -> None:
    response = service.get("/v1/model", headers={"host": host})
    assert response.status_code == 403
    assert response.json()["error"]["param"] == "Host"


def test_no_other_site_may_read_unless_asked(service: Running, guarded: Running) -> None:
    origin = {"origin": "https://cms.example"}
    closed = service.post("/v1/label", QUIET, headers=origin)
    key = {"authorization": "Bearer first-key"}
    other = guarded.post("/v1/label", QUIET, headers=key | {"origin": "https://evil.example"})
    opened = guarded.post("/v1/label", QUIET, headers=key | origin)
    names = [response.headers.get("access-control-allow-origin") for response in (closed, other)]
    assert names == [None, None]
    assert opened.headers["access-control-allow-origin"] == "https://cms.example"


def test_a_browser_may_ask_before_it_sends(service: Running, guarded: Running) -> None:
    ask = {
        "origin": "https://cms.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    assert guarded.client.options("/v1/label", headers=ask).status_code == 200
    assert service.client.options("/v1/label", headers=ask).status_code == 405
