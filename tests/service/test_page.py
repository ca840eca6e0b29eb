"""The desk page in a real browser: what an editor gives it, and what it shows and stores."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

import forewarn
from forewarn.corpus.house import read_labels
from forewarn.taxonomy import SEVERITY_NAMES, Severity

pytest.importorskip("playwright", reason="The extra 'test' is not installed.")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    FilePayload,
    Page,
    Route,
    ViewportSize,
    expect,
    sync_playwright,
)

if TYPE_CHECKING:
    from tests.service.conftest import Running, Start

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="There is no Chromium here: apt-get install chromium."
)

VIOLENT = (
    "Two men were wounded in a shooting outside a bar in Halden on Friday night, police said. "
    "A gunman fired several shots from a passing car and hit a 24-year-old man in the leg."
)
QUIET = "The town library will open on Sundays, the council said. A choir sings at noon."
VIVID = (
    "He lay in a pool of blood, and the blood ran through her fingers until he stopped speaking."
)
REPORT = (
    f"A guard was stabbed to death at the depot on Monday. {VIVID} The depot opens on Thursday."
)

POINTS = ("balanced", "cautious", "strict")
KEY = "open-sesame"
ELSEWHERE = "desk.example"  # to the browser this is another machine

# On the edge of graphic, so that one or another is decided differently at another point.
DOUBTFUL = [
    "Two men were shot dead in a bar on Friday. Blood ran across the floor as a woman screamed.",
    "The man was beaten with an iron bar. Witnesses said that his face was covered in blood.",
    "Police say two men died in the fire. One was found on the stairs, burned beyond recognition.",
    "A driver was killed on the bridge. Glass and blood covered the road, a nurse said.",
]

HOSTILE = f"""<script>window.pwned = 1</script><img src=x onerror="window.pwned = 2">
"><svg onload=window.pwned=3><style>* {{ display: none }}</style></textarea></mark></p>
' onmouseover='window.pwned=4' autofocus onfocus=window.pwned=5 &lt;b&gt; &amp; ${{window.pwned=6}}
<a href="javascript:window.pwned=7">x</a><iframe srcdoc="<script>top.pwned=8</script>"></iframe>
{REPORT} <b onclick=window.pwned=9>{VIVID}</b>"""


@dataclass
class Desk:
    """The page in a window of its own, with what an editor does to it."""

    page: Page
    address: str
    troubles: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return self.page.locator(f"#{name}")

    @property
    def marks(self) -> Any:
        return self["reading"].locator("mark .words")

    def paste(self, text: str) -> None:
        """Paste it in the place of what is there, and wait for its label."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        if self["text"].is_visible():
            self["text"].select_text()
        with self.page.expect_response("**/v1/label"):
            self.page.keyboard.press("ControlOrMeta+v")
        expect(self["verdict"]).not_to_have_attribute("aria-busy", "true")
        expect(self["found"]).to_be_visible()

    def open(self, name: str, content: bytes, kind: str = "text/plain") -> None:
        self["file"].set_input_files(FilePayload(name=name, mimeType=kind, buffer=content))

    def drop(self, name: str, content: str, kind: str, times: int = 1) -> None:
        """Drop a file on the page, as a file manager does."""
        self.page.evaluate(
            """([name, content, type, times]) => {
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(new File([content.repeat(times)], name, { type }));
                for (const event of ["dragover", "drop"]) {
                    const given = { dataTransfer, bubbles: true, cancelable: true };
                    document.body.dispatchEvent(new DragEvent(event, given));
                }
            }""",
            [name, content, kind, times],
        )

    def text(self) -> str:
        """Return the article as it is shown, without the numbers of its passages."""
        shown: str = self["reading"].evaluate(
            """(node) => {
                const copy = node.cloneNode(true);
                copy.querySelectorAll(".rank").forEach((rank) => rank.remove());
                return copy.textContent;
            }"""
        )
        return shown

    def violations(self) -> list[str]:
        """Return what axe-core finds against the page."""
        report = Axe().run(self.page)
        return [
            f"{item['id']}: {node['html']} ({node['failureSummary']})"
            for item in report.response["violations"]
            for node in item["nodes"]
        ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        args = [f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1", "--no-proxy-server"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window(browser: Browser, service: Running) -> Iterator[Desk]:
    with _desk(browser, service.address) as desk:
        yield desk


@pytest.fixture
def desk(window: Desk) -> Iterator[Desk]:
    """Return the page as it opens; afterwards it must have asked nobody else and met no error."""
    window.requests.clear()
    window.troubles.clear()
    window.page.goto("/")
    yield window
    window.page.context.set_offline(False)
    assert [url for url in window.requests if not url.startswith(f"{window.address}/")] == []
    assert window.troubles == []


@contextmanager
def _desk(browser: Browser, address: str, **options: Any) -> Iterator[Desk]:
    allowed = ["clipboard-read", "clipboard-write"]
    with browser.new_context(base_url=address, permissions=allowed, **options) as context:
        context.set_default_timeout(10_000)
        desk = Desk(context.new_page(), address)
        desk.page.on("request", lambda request: desk.requests.append(request.url))
        desk.page.on("pageerror", lambda error: desk.troubles.append(str(error)))
        desk.page.on("console", lambda message: desk.troubles.append(message.text))
        desk.page.on("dialog", lambda dialog: desk.troubles.append(dialog.message))
        desk.page.goto("/")
        yield desk


def words_of(severity: str) -> str:
    return severity.capitalize()


# -- a label --------------------------------------------------------------------------------------


def test_an_empty_page_says_what_to_do_and_what_the_severities_mean(desk: Desk) -> None:
    expect(desk["invitation"]).to_contain_text("Paste an article")
    expect(desk["meanings"].locator("dt")).to_have_text([words_of(name) for name in SEVERITY_NAMES])
    expect(desk["text"]).to_be_focused()
    expect(desk["found"]).to_be_hidden()


def test_a_pasted_article_gets_the_label_of_the_library(desk: Desk) -> None:
    desk.paste(REPORT)
    label = forewarn.label(REPORT)
    assert label.severity is Severity.GRAPHIC
    expect(desk["severity"]).to_have_text("Graphic")
    expect(desk["message"]).to_have_text(label.message)
    assert label.score > 0.995  # which is not called 100 %
    expect(desk["sureness"]).to_contain_text(">99% graphic")
    expect(desk["shares"].locator("li")).to_contain_text(list(SEVERITY_NAMES))
    names = [words_of(name.replace("_", " ")) for name in label.types]
    expect(desk["types"].locator("li")).to_contain_text(names or ["None"])
    expect(desk["codes"].locator("code")).to_have_text(list(label.warnings))


def test_typing_is_labelled_within_a_blink(desk: Desk) -> None:
    expect(desk["legend"]).to_be_visible()
    desk.page.evaluate(
        """() => {
            window.blinks = [];
            document.getElementById("text").addEventListener("input", () => {
                window.typed = performance.now();
            });
            new MutationObserver(() => window.blinks.push(performance.now() - window.typed))
                .observe(document.getElementById("severity"), { childList: true });
        }"""
    )
    for words in ("Nine men ", "were shot dead ", "at a well ", "on Monday."):
        with desk.page.expect_response("**/v1/label"):
            desk["text"].press_sequentially(words)
    expect(desk["severity"]).to_have_text("Violent")
    assert desk.page.evaluate("Math.min(...window.blinks)") < 300  # milliseconds
    expect(desk["text"]).to_be_focused()
    desk["text"].press("ControlOrMeta+a")
    desk["text"].press("Delete")
    expect(desk["invitation"]).to_be_visible()


def test_a_text_that_is_faster_than_the_service_gets_its_label(desk: Desk) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    desk.page.route("**/v1/model", hold)
    with desk.page.expect_request("**/v1/model"):
        desk.page.reload()
    with desk.page.expect_request("**/v1/model"):
        desk.drop("night.txt", VIOLENT, "text/plain")
    for route in reversed(held):
        route.continue_()
    expect(desk["severity"]).to_have_text("Violent")
    expect(desk["reading"]).to_be_visible()
    desk.page.unroute("**/v1/model")


def test_severity_is_a_word_a_shape_and_a_colour(desk: Desk) -> None:
    seen = set()
    for text in (QUIET, VIVID, VIOLENT):
        desk.paste(text)
        word = desk["severity"].inner_text()
        shape = desk["severity"].locator("use").get_attribute("href")
        colour = desk["severity"].evaluate("node => getComputedStyle(node).color")
        assert shape == f"#shape-{word.lower()}"
        seen.add((word, shape, colour))
    assert [len(set(kind)) for kind in zip(*seen, strict=True)] == [3, 3, 3]


def test_no_warning_is_due_for_a_quiet_text(desk: Desk) -> None:
    desk.paste(QUIET)
    expect(desk["severity"]).to_have_text("None")
    expect(desk["message"]).to_have_text("No warning is due.")
    expect(desk["copy-message"]).to_be_hidden()
    expect(desk["copy-codes"]).to_be_hidden()
    expect(desk["passages-section"]).to_be_hidden()


def test_warning_and_codes_are_copied(desk: Desk) -> None:
    desk.paste(VIOLENT)
    label = forewarn.label(VIOLENT)
    desk["copy-message"].click()
    expect(desk["copy-message"]).to_have_text("Copied")
    assert desk.page.evaluate("navigator.clipboard.readText()") == label.message
    desk["copy-codes"].click()
    expect(desk["copy-codes"]).to_have_text("Copied")
    assert desk.page.evaluate("navigator.clipboard.readText()") == ", ".join(label.warnings)


def test_the_operating_point_says_what_it_reached_and_decides(desk: Desk, service: Running) -> None:
    models = {name: forewarn.load(operating_point=name) for name in POINTS}
    text, severities = next(
        (text, found)
        for text in DOUBTFUL
        if len(set(found := [SEVERITY_NAMES[model.predict(text)[0]] for model in models.values()]))
        > 1
    )
    desk.paste(text)
    facts = {point["name"]: point for point in service.get("/v1/model").json()["operating_points"]}
    for name, severity in zip(models, severities, strict=True):
        desk["points"].get_by_label(words_of(name)).check(force=True)
        expect(desk["severity"]).to_have_text(words_of(severity))
        figures = facts[name]["reached"]["graphic"]
        shares = [f"{figures['recall']:.0%}", f"{figures['precision']:.0%}"]
        expect(desk["reached"].locator("tr").first.locator("td")).to_have_text(shares)
        likeliest = SEVERITY_NAMES[models[name].predict_proba(text)[0].argmax()]
        assert ("needs" in desk["sureness"].inner_text()) is (likeliest != severity)


# -- the text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        REPORT,
        f"😀 {VIOLENT} 👩‍👩‍👧 é̂ \U0001f9e8 {VIVID} 🇳🇴",
        f"قال الشاهد إن الرجل كان هناك. {REPORT} שלום עולם.",
        f"\u202eabc {VIOLENT}\n\n\n\t{VIVID}   \n{QUIET}",
    ],
    ids=["plain", "outside the basic plane", "right to left", "controls and lines"],
)
def test_evidence_is_marked_where_it_stands(desk: Desk, text: str) -> None:
    desk.paste(text)
    evidence = forewarn.label(text).evidence
    assert evidence
    in_place = sorted(range(len(evidence)), key=lambda rank: evidence[rank].start)
    assert desk.marks.all_text_contents() == [evidence[rank].text for rank in in_place]
    ranks = desk["reading"].locator(".rank").all_text_contents()
    assert ranks == [str(rank + 1) for rank in in_place]
    assert desk.text() == text


