"""Which codes and which sentence a severity and its types call for."""

from itertools import combinations

import pytest

from forewarn.taxonomy import (
    DEATH,
    IPTC_SCHEME,
    SEVERITY_NAMES,
    SUFFERING,
    TYPE_NAMES,
    TYPE_PHRASES,
    VIOLENCE,
    Severity,
    iptc_warnings,
    warning_message,
)

TYPE_SETS = [types for size in range(3) for types in combinations(TYPE_NAMES, size)]


def test_severities_are_ordered_and_print_as_their_names() -> None:
    assert Severity.NONE < Severity.REFERENCE < Severity.VIOLENT < Severity.GRAPHIC
    assert SEVERITY_NAMES == ("none", "reference", "violent", "graphic")
    assert [str(severity) for severity in Severity] == [*SEVERITY_NAMES]


def test_there_are_sixteen_types_each_with_a_phrase() -> None:
    assert len(set(TYPE_NAMES)) == len(set(TYPE_PHRASES.values())) == 16
    assert all(phrase and phrase == phrase.strip().lower() for phrase in TYPE_PHRASES.values())


@pytest.mark.parametrize("severity", [Severity.NONE, Severity.REFERENCE])
@pytest.mark.parametrize("types", TYPE_SETS[:20])
def test_no_warning_is_due_below_violent(severity: Severity, types: tuple[str, ...]) -> None:
    assert iptc_warnings(severity, types) == ()
    assert warning_message(severity, types) == ""


@pytest.mark.parametrize("severity", [Severity.VIOLENT, Severity.GRAPHIC])
def test_a_warning_has_one_to_three_codes_and_one_sentence(severity: Severity) -> None:
    for types in TYPE_SETS:
        codes = iptc_warnings(severity, types)
        assert codes
        assert [code for code in (DEATH, SUFFERING, VIOLENCE) if code in codes] == [*codes]
        message = warning_message(severity, types)
        assert message.startswith("Content warning: this article ")
        assert message.count(".") == 1
        assert message.endswith(".")
        assert all(TYPE_PHRASES[name] in message for name in types)


def test_only_graphic_texts_warn_of_suffering_and_promise_detail() -> None:
    for types in TYPE_SETS:
        assert SUFFERING in iptc_warnings(Severity.GRAPHIC, types)
        assert SUFFERING not in iptc_warnings(Severity.VIOLENT, types)
        assert "graphic" in warning_message(Severity.GRAPHIC, types)
        assert "graphic" not in warning_message(Severity.VIOLENT, types)


@pytest.mark.parametrize(
    ("types", "codes"),
    [
        ((), (VIOLENCE,)),
        (("assault",), (VIOLENCE,)),
        (("sexual_violence", "child_victim"), (VIOLENCE,)),
        (("homicide",), (DEATH, VIOLENCE)),
        (("abduction", "execution"), (DEATH, VIOLENCE)),
        (("accident",), (DEATH,)),
        (("self_harm",), (DEATH,)),
        (("self_harm", "police_violence"), (DEATH, VIOLENCE)),
    ],
)
def test_codes_say_whether_there_is_death_and_whether_there_is_violence(
    types: tuple[str, ...], codes: tuple[str, ...]
) -> None:
    assert iptc_warnings(Severity.VIOLENT, types) == codes


def test_codes_are_qcodes_of_the_scheme_of_content_warnings() -> None:
    assert IPTC_SCHEME.startswith("http://cv.iptc.org/newscodes/contentwarning")
    assert {DEATH, SUFFERING, VIOLENCE} == {"cwarn:death", "cwarn:suffering", "cwarn:violence"}


@pytest.mark.parametrize(
    ("severity", "types", "message"),
    [
        (
            Severity.GRAPHIC,
            ("execution",),
            "Content warning: this article describes an execution in graphic detail.",
        ),
        (
            Severity.GRAPHIC,
            ("torture", "mob_violence", "abduction"),
            "Content warning: this article describes torture and mob violence in graphic detail.",
        ),
        (
            Severity.VIOLENT,
            ("self_harm",),
            "Content warning: this article reports suicide or self-harm.",
        ),
        (Severity.VIOLENT, (), "Content warning: this article reports violence."),
    ],
)
def test_the_sentence_names_the_two_strongest_types(
    severity: Severity, types: tuple[str, ...], message: str
) -> None:
    assert warning_message(severity, types) == message
