"""How far a job has come."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic

from forewarn.bulk.plan import Shard
from forewarn.bulk.shard import Totals


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands.

    Attributes
    ----------
    step : {"reading", "labelling"}
        Input files are first read through, to know them again and to cut them.
    files, files_done : int
        Input files, and those that the step has done.
    shards, shards_done : int
    articles : int
        Rows written since the job was started, or went on.
    errors : int
        Lines that ``errors.jsonl`` has so far.
    share : float
        How much of the step's input is done, from 0 to 1.
    seconds : float
        Since the step was begun.
    seconds_left : float or None
        It will take about so long if it goes on like this; None where that cannot be said.
    """

    step: str
    files: int
    files_done: int
    shards: int = 0
    shards_done: int = 0
    articles: int = 0
    errors: int = 0
    share: float = 0.0
    seconds: float = 0.0
    seconds_left: float | None = None

    @property
    def rate(self) -> float:
        """Articles a second."""
        return self.articles / self.seconds if self.seconds else 0.0


class Tracker:
    """Counts what is done of a job, and tells somebody.

    Parameters
    ----------
    shards : sequence of Shard
    done : iterable of Totals
        Of the shards that were finished before.
    files : int
        Input files; those without a shard cannot be read, and are done with.
    errors : int
        Of these files.
    tell : callable
        Takes a `Progress`.
    """

    def __init__(
        self,
        shards: Sequence[Shard],
        done: Iterable[Totals],
        *,
        files: int,
        errors: int,
        tell: Callable[[Progress], None],
    ) -> None:
        self._shards = {shard.number: shard for shard in shards}
        self._left = Counter(piece.file.path for shard in shards for piece in shard.pieces)
        self._files, self._files_done = files, files - len(self._left)
        self._weight = max(1, sum(shard.weight for shard in shards))
        self._tell, self._begun = tell, monotonic()
        self._n_done = self._articles = self._done = 0
        self._errors = errors
        for totals in done:
            self._count(totals)
        self._before = self._done
        self._tell_all()

    def add(self, totals: Totals) -> None:
        """Count a shard that has just been finished."""
        self._articles += totals.records
        self._count(totals)
        self._tell_all()

    def _count(self, totals: Totals) -> None:
        shard = self._shards[totals.number]
        self._n_done += 1
        self._errors += totals.errors
        self._done += shard.weight
        for piece in shard.pieces:
            self._left[piece.file.path] -= 1
            self._files_done += not self._left[piece.file.path]

    def _tell_all(self) -> None:
        seconds = monotonic() - self._begun
        fresh = self._done - self._before
        self._tell(
            Progress(
                "labelling",
                files=self._files,
                files_done=self._files_done,
                shards=len(self._shards),
                shards_done=self._n_done,
                articles=self._articles,
                errors=self._errors,
                share=self._done / self._weight,
                seconds=seconds,
                seconds_left=seconds * (self._weight - self._done) / fresh if fresh else None,
            )
        )
