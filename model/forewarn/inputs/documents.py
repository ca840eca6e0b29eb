"""Files that are one article each: plain text, and HTML pages."""

from typing import BinaryIO

from forewarn.errors import InputError
from forewarn.inputs.files import STREAM_ERRORS, Format
from forewarn.inputs.records import Fault, Fields, Record
from forewarn.pages import decode, extract_html


def read_document(
    file: BinaryIO, form: Format, fields: Fields, largest: int | None = None
) -> Record:
    """Read the article that a file is.

    Parameters
    ----------
    file : binary file
    form : {Format.TEXT, Format.HTML}
    fields : Fields
        Of which a file has the text alone.
    largest : int, optional
        Refuse a file of more bytes, and read no more of it.

    Returns
    -------
    Record

    Raises
    ------
    MissingExtraError
        If the file is a page and trafilatura is not installed.
    """
    shown = None
    text: str | Fault
    try:
        text = shown = _article(file, form, largest)
    except InputError as error:
        text = Fault(str(error))
    except STREAM_ERRORS as error:
        text = Fault(f"cannot be read ({error}); get it anew")
    kept = tuple([shown if name == fields.text else None for name in fields.keep])
    return Record(None, text, None, kept)


def _article(file: BinaryIO, form: Format, largest: int | None) -> str:
    data = file.read(-1 if largest is None else largest + 1)
    if largest is not None and len(data) > largest:
        raise InputError(f"larger than {largest:,} bytes; give one article a file")
    content = decode(data)
    if not content.strip():
        raise InputError("empty; give a file with an article in it")
    if form is Format.HTML:
        return extract_html(content)
    if "\0" in content:  # UTF-16 without a byte order mark, or no text at all
        raise InputError("not plain text, as it holds NUL characters; convert it to UTF-8")
    return content
