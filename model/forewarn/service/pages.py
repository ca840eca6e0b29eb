"""Text out of HTML pages, in a process of its own that can be ended.

Pages come from anywhere, and there are some that keep a parser busy for a minute. A thread at work
on one could not be stopped, and would hold up the requests beside it.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process

from forewarn.errors import ForewarnError, InputError
from forewarn.pages import extract_html

_LONGEST_LINE = 16_000_000  # bytes of an answer: a page's text, escaped


class PageReader:
    """Finds the articles in pages, one page after the other.

    Parameters
    ----------
    seconds : float
        How long it may take to find one.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._turn = asyncio.Lock()
        self._process: Process | None = None

    async def read(self, page: str) -> str:
        """Return a page's article, as `forewarn.pages.extract_html` gives it.

        Parameters
        ----------
        page : str

        Raises
        ------
        ForewarnError
            If there is none to be found, or not in time.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(self.seconds):
                    answer = await self._ask(page)
            except TimeoutError:
                self._end()
                raise InputError(
                    f"no article found in the page within {self.seconds:g} seconds: pass the "
                    "article's text instead"
                ) from None
            except BaseException:  # given up, or broken: what comes out next is not to be trusted
                self._end()
                raise
        if "error" in answer:
            raise InputError(answer["error"])
        return answer["text"]

    async def _ask(self, page: str) -> dict[str, str]:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", __name__),
                stdin=PIPE,
                stdout=PIPE,
                limit=_LONGEST_LINE,
                start_new_session=True,  # it ends with the service, not by the terminal's Ctrl-C
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(page).encode() + b"\n")
            await self._process.stdin.drain()
            line = await self._process.stdout.readline()
        except ConnectionError:
            line = b""
        if not line:
            raise InputError("the page ended the process that read it: pass the article's text")
        answer: dict[str, str] = json.loads(line)
        return answer

    def _end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._process = None

    def close(self) -> None:
        """End the process."""
        self._end()


def _answer(page: str) -> dict[str, str]:
    try:
        return {"text": extract_html(page)}
    except ForewarnError as error:
        return {"error": str(error)}


def main() -> None:
    """Answer pages in JSON Lines, in order, until there are no more."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(json.dumps(_answer(json.loads(line))).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
