"""What requests may say, as types that the interface's description shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from forewarn.formats import FORMATS
from forewarn.taxonomy import SEVERITY_NAMES, TYPE_NAMES

MAX_TEXT = 1_000_000  # bytes of UTF-8
MAX_ITEMS = 256
MAX_NOTE = 10_000  # characters
MAX_NAME = 1_000  # characters of an id, a DID or a URI

DEFAULT_POINT = "balanced"
POINTS = (DEFAULT_POINT, "cautious", "strict")


@dataclass(frozen=True, slots=True)
class OneOf:
    """Marks a str that is one of several names."""

    names: Sequence[str]

    def __get_pydantic_core_schema__(self, _: object, __: object) -> CoreSchema:
        """Return what pydantic makes of ``Literal``, which names only what is written out."""
        return core_schema.literal_schema(list(self.names))


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) * 4 > MAX_TEXT:
        size = len(value.encode())
        if size > MAX_TEXT:
            raise PydanticCustomError(
                "text_too_long",
                "of {size} bytes of UTF-8 is longer than {limit}; send it in parts",
                {"size": f"{size:,}", "limit": f"{MAX_TEXT:,}"},
            )
    return value


Severity = Annotated[str, OneOf(SEVERITY_NAMES)]
TypeName = Annotated[str, OneOf(TYPE_NAMES)]
FormatName = Annotated[str, OneOf(tuple(FORMATS))]

Point = Annotated[
    str,
    OneOf(POINTS),
    Field(description="How to decide: balanced, cautious (misses less) or strict (alarms less)."),
]
Threshold = Annotated[
    float | None,
    Field(
        ge=0,
        le=1,
        description="Call graphic what scores at least this, instead of the operating point's.",
    ),
]
_Text = Annotated[
    str,
    Field(max_length=MAX_TEXT, description=f"At most {MAX_TEXT:,} bytes of UTF-8."),
    BeforeValidator(_bounded),
]
_Html = Annotated[
    str,
    Field(
        max_length=MAX_TEXT,
        description=f"A page, or a part of one: at most {MAX_TEXT:,} bytes of UTF-8.",
    ),
    BeforeValidator(_bounded),
]


# The tags of a union are in brackets, so that the path of an error is told without them.
def _which_id(value: Any) -> str | None:
    kinds: dict[type, str] = {str: "[str]", int: "[int]", type(None): "[null]"}
    return kinds.get(type(value))


_Id = Annotated[
    Annotated[str, Field(max_length=MAX_NAME), Tag("[str]")]
    | Annotated[int, Tag("[int]")]
    | Annotated[None, Tag("[null]")],
    Discriminator(
        _which_id,
        custom_error_type="id_type",
        custom_error_message="Input should be a string or an integer",
    ),
    Field(description="Comes back with the result."),
]
_Uri = Annotated[
    str | None,
    Field(
        max_length=MAX_NAME,
        pattern=r"^[a-z][a-z0-9+.-]*:.+$",
        description="AT URI of the record, for the labels of format atproto.",
    ),
]


class _Strict(BaseModel):
    """Nothing is made into another type, and no field that is not known is passed over."""

    model_config = ConfigDict(strict=True, extra="forbid")


class _Lenient(BaseModel):
    """Nothing is made into another type, but other fields are passed over."""

    model_config = ConfigDict(strict=True, extra="ignore")


# -- POST /v1/label -------------------------------------------------------------------------------


class Item(_Lenient):
    """One of several articles: text or html."""

    id: _Id = None
    text: _Text | None = None
    html: _Html | None = None
    uri: _Uri = None

    @model_validator(mode="after")
    def _has_one(self) -> "Item":
        if (self.text is None) is (self.html is None):
            raise PydanticCustomError("one_of", "give either text or html")
        return self


class _Asked(_Strict):
    operating_point: Point = DEFAULT_POINT
    threshold: Threshold = None
    formats: Annotated[
        list[FormatName],
        Field(max_length=8, description="Other vocabularies to give the label in too."),
    ] = []
    src: Annotated[
        str | None,
        Field(
            max_length=MAX_NAME,
            pattern=r"^did:[a-z]+:[a-zA-Z0-9._:%-]+$",
            description="DID of the labeler, for the labels of format atproto.",
        ),
    ] = None


class Batch(_Asked):
    """Several articles; one that cannot be taken gets an error in its place."""

    items: Annotated[
        list[Annotated[Item | Any, Field(union_mode="left_to_right")]],
        Field(min_length=1, max_length=MAX_ITEMS),
    ]


class OneText(_Asked):
    """One article, as plain text."""

    id: _Id = None
    text: _Text
    uri: _Uri = None


class OnePage(_Asked):
    """One article, as an HTML page."""

    id: _Id = None
    html: _Html
    uri: _Uri = None


def _which(value: Any) -> str:
    if isinstance(value, dict) and "items" in value:
        return "[items]"
    return "[html]" if isinstance(value, dict) and "html" in value else "[text]"


LabelRequest = Annotated[
    Annotated[Batch, Tag("[items]")]
    | Annotated[OneText, Tag("[text]")]
    | Annotated[OnePage, Tag("[html]")],
    Discriminator(_which),
]


# -- POST /v1/moderations -------------------------------------------------------------------------


class Part(_Lenient):
    """A part of an article."""

    type: Literal["text"]
    text: _Text


def _which_input(value: Any) -> str:
    if not isinstance(value, list):
        return "[text]"
    return "[parts]" if value and isinstance(value[0], dict) else "[texts]"


_Texts = Annotated[list[_Text], Field(min_length=1, max_length=MAX_ITEMS)]
_Parts = Annotated[list[Part], Field(min_length=1, max_length=MAX_ITEMS)]


class ModerationRequest(_Lenient):
    """OpenAI's request, with how to decide."""

    input: Annotated[
        Annotated[_Text, Tag("[text]")]
        | Annotated[_Texts, Tag("[texts]")]
        | Annotated[_Parts, Tag("[parts]")],
        Discriminator(_which_input),
        Field(description="An article, several, or one in parts. Images are not read."),
    ]
    model: Annotated[str | None, Field(description="Passed over: there is one model.")] = None
    operating_point: Point = DEFAULT_POINT
    threshold: Threshold = None


# -- POST /v1/corrections -------------------------------------------------------------------------


class Correction(_Strict):
    """What an editor says of an article."""

    text: Annotated[
        str,
        Field(
            max_length=MAX_TEXT,
            pattern=r"\S",
            description=f"Not blank, and at most {MAX_TEXT:,} bytes of UTF-8.",
        ),
        BeforeValidator(_bounded),
    ]
    severity: Severity
    types: Annotated[list[TypeName], Field(max_length=len(TYPE_NAMES))] = []
    note: Annotated[str | None, Field(max_length=MAX_NOTE)] = None
    predicted: Annotated[
        dict[str, Any] | None, Field(description="The label that is corrected, as it was given.")
    ] = None
