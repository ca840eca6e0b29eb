"""Articles in, labels out, in the same order, and just as the library gives them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import forewarn
from forewarn.formats import FORMATS, iptc
from forewarn.pages import extract_html
from forewarn.taxonomy import Severity

if TYPE_CHECKING:
    from tests.service.conftest import Running

PLAIN = "Nine herders were shot dead at a well before dawn."
QUIET = "The library will open on Sundays."


def expect(text: str, /, **extra: Any) -> dict[str, Any]:
    """Return the library's label, to be compared within the last digits of arithmetic."""
    found: dict[str, Any] = approximate({"id": None} | forewarn.label(text).to_dict() | extra)
    return found


def approximate(value: Any) -> Any:
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-9, abs=1e-12)
    if isinstance(value, dict):
        return {name: approximate(item) for name, item in value.items()}
    return [approximate(item) for item in value] if isinstance(value, list) else value


def test_one_article_gets_the_label_of_the_library(service: Running, article: str) -> None:
    response = service.post("/v1/label", {"text": article})
    answer = response.json()
    assert response.headers["content-type"] == "application/json"
    assert answer["results"] == [expect(article)]
    assert answer["model"] == answer["results"][0]["model"]


def test_articles_are_answered_in_their_order_and_under_their_ids(
    service: Running, article: str, peaceful: str
) -> None:
    texts = [article, "", QUIET, peaceful, PLAIN]
    ids = ["a", None, 3, "d", "a"]
    items = [{"id": name, "text": text} for name, text in zip(ids, texts, strict=True)]
    assert service.label({"items": items}) == [
        expect(text, id=name) for name, text in zip(ids, texts, strict=True)
    ]


def test_a_full_batch_is_taken(service: Running) -> None:
    texts = [f"{PLAIN} {number} rounds were fired." for number in range(256)]
    results = service.label({"items": [{"text": text, "id": n} for n, text in enumerate(texts)]})
    assert [item["id"] for item in results] == list(range(256))
    assert results[77] == expect(texts[77], id=77)


def test_a_page_comes_back_as_the_text_that_offsets_count_in(service: Running, page: str) -> None:
    (found,) = service.label({"html": page, "id": "page"})
    text = extract_html(page)
    assert found == expect(text, id="page", text=text)
    assert found["evidence"]
    for item in found["evidence"]:
        assert found["text"][item["start"] : item["end"]] == item["text"]


def test_offsets_count_characters_also_behind_emoji(service: Running) -> None:
    text = f"🕊️ 𝒯he ceasefire ended. {PLAIN} Blood ran down the steps."
    (found,) = service.label({"text": text})
    assert found["evidence"]
    for item in found["evidence"]:
        assert text[item["start"] : item["end"]] == item["text"]


def test_what_cannot_be_taken_costs_the_others_nothing(service: Running, article: str) -> None:
    items: list[Any] = [
        {"text": article, "id": 0},
        {"text": 8, "id": "number"},
        {"id": "nothing"},
        {"text": QUIET, "html": "<p>Rain.</p>"},
        "a bare string",
        {"html": "<p></p>", "id": "blank"},
        {"text": "x" * 1_000_001},
        {"text": QUIET, "id": [1]},
        {"text": QUIET, "headline": "passed over"},
    ]
    results = service.label({"items": items})
    assert results[0] == expect(article, id=0)
    assert results[8] == expect(QUIET)
    faults = [(item["id"], item["error"]["param"]) for item in results[1:8]]
    assert faults == [
        ("number", "items.1.text"),
        ("nothing", "items.2"),
        (None, "items.3"),
        (None, "items.4"),
        ("blank", "items.5.html"),
        (None, "items.6.text"),
        (None, "items.7.id"),
    ]
    assert all(set(item) == {"id", "error"} for item in results[1:8])
    assert "1,000,001 bytes" in results[6]["error"]["message"]


@pytest.mark.parametrize("point", ["balanced", "cautious", "strict"])
def test_an_operating_point_decides(service: Running, article: str, point: str) -> None:
    (found,) = service.label({"text": article, "operating_point": point})
    (expected,) = forewarn.load(operating_point=point).predict(article)
    assert found["severity"] == str(Severity(expected))


def test_a_threshold_decides(service: Running) -> None:
    (low,) = service.label({"text": QUIET, "threshold": 0})
    (high,) = service.label({"text": QUIET, "threshold": 1})
    assert (low["severity"], high["severity"]) == ("graphic", "none")
    assert low["score"] == high["score"]


def test_formats_come_along_where_asked_for(service: Running, article: str) -> None:
    (found,) = service.label({"text": article, "formats": list(FORMATS)})
    label = forewarn.label(article)
    assert label.severity is Severity.GRAPHIC
    assert list(found["formats"]) == list(FORMATS)
    assert found["formats"]["iptc"] == iptc(label)
    assert found["formats"]["atproto"]["labels"] == []
    assert found["formats"]["openai"]["flagged"] is True
    assert "formats" not in service.label({"text": article})[0]


def test_a_labeler_gets_labels_for_its_records(service: Running, article: str) -> None:
    uris = ["at://did:plc:a/app.bsky.feed.post/1", "at://did:plc:b/app.bsky.feed.post/2"]
    results = service.label(
        {
            "items": [{"text": article, "uri": uris[0]}, {"text": QUIET, "uri": uris[1]}],
            "formats": ["atproto"],
            "src": "did:web:labeler.example",
        }
    )
    graphic, quiet = (item["formats"]["atproto"]["labels"] for item in results)
    assert [(item["src"], item["uri"], item["val"]) for item in graphic] == [
        ("did:web:labeler.example", uris[0], "graphic-media")
    ]
    assert quiet == []


def test_requests_at_once_get_each_their_own(service: Running) -> None:
    texts = [f"{PLAIN} {'They ran. ' * number}" for number in range(60)]

    def ask(text: str) -> Any:
        options = {"threshold": 0.5} if len(text) % 3 == 0 else {}
        return service.label({"text": text, **options})[0]["probabilities"]

    with ThreadPoolExecutor(30) as pool:
        found = list(pool.map(ask, texts))
    assert found == [approximate(forewarn.label(text).probabilities) for text in texts]


def test_half_a_character_is_read_as_the_mark_for_it(service: Running) -> None:
    body = rb'{"text": "He was stabbed \ud83d and bled to death in the street."}'
    response = service.client.post(
        "/v1/label", content=body, headers={"content-type": "application/json"}
    )
    (found,) = response.json()["results"]
    assert found == expect("He was stabbed \ufffd and bled to death in the street.")


def test_markup_in_a_text_comes_back_as_it_is_and_as_nothing_but_json(service: Running) -> None:
    text = (
        f"<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {PLAIN} </script><!-- {PLAIN}"
    )
    response = service.post("/v1/label", {"text": text, "id": "<b>"})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    (found,) = response.json()["results"]
    assert found == expect(text, id="<b>")
