"""What a model makes of texts whose severity is beyond dispute, behaviour by behaviour.

CheckList's tests (Ribeiro et al. 2020, "Beyond accuracy: behavioral testing of NLP models with
CheckList", arXiv:2005.04118): each behaviour promises something that an average over many texts
may hide, as that a stock market's bloodbath is not violence. A case says what its text must at
least and at most be decided to be (minimum functionality); two cases of a minimal pair say which
of two texts that share most words is the more severe (directional expectation).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from forewarn.classifier import Classifier
from forewarn.errors import CorpusError, InputError
from forewarn.jsonl import Row, read_rows
from forewarn.labels import ModelInfo
from forewarn.metrics import Estimate, Floats, wilson
from forewarn.taxonomy import SEVERITY_NAMES, Severity

_REQUIRED = ("id", "behaviour", "text")
_OPTIONAL = ("pair", "at_least", "at_most")
_REMEDY = f"a case has the fields {', '.join(_REQUIRED)} and may have {', '.join(_OPTIONAL)}"


@dataclass(frozen=True, slots=True)
class Case:
    """One text and what a model is held to say of it.

    Attributes
    ----------
    id : str
    behaviour : str
        Group of cases that are reported together.
    text : str
    at_least, at_most : Severity
        The severity decided must lie between them; they may be equal.
    pair : str or None
        Name that the two cases of a minimal pair share; one's `at_most` is below the other's
        `at_least`.
    """

    id: str
    behaviour: str
    text: str
    at_least: Severity = Severity.NONE
    at_most: Severity = Severity.GRAPHIC
    pair: str | None = None

    @property
    def expectation(self) -> str:
        """What is expected, in words.

        Examples
        --------
        >>> Case("1", "idiom", "Voters killed the plan.", at_most=Severity.REFERENCE).expectation
        'at most reference'
        """
        if self.at_least is self.at_most:
            return str(self.at_least)
        bounds = []
        if self.at_least > Severity.NONE:
            bounds.append(f"at least {self.at_least}")
        if self.at_most < Severity.GRAPHIC:
            bounds.append(f"at most {self.at_most}")
        return ", ".join(bounds) or "anything"


@dataclass(frozen=True, slots=True)
class Failure:
    """One case that was decided otherwise than expected.

    Attributes
    ----------
    id : str
    expected, decided : str
        `Case.expectation`, and the name of the severity decided.
    violent, graphic : float
        P(violent or graphic) and P(graphic).
    """

    id: str
    expected: str
    decided: str
    violent: float
    graphic: float


@dataclass(frozen=True, slots=True)
class BehaviourResult:
    """How many cases of one behaviour were decided as expected.

    Attributes
    ----------
    behaviour : str
    passed, cases : int
        Number of cases decided as expected, and of all.
    rate : Estimate
        Share passed, with Wilson's 95 % interval.
    failures : tuple of Failure
        The others, in the order of the cases.
    """

    behaviour: str
    passed: int
    cases: int
    rate: Estimate
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class PairsResult:
    """How many minimal pairs have the higher probability on the more severe text.

    Attributes
    ----------
    severity : str
        What the more severe of the two is expected to be at least, ``graphic`` or ``violent``;
        the probability compared is that of being so.
    ordered, pairs : int
        Number of pairs ordered as expected, equal probabilities not among them, and of all.
    rate : Estimate
        Share ordered, with Wilson's 95 % interval.
    failures : tuple of str
        Names of the other pairs.
    """

    severity: str
    ordered: int
    pairs: int
    rate: Estimate
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChecklistResult:
    """A model's answers to a checklist.

    Attributes
    ----------
    model : ModelInfo
    operating_point : str
    passed, cases : int
        Of all behaviours together.
    rate : Estimate
        Share passed, with Wilson's 95 % interval.
    behaviours : tuple of BehaviourResult
        In the order of the cases.
    pairs : tuple of PairsResult
        Most severe first; empty where no cases are paired.
    """

    model: ModelInfo
    operating_point: str
    passed: int
    cases: int
    rate: Estimate
    behaviours: tuple[BehaviourResult, ...]
    pairs: tuple[PairsResult, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values that `json.dumps` takes; keys are attribute names."""
        # The way through JSON makes lists of tuples, and refuses what is not a plain value.
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return plain


