"""Takes the pictures of the desk page: ``python notebooks/desk_images.py`` writes them to images/.

Needs Debian's package ``chromium``, or another Chromium on the path, and the extra ``test``.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
WINDOWS = {"desktop": (1280, 800), "phone": (390, 844)}

ARTICLE = """Two killed in the ferry hall: passengers who held the doors give evidence

By Mara Ellwin, Harbour Courier

SKELLVIK, Tuesday — Four passengers who held the doors of the Skellvik ferry hall shut gave \
evidence on Tuesday at the inquest into last winter’s attack.

A man armed with a kitchen knife stabbed two people to death and wounded five others when he \
entered the waiting room shortly before the morning crossing on 9 January. He had been refused \
boarding the evening before. Police arrested the suspect on the quay; he was found guilty of both \
murders in June.

Petra Lund, 52, a harbour clerk, told the coroner that she had knelt beside the ticket inspector. \
“He was lying in a pool of blood by the turnstile, and he kept asking us to ring his wife,” she \
said. She pressed her scarf to his neck, but the blood ran through her fingers until he stopped \
speaking.

A student of nineteen described how passengers pulled the benches across the entrance. He \
apologised several times for not remembering more.

The harbour authority said that it had since doubled its night staff and moved the gates away from \
the waiting room. A lawyer for the families asked why an alarm raised at 5.40 a.m. had not been \
passed on.

The coroner thanked the witnesses for the care with which they had spoken. The inquest continues \
on Thursday, when the officer in charge of the quay is expected to give evidence.
"""


@contextmanager
def service() -> Iterator[str]:
    """Run the service, and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        corrections = Path(folder) / "corrections.sqlite"
        options = ["--port", str(port), "--corrections", str(corrections)]
        process = subprocess.Popen([sys.executable, "-m", "forewarn", "serve", *options])
        try:
            yield _when_ready(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait()


def _when_ready(address: str) -> str:
    for _ in range(200):
        try:
            with urlopen(f"{address}/readyz"):
                return address
        except OSError:
            sleep(0.05)
    raise TimeoutError("the service did not start")


def take(browser: Browser, address: str, window: str, scheme: str) -> None:
    """Take the page with a label; on the desktop also empty, and with the form for corrections."""
    width, height = WINDOWS[window]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1.5,
    )
    page.goto(address)
    page.locator("#legend").wait_for()
    page.locator("#text").blur()
    if window == "desktop":
        _save(page, f"desk-{window}-{scheme}-empty")
    page.locator("#file").set_input_files(
        {"name": "ferry-hall.txt", "mimeType": "text/plain", "buffer": ARTICLE.encode()}
    )
    page.locator("#found").wait_for()
    _save(page, f"desk-{window}-{scheme}")
    if window == "desktop":
        page.locator("#unveil").click()
        page.locator("#disagree summary").click()
        page.locator("#unveil").blur()
        _save(page, f"desk-{window}-{scheme}-disagree")
    page.close()


def _save(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png", full_page=True, animations="disabled")


def main() -> None:
    """Take all pictures."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no Chromium: apt-get install chromium")
    IMAGES.mkdir(exist_ok=True)
    with service() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        for window in WINDOWS:
            for scheme in ("light", "dark"):
                take(browser, address, window, scheme)
        browser.close()


if __name__ == "__main__":
    main()