def test_half_a_surrogate_pair_shifts_nothing(desk: Desk) -> None:
    expect(desk["legend"]).to_be_visible()
    desk["text"].evaluate(
        """(node, text) => { node.value = `\\ud83d 😀 ${text} \\ude00`;
            node.dispatchEvent(new InputEvent("input")); }""",
        VIOLENT,
    )
    expect(desk["severity"]).to_have_text("Violent")
    desk["turn"].click()
    first, *_ = VIOLENT.partition(". ")
    assert desk.marks.first.text_content() == f"😀 {first}."


def test_graphic_passages_are_blurred_until_asked_for(desk: Desk) -> None:
    desk.paste(REPORT)
    assert desk["reading"].locator(".veiled").count() == 3
    veiled = desk["reading"].locator("[data-rank='1']")
    assert "blur" in veiled.locator(".words").evaluate("node => getComputedStyle(node).filter")
    expect(desk["passages"].locator("li").first).not_to_contain_text("blood")
    expect(veiled).to_have_role("button")
    expect(veiled).to_have_accessible_name("Passage 1 is graphic, and blurred. Show it.")

    veiled.click()
    expect(veiled).not_to_have_class("veiled")
    assert veiled.locator(".words").evaluate("node => getComputedStyle(node).filter") == "none"
    expect(desk["passages"].locator("li").first).to_contain_text("blood")

    desk["unveil"].click()
    expect(desk["reading"].locator(".veiled")).to_have_count(0)
    desk["unveil"].click()
    expect(desk["reading"].locator(".veiled")).to_have_count(3)
    desk.paste(VIOLENT)
    expect(desk["reading"].locator("mark")).not_to_have_count(0)
    expect(desk["reading"].locator(".veiled")).to_have_count(0)


