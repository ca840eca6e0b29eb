"""The HTTP service: labels, moderations, corrections and the editors' page, on one port.

=========================  =====================================================================
``POST /v1/label``         one article or up to 256, answered as `forewarn.Label.to_dict` gives them
``POST /v1/moderations``   the same judgement in the interface of OpenAI's moderation endpoint
``POST /v1/corrections``   stores what an editor says instead; only with a file to store it in
``GET /v1/model``          which model answers, and what its operating points reached
``GET /healthz``           200 while the process lives
``GET /readyz``            200 while it can answer
``GET /metrics``           for Prometheus
``GET /``                  the editors' page, its files under ``/static/``
``GET /docs``              the interface described, to try out; ``/openapi.json`` for machines
=========================  =====================================================================

Whatever is refused is answered with a 4xx and ``{"error": {"message", "type", "param", "code"}}``,
where ``param`` names the field. With keys every endpoint wants ``Authorization: Bearer KEY``,
except health and the page's own files: a browser must open these before it can be given a key,
and they hold nothing but the program. The page asks for a key when it is answered 401.

This module is light. The rest needs the extra ``serve``.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from forewarn.errors import MissingExtraError

if TYPE_CHECKING:
    from forewarn.service.settings import Settings

_EXTRA = ("fastapi", "fastapi_offline", "httptools", "prometheus_client", "pydantic", "uvicorn")


def serve(settings: "Settings") -> None:
    """Serve until told to stop.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    ForewarnError
        If the settings, the model or the key file forbid it; nothing was opened then.
    MissingExtraError
        If the extra ``serve`` is not installed.
    """
    if not all(map(find_spec, _EXTRA)):
        raise MissingExtraError("the service", "serve")
    from forewarn.service.server import run  # noqa: PLC0415 -- an extra

    run(settings)
