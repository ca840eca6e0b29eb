"""A label in other people's vocabularies: IPTC, ActivityPub, AT Protocol, OpenAI moderation.

Each function gives plain values that `json.dumps` takes, in the shape its publisher describes.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from forewarn.labels import Label
from forewarn.taxonomy import DEATH, IPTC_SCHEME, SUFFERING, VIOLENCE, Severity

# The concepts' names at IPTC_SCHEME; suffering was renamed on 30 March 2023.
_IPTC_NAMES = {DEATH: "Death", SUFFERING: "Upsetting and Disturbing", VIOLENCE: "Violence"}

_ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"
_GRAPHIC_MEDIA = "graphic-media"

OPENAI_ASSESSED = ("violence", "violence/graphic")
OPENAI_NOT_ASSESSED = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual",
    "sexual/minors",
)


def iptc(label: Label) -> dict[str, Any]:
    """Return the content warnings as IPTC NewsCodes.

    Parameters
    ----------
    label : Label

    Returns
    -------
    dict of str to Any
        ``contentWarnings``: for each warning its ``qcode``, ``uri`` and ``name``. ``ninjs``: the
        properties to merge into a ninjs item, versions 2.0 to 3.3; empty where no warning is due.
        ninjs has no property of its own for warnings, so they stand among the ``subjects``, told
        apart by ``rel`` and by the scheme that their ``uri`` names.

    Notes
    -----
    Codes and names: http://cv.iptc.org/newscodes/contentwarning/. Properties:
    https://www.iptc.org/std/ninjs/ninjs-schema_3.3.json, where an item must have ``uri`` and a
    subject may have ``name``, ``rel``, ``uri``, ``literal``, ``creator``, ``relevance`` and
    ``confidence``, and nothing else.

    Examples
    --------
    >>> from forewarn import label
    >>> iptc(label("Rain fell."))
    {'contentWarnings': [], 'ninjs': {}}
    """
    warnings = [
        {"qcode": qcode, "uri": _iptc_uri(qcode), "name": _IPTC_NAMES[qcode]}
        for qcode in label.warnings
    ]
    subjects = [
        {"name": item["name"], "rel": "contentWarning", "uri": item["uri"]} for item in warnings
    ]
    return {"contentWarnings": warnings, "ninjs": {"subjects": subjects} if subjects else {}}


def _iptc_uri(qcode: str) -> str:
    return IPTC_SCHEME + qcode.partition(":")[2]


def activitypub(label: Label) -> dict[str, Any]:
    """Return the properties to merge into an ActivityPub object.

    Parameters
    ----------
    label : Label

    Returns
    -------
    dict of str to Any
        ``@context``, ``sensitive`` and ``summary``: the warning sentence, shown in place of the
        text until asked for; None where no warning is due.

    Notes
    -----
    ``summary`` is of https://www.w3.org/TR/activitystreams-vocabulary/#dfn-summary. ``sensitive``
    extends that vocabulary, so a context must declare it:
    https://docs.joinmastodon.org/spec/activitypub/.

    Examples
    --------
    >>> from forewarn import label
    >>> properties = activitypub(label("Rain fell."))
    >>> properties["sensitive"], properties["summary"]
    (False, None)
    """
    return {
        "@context": [_ACTIVITY_STREAMS, {"sensitive": "as:sensitive"}],
        "sensitive": bool(label.message),
        "summary": label.message or None,
    }


def atproto(
    label: Label,
    *,
    src: str | None = None,
    uri: str | None = None,
    created: datetime | None = None,
) -> dict[str, Any]:
    """Return the label in the shapes of the AT Protocol: ``graphic-media``, or nothing.

    Parameters
    ----------
    label : Label
    src : str, optional
        DID of the labeler who says so.
    uri : str, optional
        AT URI of the record it is about.
    created : datetime, optional
        When, in any time zone; now by default.

    Returns
    -------
    dict of str to Any
        ``labels``: what a labeler publishes, of type ``com.atproto.label.defs#label``; empty
        without `src` and `uri`, which that type requires. ``selfLabels``: what an author puts into
        the record, of type ``com.atproto.label.defs#selfLabels``; its ``values`` are empty unless
        the label is graphic.

    Notes
    -----
    Types: https://github.com/bluesky-social/atproto, lexicons/com/atproto/label/defs.json. Value:
    https://docs.bsky.app/docs/advanced-guides/moderation. A label is given unsigned: signing is
    for whoever holds the labeler's key.

    Examples
    --------
    >>> from forewarn import label
    >>> atproto(label("Rain fell."))["selfLabels"]
    {'$type': 'com.atproto.label.defs#selfLabels', 'values': []}
    """
    values = [_GRAPHIC_MEDIA] if label.severity is Severity.GRAPHIC else []
    moment = (created or datetime.now(UTC)).astimezone(UTC)
    labels = [
        {
            "$type": "com.atproto.label.defs#label",
            "src": src,
            "uri": uri,
            "val": value,
            "cts": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        for value in values
        if src is not None and uri is not None
    ]
    own = [{"val": value} for value in values]
    return {
        "labels": labels,
        "selfLabels": {"$type": "com.atproto.label.defs#selfLabels", "values": own},
    }


def openai_moderation(label: Label) -> dict[str, Any]:
    """Return a result of OpenAI's moderation endpoint.

    Parameters
    ----------
    label : Label

    Returns
    -------
    dict of str to Any
        ``flagged``, ``categories``, ``category_scores`` and ``category_applied_input_types``, and
        ``not_assessed``, which is ours: the categories that stand at False and 0 because forewarn
        does not judge them. ``violence`` is severity violent or graphic as decided, its score the
        probability of that; ``violence/graphic`` likewise for graphic.

    Notes
    -----
    https://platform.openai.com/docs/api-reference/moderations/object

    Examples
    --------
    >>> from forewarn import label
    >>> openai_moderation(label("Rain fell."))["flagged"]
    False
    """
    violent = label.severity >= Severity.VIOLENT
    nothing = dict.fromkeys(OPENAI_NOT_ASSESSED, False)
    return {
        "flagged": violent,
        "categories": nothing
        | {"violence": violent, "violence/graphic": label.severity is Severity.GRAPHIC},
        "category_scores": dict.fromkeys(OPENAI_NOT_ASSESSED, 0.0)
        | {
            "violence": min(1.0, label.probabilities["violent"] + label.probabilities["graphic"]),
            "violence/graphic": label.score,
        },
        "category_applied_input_types": {name: [] for name in OPENAI_NOT_ASSESSED}
        | {name: ["text"] for name in OPENAI_ASSESSED},
        "not_assessed": list(OPENAI_NOT_ASSESSED),
    }


FORMATS: Mapping[str, Callable[[Label], dict[str, Any]]] = MappingProxyType(
    {
        "iptc": iptc,
        "activitypub": activitypub,
        "atproto": atproto,
        "openai": openai_moderation,
    }
)