def test_passages_are_reached_by_click_and_by_key(desk: Desk) -> None:
    filler = "\n\n".join([QUIET] * 80)
    desk.paste(f"{filler}\n\n{REPORT}\n\n{filler}")
    first, second = desk["passage-1"], desk["passage-2"]
    expect(first).not_to_be_in_viewport()
    desk["passages"].locator("button").first.click()
    expect(first).to_be_in_viewport()
    expect(first).to_be_focused()
    desk.page.keyboard.press("2")
    expect(second).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(second).not_to_have_class("veiled")
    expect(second).to_be_focused()
    expect(first).to_have_class("veiled")


def test_everything_is_done_by_keyboard_and_seen_in_focus(desk: Desk) -> None:
    desk.paste(REPORT)
    expect(desk["reading"]).to_be_focused()
    desk["disagree"].locator("summary").press("Enter")
    desk["open"].locator("input").focus()
    reached = []
    for _ in range(60):
        where, outline = desk.page.evaluate(
            """() => {
                const node = document.activeElement;
                const seen = [node, node.parentElement].map((item) => getComputedStyle(item));
                return [node.id || node.name || node.className || node.tagName,
                        seen.some((style) => style.outlineStyle !== "none")];
            }"""
        )
        if where == "BODY":
            break
        assert outline, where
        reached.append(where)
        desk.page.keyboard.press("Tab")
    for name in ("file", "turn", "unveil", "reading", "passage-1", "point", "types", "note"):
        assert name in reached