def read_checklist(folder: str | PathLike[str]) -> list[Case]:
    """Read every case in a folder's ``*.jsonl`` files, one JSON object a line.

    Parameters
    ----------
    folder : str or path-like
        Each object has ``id``, ``behaviour`` and ``text``; ``at_least`` or ``at_most`` or both,
        which name severities; and ``pair``, where it is one of the two cases of a minimal pair.

    Returns
    -------
    list of Case
        In the order of the files' names and of their lines.

    Raises
    ------
    CorpusError
        If the folder or a file cannot be read, there is no case, a line holds none, an id comes
        twice, or a pair is not of two cases of which one is expected to be more severe.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> line = {"id": "1", "behaviour": "idiom", "text": "Stocks bled.", "at_most": "reference"}
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "idiom.jsonl").write_text(json.dumps(line), encoding="utf-8")
    ...     [case.expectation for case in read_checklist(folder)]
    ['at most reference']
    """
    folder = Path(folder)
    try:
        found = [(row, _case(row)) for row in _rows(folder)]
        _check_ids(found)
        _check_pairs(found)
    except OSError as error:
        raise CorpusError(
            f"{error.filename or folder}: cannot be read ({error.strerror or error});"
            " name a folder of JSON Lines files that you may read"
        ) from error
    except InputError as error:
        raise CorpusError(str(error)) from None
    if not found:
        raise CorpusError(f"{folder}: no case in any *.jsonl file; put one JSON object a line")
    return [case for _, case in found]


def run_checklist(
    classifier: Classifier, cases: Iterable[Case], operating_point: str = "balanced"
) -> ChecklistResult:
    """Ask a classifier about every case.

    Parameters
    ----------
    classifier : Classifier
    cases : iterable of Case
        At least one. Of a minimal pair, one alone is not compared.
    operating_point : str, default="balanced"
        Named thresholds to decide by, in place of the classifier's own.

    Returns
    -------
    ChecklistResult

    Raises
    ------
    InputError
        If there are no cases.
    ForewarnError
        If the model has no such operating point.

    Examples
    --------
    >>> from forewarn import load
    >>> cases = [Case("1", "weather", "Rain is expected by noon.", at_most=Severity.NONE)]
    >>> run_checklist(load(), cases).passed
    1
    """
    cases = list(cases)
    if not cases:
        raise InputError("There are no cases to check: give at least one")
    classifier = Classifier(classifier.parameters, classifier.info, operating_point=operating_point)
    texts = [case.text for case in cases]
    decided = [Severity(int(severity)) for severity in classifier.predict(texts)]
    # at_least[n, severity]: probability that text n is at least so severe
    at_least = classifier.predict_proba(texts)[:, ::-1].cumsum(axis=1)[:, ::-1]
    behaviours = tuple(
        _behaviour(name, cases, decided, at_least, rows)
        for name, rows in _group(case.behaviour for case in cases).items()
    )
    passed = sum(behaviour.passed for behaviour in behaviours)
    return ChecklistResult(
        model=classifier.info,
        operating_point=operating_point,
        passed=passed,
        cases=len(cases),
        rate=wilson(passed, len(cases)),
        behaviours=behaviours,
        pairs=_pairs(cases, at_least),
    )


def _rows(folder: Path) -> Iterator[Row]:
    for path in sorted(path for path in folder.iterdir() if path.suffix == ".jsonl"):
        with path.open("rb") as lines:
            for row in read_rows(lines, str(path)):
                if isinstance(row, InputError):
                    raise row
                yield row


