"""OpenAI's own client takes the service for OpenAI, as far as violence goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openai import AuthenticationError, BadRequestError, OpenAI
from openai.types import ModerationCreateResponse

import forewarn
from forewarn.formats import OPENAI_NOT_ASSESSED

if TYPE_CHECKING:
    from tests.service.conftest import Running

QUIET = "The library will open on Sundays."


@pytest.fixture(scope="module")
def client(service: Running) -> OpenAI:
    return OpenAI(base_url=f"{service.address}/v1", api_key="none needed", max_retries=0)


def test_a_string_is_one_article(client: OpenAI, article: str) -> None:
    answer = client.moderations.create(input=article)
    (found,) = answer.results
    label = forewarn.label(article)
    assert found.flagged is found.categories.violence is found.categories.violence_graphic is True
    assert found.category_scores.violence_graphic == pytest.approx(label.score)
    assert answer.id.startswith("modr-")
    assert answer.model == f"forewarn-{label.model.version}"


def test_a_list_has_a_result_each(client: OpenAI, article: str) -> None:
    answer = client.moderations.create(
        input=[QUIET, article, QUIET], model="omni-moderation-latest"
    )
    assert [item.flagged for item in answer.results] == [False, True, False]


def test_parts_are_one_article(client: OpenAI) -> None:
    parts = ["The house stood empty.", "Blood ran down its steps and the dead lay in the yard."]
    given: Any = [{"type": "text", "text": part} for part in parts]
    answer = client.moderations.create(input=given)
    (found,) = answer.results
    whole = forewarn.label("\n\n".join(parts))
    assert found.category_scores.violence_graphic == pytest.approx(whole.score)


def test_the_answer_is_all_that_their_model_requires(service: Running) -> None:
    answer = service.post("/v1/moderations", {"input": QUIET}).json()
    ModerationCreateResponse.model_validate(answer, strict=True)


def test_what_is_not_assessed_is_said_so(client: OpenAI, article: str) -> None:
    (found,) = client.moderations.create(input=article).results
    assert found.model_extra is not None
    assert found.model_extra["not_assessed"] == list(OPENAI_NOT_ASSESSED)
    assert found.categories.self_harm is found.categories.hate is False
    assert found.category_scores.sexual_minors == 0


@pytest.mark.parametrize(
    "decision",
    [{}, {"operating_point": "cautious"}, {"operating_point": "strict"}, {"threshold": 0.0}],
    ids=str,
)
def test_flagged_follows_the_decision(client: OpenAI, decision: dict[str, Any]) -> None:
    texts = [QUIET, "Shots were fired at a car.", "Two men were stabbed on a night tram."]
    answer = client.moderations.create(input=texts, extra_body=decision)
    labels = [forewarn.load(**decision).predict(text)[0] for text in texts]
    assert [item.flagged for item in answer.results] == [
        severity >= forewarn.Severity.VIOLENT for severity in labels
    ]


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ([], "input"),
        (7, "input"),
        (["a", 7], "input.1"),
        ([{"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}], "input.0.type"),
        (["a"] * 257, "input"),
    ],
)
def test_what_it_cannot_take_is_their_bad_request_error(
    client: OpenAI, given: Any, param: str
) -> None:
    with pytest.raises(BadRequestError) as caught:
        client.moderations.create(input=given)
    assert caught.value.status_code == 400
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"


def test_a_wrong_key_is_their_authentication_error(guarded: Running) -> None:
    address = f"{guarded.address}/v1"
    right = OpenAI(base_url=address, api_key="first-key", max_retries=0)
    assert right.moderations.create(input=QUIET).results[0].flagged is False
    with pytest.raises(AuthenticationError) as caught:
        OpenAI(base_url=address, api_key="wrong", max_retries=0).moderations.create(input=QUIET)
    assert caught.value.code == "invalid_api_key"