def test_the_text_is_edited_and_marked_again(desk: Desk) -> None:
    desk.paste(VIOLENT)
    desk["turn"].click()
    expect(desk["text"]).to_be_focused()
    expect(desk["text"]).to_have_value(VIOLENT)
    desk["text"].fill(QUIET)
    expect(desk["severity"]).to_have_text("None")
    desk["turn"].click()
    expect(desk["reading"]).to_have_text(QUIET)
    desk["clear"].click()
    expect(desk["text"]).to_be_focused()
    expect(desk["invitation"]).to_be_visible()


# -- files ----------------------------------------------------------------------------------------


def test_a_dropped_page_is_read_and_its_article_marked(desk: Desk, page: str) -> None:
    desk.drop("story.html", page, "text/html")
    expect(desk["found"]).to_be_visible()
    expect(desk["source"]).to_have_text("story.html")
    text = desk["text"].input_value()
    assert "<" not in text
    evidence = forewarn.label(text).evidence
    assert sorted(desk.marks.all_text_contents()) == sorted(item.text for item in evidence)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_a_text_file_is_opened_whatever_it_was_written_in(desk: Desk, encoding: str) -> None:
    desk.open("notes.txt", f"Café “Kro”: {VIOLENT}".encode(encoding))
    expect(desk["severity"]).to_have_text("Violent")
    expect(desk["reading"]).to_contain_text("Café “Kro”: ")


