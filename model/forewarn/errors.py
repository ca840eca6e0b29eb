"""The errors a caller can meet, each saying what is wrong, where, and what to do."""

from typing import Self


class ForewarnError(Exception):
    """Base of every error that forewarn raises on purpose."""


class ModelFileError(ForewarnError):
    """A model file is damaged, of another format version, or holds what a model never holds."""


class CorpusError(ForewarnError):
    """The labels and their texts could not be brought together."""


class InputError(ForewarnError):
    """A file, row or field that a user gave cannot be read as asked."""


class MissingExtraError(ForewarnError):
    """An optional dependency is not installed.

    Parameters
    ----------
    purpose : str
        What needs it, as the start of a sentence ("reading HTML pages").
    extra : str
        Name of the extra that brings it.
    """

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs the extra '{extra}': pip install 'forewarn[{extra}]'",
        )
        self._arguments = purpose, extra

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        # An exception is otherwise rebuilt, in the process it is sent to, from its message alone.
        return type(self), self._arguments
