"""What forewarn can say of a text: severities, violence types, IPTC codes and warning sentences.

Pure data and its look-ups. Severities and types are defined in ``corpus/GUIDELINE.md``; the
codes are IPTC's Content Warning NewsCodes, http://cv.iptc.org/newscodes/contentwarning/.
"""

from collections.abc import Collection, Sequence
from enum import IntEnum


class Severity(IntEnum):
    """How much violence a text makes its reader read; ordered, so comparisons hold.

    Examples
    --------
    >>> Severity.GRAPHIC > Severity.VIOLENT
    True
    >>> str(Severity.REFERENCE)
    'reference'
    """

    NONE = 0
    REFERENCE = 1
    VIOLENT = 2
    GRAPHIC = 3

    def __str__(self) -> str:
        return self.name.lower()


SEVERITY_NAMES: tuple[str, ...] = tuple(str(severity) for severity in Severity)

# Each type with how it stands in a warning: after "reports" (severity violent) and after
# "describes ... in graphic detail" (severity graphic) alike.
TYPE_PHRASES: dict[str, str] = {
    "homicide": "a killing",
    "assault": "a violent assault",
    "mass_shooting": "a mass shooting",
    "terrorism": "a terrorist attack",
    "armed_conflict": "armed conflict",
    "execution": "an execution",
    "torture": "torture",
    "sexual_violence": "sexual violence",
    "domestic_violence": "domestic violence",
    "child_victim": "violence against a child",
    "police_violence": "police violence",
    "mob_violence": "mob violence",
    "abduction": "an abduction",
    "self_harm": "suicide or self-harm",
    "animal_cruelty": "cruelty to animals",
    "accident": "death or injury",
}
TYPE_NAMES: tuple[str, ...] = tuple(TYPE_PHRASES)

IPTC_SCHEME = "http://cv.iptc.org/newscodes/contentwarning/"
DEATH = "cwarn:death"
VIOLENCE = "cwarn:violence"
SUFFERING = "cwarn:suffering"

# Types that are about somebody dying, or that leave a living victim in pain.
_DEADLY = frozenset(
    {
        "homicide",
        "mass_shooting",
        "terrorism",
        "armed_conflict",
        "execution",
        "self_harm",
        "accident",
    }
)
_NOT_VIOLENCE = frozenset({"accident", "self_harm"})


def iptc_warnings(severity: Severity, types: Collection[str]) -> tuple[str, ...]:
    """Return the IPTC content-warning qcodes that a severity and its types call for.

    Parameters
    ----------
    severity : Severity
        Severity of the text.
    types : collection of str
        Names from `TYPE_NAMES` that the text was found to be about.

    Returns
    -------
    tuple of str
        Qcodes of http://cv.iptc.org/newscodes/contentwarning/ in IPTC's order. Empty below
        ``violent``; ``cwarn:suffering`` only for ``graphic``.

    Examples
    --------
    >>> iptc_warnings(Severity.GRAPHIC, ["execution"])
    ('cwarn:death', 'cwarn:suffering', 'cwarn:violence')
    >>> iptc_warnings(Severity.VIOLENT, ["assault"])
    ('cwarn:violence',)
    >>> iptc_warnings(Severity.REFERENCE, ["homicide"])
    ()
    """
    if severity < Severity.VIOLENT:
        return ()
    codes = []
    if not _DEADLY.isdisjoint(types):
        codes.append(DEATH)
    if severity is Severity.GRAPHIC:
        codes.append(SUFFERING)
    if not types or not _NOT_VIOLENCE.issuperset(types):
        codes.append(VIOLENCE)
    return tuple(codes)


def warning_message(severity: Severity, types: Sequence[str]) -> str:
    """Return the sentence an editor would print above the text.

    Parameters
    ----------
    severity : Severity
        Severity of the text.
    types : sequence of str
        Names from `TYPE_NAMES`, strongest first; the first two are named.

    Returns
    -------
    str
        One sentence, empty where no warning is due (below ``violent``).

    Examples
    --------
    >>> warning_message(Severity.GRAPHIC, ["execution"])
    'Content warning: this article describes an execution in graphic detail.'
    >>> warning_message(Severity.VIOLENT, ["homicide", "child_victim"])
    'Content warning: this article reports a killing and violence against a child.'
    >>> warning_message(Severity.NONE, [])
    ''
    """
    if severity < Severity.VIOLENT:
        return ""
    subject = " and ".join(TYPE_PHRASES[name] for name in types[:2]) or "violence"
    if severity is Severity.GRAPHIC:
        return f"Content warning: this article describes {subject} in graphic detail."
    return f"Content warning: this article reports {subject}."
