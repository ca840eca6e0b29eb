"""Articles out of files of any kind, one after the other; what cannot be read becomes an error.

Errors are values in the stream, at the place of the article they stand for, so that no file and
no line costs its neighbours.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forewarn.errors import ForewarnError, InputError
from forewarn.inputs.files import STANDARD_INPUT, Format, format_of
from forewarn.inputs.reading import UNITS, place, read_records, reason
from forewarn.inputs.records import Fault, Fields, Record


@dataclass(frozen=True, slots=True)
class InputText:
    """One article, and where it came from.

    Attributes
    ----------
    source : str
        File as the caller named it, or "standard input".
    text : str
        The article. Offsets in a `Label` of it count in this.
    number : int, optional
        Where in the file, which has several articles: a line or row, from 1, or a byte.
    id : Any, optional
        What the line or row gives as ``id``: any JSON value.
    extracted : bool, default=False
        Whether the text was extracted from a page, and so stands nowhere as it is.
    unit : {"line", "row", "byte"}, default="line"
        What the number counts.
    """

    source: str
    text: str
    number: int | None = None
    id: Any = None
    extracted: bool = False
    unit: str = "line"

    @property
    def place(self) -> str:
        """File and line, for people."""
        return place(self.source, self.number, self.unit)

    def origin(self) -> dict[str, Any]:
        """Return what JSON output says of where the article came from.

        Returns
        -------
        dict of str to Any
            ``source``; ``line`` (or ``row``, or ``byte``) and ``id`` where there are such; ``text``
            where it was extracted.
        """
        origin: dict[str, Any] = {"source": self.source}
        if self.number is not None:
            origin[self.unit] = self.number
        if self.id is not None:
            origin["id"] = self.id
        if self.extracted:
            origin["text"] = self.text
        return origin


def read_articles(
    paths: Iterable[Path], *, field: str = "text", form: Format | None = None
) -> Iterator[InputText | InputError]:
    """Read the articles of several files, in order, as they are asked for.

    Parameters
    ----------
    paths : iterable of Path
        Files; ``-`` is standard input.
    field : str, default="text"
        Field of JSON Lines, or column of a table, that holds the text.
    form : Format, optional
        How to read all of them; by default their names tell (see `format_of`), and everything
        else, standard input too, is one article of plain text.

    Yields
    ------
    InputText or InputError
        An error, not raised, for a file or a record that cannot be read. Files of many articles
        are read as they are asked for.
    """
    fields = Fields(field, remedy="name the field that holds the text with --field")
    for path in paths:
        source = "standard input" if path == STANDARD_INPUT else str(path)
        how = form or format_of(path) or Format.TEXT
        try:
            yield from _read(path, source, how, fields)
        except OSError as error:
            yield InputError(f"{source}: {reason(path, error)}")
        except ForewarnError as error:
            yield InputError(f"{source}: {error}")


def _read(
    path: Path, source: str, form: Format, fields: Fields
) -> Iterator[InputText | InputError]:
    unit, extracted = UNITS.get(form, "line"), form in (Format.HTML, Format.WARC)
    found = None
    for found in read_records(path, form, fields):
        match found:
            case Record(number, str(text), id_):
                yield InputText(source, text, number, id_, extracted, unit)
            case Record(number, Fault(why)) | Fault(why, number=number):
                yield InputError(f"{place(source, number, unit)}: {why}")
    if found is None:
        what = "one JSON object a line" if form is Format.JSONL else "an article in it"
        yield InputError(f"{source}: empty; give a file with {what}")