@pytest.mark.parametrize(
    ("file", "times", "problem"),
    [
        (("scan.pdf", "%PDF-1.7", "application/pdf"), 1, "scan.pdf is no text or HTML"),
        (("data", "PK\x03\x04\0\0", ""), 1, "data is no text or HTML"),
        (("empty.html", "<html><body></body></html>", "text/html"), 1, "No article"),
        (("long.txt", "a ", "text/plain"), 600_000, "long.txt has 1.2 MB"),
        (("long.html", "a ", "text/html"), 1_100_000, "long.html has 2.2 MB"),
    ],
    ids=["pdf", "binary", "no article", "too long a text", "too long a page"],
)
def test_what_cannot_be_labelled_is_told_in_a_sentence(
    desk: Desk, file: tuple[str, str, str], times: int, problem: str
) -> None:
    desk.paste(VIOLENT)
    desk.drop(*file, times)
    expect(desk["problem"]).to_contain_text(re.compile(f"^{re.escape(problem)}.*\\.$"))
    expect(desk["status"]).to_contain_text(problem)
    expect(desk["found"]).to_be_hidden()


def test_a_long_text_is_labelled_and_shown(desk: Desk) -> None:
    text = f"{QUIET}\n" * 5_000 + REPORT
    desk.open("archive.txt", text.encode())
    expect(desk["severity"]).to_have_text("Graphic")
    desk["passages"].locator("button").first.click()
    expect(desk["passage-1"]).to_be_in_viewport()


def test_without_an_answer_the_text_stays(desk: Desk) -> None:
    desk.paste(VIOLENT)
    desk.page.context.set_offline(True)
    desk["turn"].click()
    desk["text"].press("End")
    desk["text"].press_sequentially(" More.")
    expect(desk["problem"]).to_contain_text("does not answer")
    expect(desk["text"]).to_have_value(re.compile("More\\.$"))
    desk.page.context.set_offline(False)
    desk["text"].press_sequentially(" Again.")
    expect(desk["severity"]).to_have_text("Violent")
    assert {trouble.split()[-1] for trouble in desk.troubles} == {"net::ERR_INTERNET_DISCONNECTED"}
    desk.troubles.clear()


# -- hostile texts --------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["paste", "type", "text file", "page", "name"])
def test_markup_in_an_article_is_text_and_does_nothing(desk: Desk, way: str) -> None:
    expect(desk["legend"]).to_be_visible()
    if way == "paste":
        desk.paste(HOSTILE)
    elif way == "type":
        desk["text"].fill(HOSTILE)
    elif way == "text file":
        desk.open("hostile.txt", HOSTILE.encode())
    elif way == "page":
        desk.open(
            "hostile.html", f"<article><p>{HOSTILE}<p>{REPORT}</article>".encode(), "text/html"
        )
    else:
        desk.open('<img src=x onerror="window.pwned=1">.txt', HOSTILE.encode())
    expect(desk["severity"]).to_have_text("Graphic")
    if desk["text"].is_visible():
        desk["turn"].click()
    desk["unveil"].click()
    for mark in desk["reading"].locator("mark").all():
        mark.hover()
        mark.click()
    assert desk.page.evaluate("window.pwned") is None
    assert desk["reading"].locator(":not(mark, .rank, .words)").count() == 0
    assert desk.page.locator("img, iframe, a, style, [onerror], [onload], [onclick]").count() == 0
    assert desk.page.locator("script").count() == 1
    if way != "page":  # of a page the article is taken, without its markup
        assert desk.text() == HOSTILE


# -- corrections ----------------------------------------------------------------------------------


def test_a_correction_comes_out_ready_for_training(
    desk: Desk, service: Running, tmp_path: Path
) -> None:
    text = f"{VIOLENT} 😀 <b>Nobody died.</b>"
    desk.paste(text)
    desk["disagree"].locator("summary").click()
    predicted = forewarn.label(text)
    form = desk["correction"]
    expect(form.get_by_label("Violent", exact=True)).to_be_checked()
    for name in predicted.types:
        expect(form.locator(f"[value={name}]")).to_be_checked()
        form.locator(f"[value={name}]").uncheck()
    form.get_by_label("Graphic", exact=True).check()
    form.get_by_label("Assault").check()
    form.get_by_label("Child victim").check()
    form.get_by_label("Note").fill("Too close to home.")
    form.get_by_role("button").click()
    expect(desk["correction-says"]).to_contain_text("Stored as correction")

    command = [sys.executable, "-m", "forewarn", "corrections", "export"]
    file, out = Path(str(list(service.process.args)[-1])), tmp_path / "house.jsonl"  # type: ignore[arg-type]
    subprocess.run([*command, str(file), "--out", str(out)], check=True)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    (row,) = [row for row in rows if row["text"] == text]
    assert row["note"] == "Too close to home."
    assert row["predicted"]["message"] == predicted.message
    assert set(row["predicted"]) == set(predicted.to_dict())
    texts, faults = read_labels(out)
    assert faults == []
    (kept,) = [item for item in texts if item.text == text]
    assert (kept.severity, kept.types) == (Severity.GRAPHIC, ("assault", "child_victim"))


