"""What `extract_html` finds in a page and what `decode` makes of bytes."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.errors import InputError, MissingExtraError
from forewarn.pages import decode, extract_html

PARAGRAPHS = [
    "Two men were injured on Saturday when a wall fell at a brickworks outside Harrow Vale.",
    "Witnesses said that dust covered the yard and that workers dug until the engines arrived.",
    "The owner declined to comment. An inquiry will open on Monday, the labour office said.",
]
BODY = "".join(f"<p>{paragraph}</p>\n" for paragraph in PARAGRAPHS)
ARTICLE = "Wall falls at brickworks\n\n" + "\n".join(PARAGRAPHS)

NEWS_PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<title>Wall falls at brickworks | The Vale Courier</title>
<script>window.tracking = "<p>not an article</p>";</script></head>
<body>
<div id="cookie-banner" class="cookie-consent"><p>We use cookies to give you more.</p>
<button>Accept all</button></div>
<header><nav><ul><li><a href="/">Home</a></li>
<li><a href="/sport">Sport</a></li></ul></nav></header>
<main><article><h1>Wall falls at brickworks</h1>
<div class="share-buttons"><a href="#">Share on a network</a> <a href="#">Copy link</a></div>
{BODY}</article>
<section id="comments" class="comments"><h2>Comments</h2>
<p>My uncle used to work there.</p></section>
</main>
<aside class="related"><h3>Related</h3><ul><li><a href="/soup">Ten best soups</a></li></ul></aside>
<footer><p>Copyright The Vale Courier. All rights reserved.</p></footer>
</body></html>"""


def text_or_error(page: str) -> str:
    try:
        return extract_html(page)
    except InputError as error:
        return str(error)


def test_a_news_page_gives_headline_and_body_and_nothing_around_them() -> None:
    assert extract_html(NEWS_PAGE) == ARTICLE


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>A mill burned down.", "A mill burned down."),
        ("<p>A mill burned down.</p><p>It is gone.</p>", "A mill burned down.\nIt is gone."),
        ("<div>A mill burned down.</div>", "A mill burned down."),
        ("<h1>Fire</h1><p>A mill burned down.", "Fire\n\nA mill burned down."),
        ("<title>Fire at mill</title><p>It is gone.", "Fire at mill\n\nIt is gone."),
        ("<h1>A</h1><p>A mill burned down.", "A\n\nA mill burned down."),
        ("<h1>Fire &amp; smoke</h1><p>The caf&eacute; burned.", "Fire & smoke\n\nThe café burned."),
        ("<html><body>The mill burned.<br>It is gone.", "The mill burned.\nIt is gone."),
        ("<p>Before \ud83d and \0 after.</p>", "Before ? and after."),
    ],
)
def test_small_pages_and_parts_of_pages_are_read_too(page: str, text: str) -> None:
    assert extract_html(page) == text


def test_a_declared_encoding_does_not_matter_once_the_page_is_decoded() -> None:
    page = f'<?xml version="1.0" encoding="iso-8859-1"?><html><body>{BODY}<p>Café</p></body></html>'
    assert extract_html(page).endswith("Café")


@pytest.mark.parametrize("page", ["", " ", "<html></html>", "<script>let a = 1</script>"])
def test_a_page_without_text_is_refused(page: str) -> None:
    with pytest.raises(InputError, match="no article text found"):
        extract_html(page)


def test_a_page_beyond_the_bound_is_refused_with_its_length() -> None:
    with pytest.raises(InputError, match="5,000,001 characters"):
        extract_html("a" * 5_000_001)


@pytest.mark.parametrize(
    "page",
    ["<div>" * 50_000 + "x", "<" * 100_000, "<p " + "a=b " * 50_000, "<p>&#x;&#0;&\0<![CDATA[<!--"],
    ids=["deep", "brackets", "attributes", "broken"],
)
def test_a_hostile_page_ends_in_text_or_input_error(page: str) -> None:
    assert text_or_error(page)


@given(
    st.lists(st.sampled_from(["<p>", "</p>", "<a href=", "<!--", "]]>", "<table>", "x y", "\0"]))
)
def test_any_markup_ends_in_text_or_input_error(pieces: list[str]) -> None:
    assert text_or_error("".join(pieces))


def test_a_page_of_very_many_elements_is_read_whole() -> None:
    text = extract_html("<article>" + "<div><p>One line.</p></div>" * 6_000 + "</article>")
    assert text.count("One line.") == 6_000


def test_missing_trafilatura_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'forewarn\[html\]'"):
        extract_html("<p>A mill burned down.")


@given(st.text())
def test_what_was_encoded_is_decoded(text: str) -> None:
    data = text.encode("utf-8", "ignore")
    clean = data.decode("utf-8")
    assert decode(data) == clean.removeprefix("\ufeff")
    assert decode(clean.encode("utf-8-sig")) == clean
    assert decode(clean.encode("utf-16")) == clean
    assert decode(b"\xfe\xff" + clean.encode("utf-16-be")) == clean


@pytest.mark.parametrize(
    ("declaration", "encoding"),
    [
        ('<meta charset="windows-1252">', "cp1252"),
        ("<META CHARSET=ISO-8859-1>", "cp1252"),
        ("<meta http-equiv=Content-Type content='text/html; charset=iso-8859-15'>", "iso-8859-15"),
        ('<?xml version="1.0" encoding="windows-1250"?>', "cp1250"),
    ],
)
def test_a_page_is_read_in_the_charset_it_declares(declaration: str, encoding: str) -> None:
    page = f"{declaration}<p>Caf\u00e9"
    assert decode(page.encode(encoding)) == page


def test_a_page_in_utf8_is_read_as_utf8_whatever_it_declares() -> None:
    page = "<meta charset=iso-8859-1><p>“Café”"
    assert decode(page.encode("utf-8")) == page


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("ISO-8859-1", "“Café”"),  # a header goes before what the page says
        ("windows-1250", "“Łódź”"),
        ("utf-8", "“Café”"),  # not so: the page is believed
        ("idna", "“Café”"),
        (None, "“Café”"),
    ],
)
def test_a_header_may_name_the_charset(charset: str | None, text: str) -> None:
    page = f"<meta charset=windows-1252><p>{text}"
    encoding = charset if charset == "windows-1250" else "cp1252"
    assert decode(page.encode(encoding), charset) == page
    assert decode(page.encode("utf-8"), charset) == page


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Caf\xe9 noir", r"not UTF-8 at byte 3 \(0xE9\)"),
        (b"\xef\xbb\xbfCaf\xe9 noir", r"not UTF-8 at byte 6 \(0xE9\)"),
        (b"\xff\xfea\x00b", r"not UTF-16-LE at byte 4 \(0x62\)"),
        (b"<meta charset=windows-1252>\x81", r"not WINDOWS-1252 at byte 27 \(0x81\)"),
        (b"<meta charset=unicode_escape>\xe9", r"not UTF-8 at byte 29"),
        (b"<meta charset=iso-8859-99>\xe9", r"not UTF-8 at byte 26"),
    ],
)
def test_undecodable_bytes_are_named(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode(data)
