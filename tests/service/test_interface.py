"""The service keeps to its own description, whatever it is sent (schemathesis)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.schemas import BaseSchema

if TYPE_CHECKING:
    from tests.service.conftest import Running

EXAMPLES = 12


@pytest.fixture(scope="module")
def description(service: Running) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{service.address}/openapi.json")


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("path", ["/v1/label", "/v1/moderations", "/v1/corrections"])
def test_answers_are_as_described(description: BaseSchema, path: str, mode: GenerationMode) -> None:
    @given(case=description[path]["POST"].as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        response = case.call()
        case.validate_response(
            response, excluded_checks=too_long if response.status_code == 413 else []
        )

    too_long = [schemathesis.checks.CHECKS.get_one("negative_data_rejection")]
    check()


@pytest.mark.parametrize("path", ["/v1/model", "/healthz", "/readyz", "/metrics"])
def test_what_only_answers_answers_as_described(description: BaseSchema, path: str) -> None:
    description[path]["GET"].Case().call_and_validate()
