"""Each vocabulary gets what its publisher requires, and says what the label says."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Moderation

from forewarn.formats import FORMATS, activitypub, atproto, iptc, openai_moderation
from forewarn.labels import Evidence, Label, ModelInfo
from forewarn.taxonomy import TYPE_NAMES, Severity, iptc_warnings, warning_message

# ninjs 3.3: the only properties a subject may have ("additionalProperties": false), all optional.
NINJS_SUBJECT = {
    "name": str,
    "rel": str,
    "uri": str,
    "literal": str,
    "creator": str,
    "relevance": int,
    "confidence": int,
}
# com.atproto.label.defs: what must be there, and what may.
ATPROTO_LABEL = {"src", "uri", "val", "cts"}
ATPROTO_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


def make(severity: Severity, types: tuple[str, ...] = (), graphic: float = 0.25) -> Label:
    return Label(
        severity=severity,
        score=graphic,
        probabilities={
            "none": 0.0,
            "reference": 0.25,
            "violent": 0.75 - graphic,
            "graphic": graphic,
        },
        types=dict.fromkeys(types, 0.9),
        warnings=iptc_warnings(severity, types),
        message=warning_message(severity, types),
        evidence=(Evidence(0, 4, "Rain", 1.0),),
        model=ModelInfo("1.2.3", "abc"),
    )


labels = st.builds(
    make,
    st.sampled_from(Severity),
    st.lists(st.sampled_from(TYPE_NAMES), unique=True).map(tuple),
    st.floats(0, 0.75),
)
GRAPHIC = make(Severity.GRAPHIC, ("execution",))
VIOLENT = make(Severity.VIOLENT, ("assault",))
REFERENCE = make(Severity.REFERENCE)


@given(labels)
def test_every_format_is_plain_json(label: Label) -> None:
    for convert in FORMATS.values():
        found = convert(label)
        assert json.loads(json.dumps(found)) == found


@given(labels)
def test_every_iptc_code_comes_with_its_uri_and_name(label: Label) -> None:
    found = iptc(label)["contentWarnings"]
    assert [item["qcode"] for item in found] == list(label.warnings)
    for item in found:
        concept = item["qcode"].removeprefix("cwarn:")
        assert item["uri"] == f"http://cv.iptc.org/newscodes/contentwarning/{concept}"
        assert item["name"]


@given(labels)
def test_the_ninjs_block_has_only_properties_of_the_schema(label: Label) -> None:
    block = iptc(label)["ninjs"]
    assert set(block) == ({"subjects"} if label.warnings else set())
    for subject in block.get("subjects", []):
        assert {
            name: type(value) for name, value in subject.items()
        }.items() <= NINJS_SUBJECT.items()
        assert subject["uri"].startswith("http://cv.iptc.org/newscodes/contentwarning/")


def test_a_graphic_execution_in_iptc() -> None:
    assert [item["name"] for item in iptc(GRAPHIC)["contentWarnings"]] == [
        "Death",
        "Upsetting and Disturbing",
        "Violence",
    ]


@pytest.mark.parametrize(("label", "due"), [(GRAPHIC, True), (VIOLENT, True), (REFERENCE, False)])
def test_activitypub_hides_what_has_a_warning_behind_it(label: Label, due: bool) -> None:
    found = activitypub(label)
    assert found["sensitive"] is due
    assert found["summary"] == (label.message if due else None)


def test_activitypub_declares_the_property_that_extends_its_vocabulary() -> None:
    vocabulary, *extensions = activitypub(VIOLENT)["@context"]
    assert vocabulary == "https://www.w3.org/ns/activitystreams"
    assert {"sensitive": "as:sensitive"} in extensions


def test_a_labeler_gets_a_whole_label() -> None:
    moment = datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    uri = "at://did:plc:author/app.bsky.feed.post/1"
    (found,) = atproto(GRAPHIC, src="did:plc:labeler", uri=uri, created=moment)["labels"]
    assert found == {
        "$type": "com.atproto.label.defs#label",
        "src": "did:plc:labeler",
        "uri": uri,
        "val": "graphic-media",
        "cts": "2026-03-01T10:30:00.000Z",
    }


def test_a_label_is_of_now_unless_told_otherwise() -> None:
    (found,) = atproto(GRAPHIC, src="did:web:desk.example", uri="at://did:web:a.example")["labels"]
    assert set(found) == ATPROTO_LABEL | {"$type"}
    assert ATPROTO_DATETIME.fullmatch(found["cts"])
    assert datetime.now(UTC) - datetime.fromisoformat(found["cts"]) < timedelta(minutes=1)


@pytest.mark.parametrize("known", [{}, {"src": "did:plc:a"}, {"uri": "at://did:plc:b"}])
def test_without_labeler_and_record_only_the_author_can_label(known: dict[str, str]) -> None:
    found = atproto(GRAPHIC, **known)  # type: ignore[arg-type]
    assert found["labels"] == []
    assert found["selfLabels"]["values"] == [{"val": "graphic-media"}]


@pytest.mark.parametrize("label", [VIOLENT, REFERENCE])
def test_what_is_not_graphic_gets_no_at_protocol_label(label: Label) -> None:
    found = atproto(label, src="did:plc:a", uri="at://did:plc:b")
    assert found == {
        "labels": [],
        "selfLabels": {"$type": "com.atproto.label.defs#selfLabels", "values": []},
    }


@given(labels)
def test_openai_s_own_model_takes_the_moderation(label: Label) -> None:
    found = openai_moderation(label)
    read = Moderation.model_validate(found)
    assert read.flagged is read.categories.violence is (label.severity >= Severity.VIOLENT)
    assert read.categories.violence_graphic is (label.severity is Severity.GRAPHIC)
    assert read.category_scores.violence_graphic == label.score
    assert label.score <= read.category_scores.violence <= 1
    assert read.category_applied_input_types.violence == ["text"]


@given(labels)
def test_what_is_not_assessed_is_listed_and_stands_at_zero(label: Label) -> None:
    found = openai_moderation(label)
    assessed = set(found["categories"]) - set(found["not_assessed"])
    assert assessed == {"violence", "violence/graphic"}
    assert all(set(found[part]) == set(found["categories"]) for part in parts(found))
    for name in found["not_assessed"]:
        assert found["categories"][name] is False
        assert found["category_scores"][name] == 0
        assert found["category_applied_input_types"][name] == []


def parts(moderation: dict[str, Any]) -> list[str]:
    return [name for name in moderation if name.startswith("categor")]
