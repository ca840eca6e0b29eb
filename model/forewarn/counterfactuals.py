"""News texts that differ in one term alone, read from ``counterfactuals.toml``."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

# One line break goes on with the sentence, two begin a paragraph.
_LINE_BREAK = re.compile(r"(?<!\n)\n(?!\n)")


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """One news text about one term.

    Attributes
    ----------
    group : str
        ``country``, ``religion`` and so on: terms that are compared with each other.
    term : str
    frame : str
        Which text it is apart from the term: kind, tone and number, as ``place neutral 1``.
    tone : str
        ``neutral`` (no violence at all) or ``violent`` (a specific act is reported).
    text : str
    """

    group: str
    term: str
    frame: str
    tone: str
    text: str


def load_counterfactuals() -> Iterator[Counterfactual]:
    """Yield every frame filled with every term that fits it.

    Yields
    ------
    Counterfactual
        By group and term; each term of a group has the same frames in the same order.

    Examples
    --------
    >>> first = next(load_counterfactuals())
    >>> first.group, first.frame
    ('country', 'place neutral 1')
    >>> first.text
    'Schools in Afghanistan will open an hour later from Monday, education officials said.'
    """
    file = files(__package__) / "counterfactuals.toml"
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    for group in content["groups"]:
        for term in group["terms"]:
            slots = group.get("slots", {}) | term
            for kind in group["frames"]:
                for tone, frames in content["frames"][kind].items():
                    for number, frame in enumerate(frames, start=1):
                        name = f"{kind} {tone} {number}"
                        text = fill(frame, slots)
                        yield Counterfactual(group["name"], term["name"], name, tone, text)


def fill(frame: str, slots: Mapping[str, str]) -> str:
    r"""Return a frame's text about one term.

    Parameters
    ----------
    frame : str
        With slots in braces. Line breaks within a paragraph become spaces.
    slots : mapping of str to str
        Values by slot; a slot that the frame writes with a capital letter gets its value with one.

    Examples
    --------
    >>> fill("{A} {person}\nsang. {He} smiled.", {"a": "an Indian", "person": "man", "he": "he"})
    'An Indian man sang. He smiled.'
    """
    capital = {name.capitalize(): value[:1].upper() + value[1:] for name, value in slots.items()}
    return _LINE_BREAK.sub(" ", frame.strip()).format(**slots, **capital)