def _case(row: Row) -> Case:
    unknown = [name for name in row.fields if name not in (*_REQUIRED, *_OPTIONAL)]
    if unknown:  # a misspelt expectation must not be passed over
        raise row.fault(f"unknown field {unknown[0]!r}; {_REMEDY}")
    given = {name: row.text(name, _REMEDY) for name in (*_REQUIRED, *row.fields)}
    for name, value in given.items():
        if not value.strip():
            raise row.fault(f"field {name!r} is empty; write something in it")
    bounds = {
        name: _severity(row, name, given[name]) for name in ("at_least", "at_most") if name in given
    }
    if not bounds:
        raise row.fault("neither 'at_least' nor 'at_most'; say what is expected in one or both")
    case = Case(given["id"], given["behaviour"], given["text"], **bounds, pair=given.get("pair"))
    if case.at_least > case.at_most:
        raise row.fault(
            f"field 'at_least' is {case.at_least}, more than 'at_most', {case.at_most};"
            " no severity is both, so change one"
        )
    return case


def _severity(row: Row, field: str, name: str) -> Severity:
    if name not in SEVERITY_NAMES:
        raise row.fault(f"field {field!r} is {name!r}; give one of {', '.join(SEVERITY_NAMES)}")
    return Severity(SEVERITY_NAMES.index(name))


def _check_ids(found: Iterable[tuple[Row, Case]]) -> None:
    first: dict[str, Row] = {}
    for row, case in found:
        if (other := first.setdefault(case.id, row)) is not row:
            raise row.fault(
                f"field 'id' is {case.id!r}, as in {other.source}, line {other.line};"
                " give each case its own"
            )


def _check_pairs(found: Sequence[tuple[Row, Case]]) -> None:
    for name, numbers in _group(case.pair for _, case in found).items():
        row, _ = found[numbers[-1]]
        members = [found[number][1] for number in numbers]
        if len(members) != 2:
            raise row.fault(
                f"field 'pair' is {name!r}, which names {len(members)} of the cases in all;"
                " give it to two"
            )
        mild, severe = sorted(members, key=lambda case: case.at_least)
        if mild.at_most >= severe.at_least:
            raise row.fault(
                f"field 'pair' is {name!r}, whose cases may be equally severe; let one's"
                " 'at_most' be below the other's 'at_least'"
            )


def _group(names: Iterable[str | None]) -> Mapping[str, list[int]]:
    """Return the positions of each name, in the order in which names come; None has no group."""
    groups: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        if name is not None:
            groups.setdefault(name, []).append(position)
    return groups


def _behaviour(
    name: str,
    cases: Sequence[Case],
    decided: Sequence[Severity],
    at_least: Floats,
    rows: Sequence[int],
) -> BehaviourResult:
    failures = tuple(
        Failure(
            id=cases[row].id,
            expected=cases[row].expectation,
            decided=str(decided[row]),
            violent=float(at_least[row, Severity.VIOLENT]),
            graphic=float(at_least[row, Severity.GRAPHIC]),
        )
        for row in rows
        if not cases[row].at_least <= decided[row] <= cases[row].at_most
    )
    passed = len(rows) - len(failures)
    return BehaviourResult(name, passed, len(rows), wilson(passed, len(rows)), failures)


def _pairs(cases: Sequence[Case], at_least: Floats) -> tuple[PairsResult, ...]:
    ordered: dict[Severity, dict[str, bool]] = {}
    for name, members in _group(case.pair for case in cases).items():
        if len(members) != 2:  # the other one was not asked about
            continue
        mild, severe = sorted(members, key=lambda row: cases[row].at_least)
        level = cases[severe].at_least
        ordered.setdefault(level, {})[name] = bool(at_least[severe, level] > at_least[mild, level])
    return tuple(
        PairsResult(
            severity=str(level),
            ordered=sum(pairs.values()),
            pairs=len(pairs),
            rate=wilson(sum(pairs.values()), len(pairs)),
            failures=tuple(name for name, right in pairs.items() if not right),
        )
        for level, pairs in sorted(ordered.items(), reverse=True)
    )
