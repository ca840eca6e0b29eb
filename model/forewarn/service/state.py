"""What all endpoints of one service share."""

from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from forewarn.service.answers import Refused
from forewarn.service.metrics import Metrics
from forewarn.service.pages import PageReader
from forewarn.service.scoring import Scorer
from forewarn.service.store import Store


@dataclass(frozen=True, slots=True)
class Service:
    """What all endpoints of one service share.

    Attributes
    ----------
    scorer : Scorer
    pages : PageReader
    metrics : Metrics
    store : Store or None
        None where no file was named.
    """

    scorer: Scorer
    pages: PageReader
    metrics: Metrics
    store: Store | None

    def close(self) -> None:
        """Let go of threads, processes and files."""
        self.scorer.close()
        self.pages.close()
        if self.store is not None:
            self.store.close()


async def _of(request: Request) -> Service:
    return cast(Service, request.state.service)


Shared = Annotated[Service, Depends(_of)]

Responses = dict[int | str, dict[str, Any]]

# How the description of the interface shows what every endpoint that takes JSON may refuse.
REFUSALS: Responses = {
    400: {"model": Refused, "description": "A field is wrong, or the body is no JSON."},
    401: {"model": Refused, "description": "The key is missing or not let in."},
    403: {"model": Refused, "description": "The service is called by a name of another machine."},
    408: {"model": Refused, "description": "The body did not arrive in time."},
    413: {"model": Refused, "description": "The body is too long."},
    415: {"model": Refused, "description": "The body is not called application/json."},
    "4XX": {"model": Refused, "description": "The request is turned down for another reason."},
    503: {"model": Refused, "description": "The answer took too long."},
}