@pytest.fixture(scope="module")
def keyed(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Running:
    """Return a service that asks for a key, and keeps no corrections."""
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text(KEY)
    return start("--api-key-file", keys)


def test_a_key_is_asked_for_used_and_kept_nowhere(browser: Browser, keyed: Running) -> None:
    with _desk(browser, keyed.address) as desk:
        expect(desk["key-wanted"]).to_have_text("This service asks for a key.")
        expect(desk["key"]).to_be_focused()
        desk["key"].fill("guess")
        desk["key"].press("Enter")
        expect(desk["key-wanted"]).to_have_text("That key is not let in.")
        assert desk.violations() == []
        desk["key"].fill(KEY)
        desk["key"].press("Enter")
        expect(desk["key-form"]).to_be_hidden()
        desk["text"].fill(VIOLENT)
        expect(desk["severity"]).to_have_text("Violent")
        kept = "[localStorage.length, sessionStorage.length, document.cookie, location.search]"
        assert desk.page.evaluate(kept) == [0, 0, "", ""]
        desk["disagree"].locator("summary").click()
        expect(desk["not-kept"]).to_be_visible()
        expect(desk["correction"]).to_be_hidden()
        desk.page.reload()
        expect(desk["key-form"]).to_be_visible()
        assert all("401" in trouble for trouble in desk.troubles)


def test_a_warning_is_copied_on_a_page_from_another_machine(
    browser: Browser, keyed: Running
) -> None:
    with _desk(browser, f"http://{ELSEWHERE}:{keyed.port}") as desk:
        desk["key"].fill(KEY)
        desk["key"].press("Enter")
        desk["text"].fill(VIOLENT)
        assert not desk.page.evaluate("isSecureContext")
        desk["copy-message"].click()
        desk["text"].select_text()
        desk["text"].press("ControlOrMeta+v")
        expect(desk["text"]).to_have_value(forewarn.label(VIOLENT).message)


# -- for everybody --------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing(
    browser: Browser, service: Running, scheme: Literal["light", "dark"], width: int
) -> None:
    viewport: ViewportSize = {"width": width, "height": 800}
    with _desk(browser, service.address, color_scheme=scheme, viewport=viewport) as desk:
        expect(desk["legend"]).to_be_visible()
        assert desk.violations() == []
        desk.paste(REPORT)
        desk["disagree"].locator("summary").click()
        desk["reading"].locator("[data-rank='2']").click()
        assert desk.violations() == []


def test_nothing_is_cut_off_at_320_pixels(browser: Browser, service: Running) -> None:
    width = "document.documentElement.scrollWidth"
    with _desk(browser, service.address, viewport={"width": 320, "height": 640}) as desk:
        assert desk.page.evaluate(width) == 320
        desk.paste(f"{REPORT} {'long' * 40} https://example.org/{'path/' * 30}")
        desk["disagree"].locator("summary").click()
        assert desk.page.evaluate(width) == 320
        assert desk["reading"].evaluate("node => node.scrollWidth <= node.clientWidth")


def test_nothing_moves_for_those_who_ask_for_that(browser: Browser, service: Running) -> None:
    count = """() => [...document.querySelectorAll("*")]
        .map((node) => getComputedStyle(node))
        .filter((style) => parseFloat(style.transitionDuration) || style.animationName !== "none"
            || style.scrollBehavior !== "auto").length"""
    motions: list[Literal["reduce", "no-preference"]] = ["reduce", "no-preference"]
    moving = {}
    for motion in motions:
        with _desk(browser, service.address, reduced_motion=motion) as desk:
            desk.paste(REPORT)
            moving[motion] = desk.page.evaluate(count)
    assert moving["reduce"] == 0 < moving["no-preference"]
