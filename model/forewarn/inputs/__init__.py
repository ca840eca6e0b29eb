"""Articles and records out of files: text, pages, JSON Lines, tables and web archives."""

from forewarn.inputs.articles import InputText, read_articles
from forewarn.inputs.files import FORMATS, Format, format_of
from forewarn.inputs.parquet import column_types
from forewarn.inputs.reading import UNITS, cut, place, read_records, reason
from forewarn.inputs.records import Fault, Fields, Part, Record

__all__ = [
    "FORMATS",
    "UNITS",
    "Fault",
    "Fields",
    "Format",
    "InputText",
    "Part",
    "Record",
    "column_types",
    "cut",
    "format_of",
    "place",
    "read_articles",
    "read_records",
    "reason",
]
