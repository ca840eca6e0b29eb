"""What the service says of itself: model, health, counts, page and documentation."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

import forewarn
from forewarn.formats import FORMATS
from forewarn.service.gate import PAGE_POLICY
from forewarn.taxonomy import SEVERITY_NAMES, TYPE_PHRASES

if TYPE_CHECKING:
    from tests.service.conftest import Running

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def test_the_model_says_what_its_points_reached(service: Running) -> None:
    about = service.get("/v1/model").json()
    model = forewarn.load()
    assert (about["version"], about["digest"]) == (model.info.version, model.info.digest)
    assert about["default_operating_point"] == "balanced"
    assert [point["name"] for point in about["operating_points"]] == [
        "balanced",
        "cautious",
        "strict",
    ]
    for point in about["operating_points"]:
        known = model.parameters.operating_points[point["name"]]
        assert list(point["thresholds"].values()) == pytest.approx(list(known.thresholds))
        assert point["reached"]["graphic"]["recall"] == known.reached["graphic_recall"]
        assert set(point["reached"]) == {"violent", "graphic"}
        assert all(set(found) == {"precision", "recall"} for found in point["reached"].values())


def test_the_model_says_what_its_words_mean(service: Running) -> None:
    about = service.get("/v1/model").json()
    assert [item["name"] for item in about["severities"]] == list(SEVERITY_NAMES)
    assert all(item["meaning"] for item in about["severities"])
    assert {item["name"]: item["phrase"] for item in about["types"]} == TYPE_PHRASES
    assert about["formats"] == list(FORMATS)
    assert about["training"]["test"]["auprc_violent"] > 0.9
    assert about["limits"] == {"body_bytes": 2_000_000, "text_bytes": 1_000_000, "items": 256}


def test_health_is_told(service: Running) -> None:
    assert service.get("/healthz").json() == {"status": "alive"}
    assert service.get("/readyz").json() == {"status": "ready"}


def test_everything_is_counted(service: Running, article: str) -> None:
    def count() -> dict[str, float]:
        families = text_string_to_metric_families(service.get("/metrics").text)
        return {
            " ".join([sample.name, *(sample.labels[name] for name in sorted(sample.labels))]): (
                sample.value
            )
            for family in families
            for sample in family.samples
        }

    before = count()
    service.label({"items": [{"text": article}, {"text": "Rain."}, {"text": 5}]})
    service.post("/v1/label", {})
    service.post("/v1/moderations", {"input": article})
    service.post("/v1/corrections", {"text": "Rain.", "severity": "none"})
    service.get("/secret/of/the/caller")
    after = count()
    grown = {name: after[name] - before.get(name, 0) for name in after}
    assert grown["forewarn_requests_total /v1/label 200"] == 1
    assert grown["forewarn_requests_total /v1/label 400"] == 1
    assert grown["forewarn_requests_total other 404"] == 1
    assert grown["forewarn_articles_total graphic"] == 2
    assert grown["forewarn_articles_total none"] == 1
    assert grown["forewarn_articles_refused_total"] == 1
    assert grown["forewarn_corrections_total"] == 1
    assert grown["forewarn_request_seconds_count /v1/label"] == 2
    assert 0 < grown["forewarn_request_seconds_sum /v1/label"] < 5
    info = forewarn.load().info
    assert after[f"forewarn_model {info.digest} {info.version}"] == 1
    assert "secret" not in str(after)


# -- the page and the documentation ---------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/static/index.html", "/v1/model", "/healthz", "/nothing", "/openapi.json"]
)
def test_nothing_from_elsewhere_runs_in_what_is_served(service: Running, path: str) -> None:
    headers = service.get(path).headers
    assert set(headers["content-security-policy"].split("; ")) == POLICY
    assert headers["content-security-policy"] == PAGE_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name in ("src", "href")]


def addresses(page: str) -> list[str]:
    parser = _Addresses()
    parser.feed(page)
    return parser.found


def test_the_page_s_files_are_all_here(service: Running) -> None:
    page = service.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.lower().startswith("<!doctype html>")
    for address in addresses(page.text):
        if not address.startswith("#"):
            assert service.get(address).status_code == 200, address


def test_the_documentation_works_without_a_network(service: Running) -> None:
    page = service.get("/docs")
    assert page.status_code == 200
    files = addresses(page.text)
    assert any(file.endswith(".js") for file in files)
    for file in files:
        assert file.startswith("/")
        assert service.get(file).status_code == 200
    assert not re.search(r"https?://(?!127\.0\.0\.1)", page.text)


def test_the_description_names_every_endpoint(service: Running) -> None:
    description = service.get("/openapi.json").json()
    assert description["openapi"].startswith("3.")
    assert set(description["paths"]) == {
        "/v1/label",
        "/v1/moderations",
        "/v1/corrections",
        "/v1/model",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    for path in ("/v1/label", "/v1/moderations", "/v1/corrections"):
        responses = description["paths"][path]["post"]["responses"]
        assert "422" not in responses  # FastAPI's own, which is never given
        assert {"400", "401", "413", "415"} <= set(responses)
