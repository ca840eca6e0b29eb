"""Many requests' articles to the model at once, without holding up the requests to come.

An article costs several times as much alone as in company (3 KB: 0.4 ms, and 0.1 ms among sixty),
so what comes in together is labelled together, and in the event loop itself: a thread would spend
more than that on handing the interpreter's lock back and forth. Long articles go to a thread, where
numpy works without the lock for most of the time.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from forewarn.classifier import Classifier
from forewarn.labels import Label

# A request of more characters goes to the thread; that many take about 6 ms.
_LONG = 1 << 16

# So many characters are labelled in one turn of the event loop, in 20 ms at most. Sixty articles
# of 3 KB fit, and in smaller groups they cost a third more.
_TURN = 1 << 18

# Thresholds that came last; a classifier for each shares the arrays and takes 0.2 ms to make.
_THRESHOLDS_KEPT = 64


@dataclass(frozen=True, slots=True)
class _Job:
    classifier: Classifier
    texts: Sequence[str]
    size: int
    labels: asyncio.Future[list[Label]]


class Scorer:
    """Labels the articles of concurrent requests.

    Parameters
    ----------
    classifier : Classifier
    """

    def __init__(self, classifier: Classifier) -> None:
        self.info = classifier.info
        self.parameters = classifier.parameters
        self._deciding = lru_cache(_THRESHOLDS_KEPT)(self._make)
        self._waiting: deque[_Job] = deque()
        self._size = 0  # characters of what waits
        self._seen = 0  # how much waited when we last looked
        self._thread = ThreadPoolExecutor(1, "scoring")

    def _make(self, operating_point: str, threshold: float | None) -> Classifier:
        return Classifier(
            self.parameters, self.info, operating_point=operating_point, threshold=threshold
        )

    async def label(
        self, texts: Sequence[str], operating_point: str, threshold: float | None = None
    ) -> list[Label]:
        """Return the label of each of several articles.

        Parameters
        ----------
        texts : sequence of str
        operating_point : str
        threshold : float, optional

        Raises
        ------
        ForewarnError
            If the model has no such operating point.
        """
        classifier = self._deciding(operating_point, threshold)
        size = sum(map(len, texts))
        loop = asyncio.get_running_loop()
        if size > _LONG:
            return await loop.run_in_executor(self._thread, _label, classifier, texts)
        if not self._waiting:
            loop.call_soon(self._gather)
        job = _Job(classifier, texts, size, loop.create_future())
        self._waiting.append(job)
        self._size += size
        return await job.labels

    def _gather(self) -> None:
        """Wait as long as every turn of the loop brings more, and there is room."""
        if len(self._waiting) > self._seen and self._size < _TURN:
            self._seen = len(self._waiting)
        else:
            self._seen = 0
            self._take_turn()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._gather)

    def _take_turn(self) -> None:
        jobs: dict[Classifier, list[_Job]] = {}
        room = _TURN
        while self._waiting and room > 0:
            job = self._waiting.popleft()
            room -= job.size
            self._size -= job.size
            jobs.setdefault(job.classifier, []).append(job)
        for classifier, company in jobs.items():
            _label_together(classifier, company)

    def close(self) -> None:
        """Take no more long articles."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _label(classifier: Classifier, texts: Sequence[str]) -> list[Label]:
    return list(classifier.iter_labels(texts))


def _label_together(classifier: Classifier, jobs: Sequence[_Job]) -> None:
    try:
        labels = iter(_label(classifier, [text for job in jobs for text in job.texts]))
    except Exception as error:  # it may be due to one: none loses its label for another's sake
        if len(jobs) == 1:
            _settle(jobs[0], error)
        else:
            for job in jobs:
                _label_together(classifier, [job])
        return
    for job in jobs:
        _settle(job, [next(labels) for _ in job.texts])


def _settle(job: _Job, outcome: list[Label] | Exception) -> None:
    if job.labels.done():  # the request was given up
        return
    if isinstance(outcome, Exception):
        job.labels.set_exception(outcome)
    else:
        job.labels.set_result(outcome)
