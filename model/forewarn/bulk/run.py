"""A job from its inputs to its manifest: what is left to do is done, and nothing twice."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from os import PathLike
from pathlib import Path
from time import monotonic

from forewarn.bulk.find import Found, find_files
from forewarn.bulk.manifest import ERRORS, MANIFEST, Identity, open_folder, put_json
from forewarn.bulk.plan import Shard, Source, plan_shards, shard_size, survey
from forewarn.bulk.progress import Progress, Tracker
from forewarn.bulk.rows import COLUMNS, Output
from forewarn.bulk.shard import Job, Totals, finished, label_shard
from forewarn.bulk.workers import Run, WorkerDiedError, workers
from forewarn.errors import ForewarnError
from forewarn.inputs import Fields
from forewarn.predict import load
from forewarn.taxonomy import SEVERITY_NAMES

# Workers die of what has nothing to do with their shard too; but not so often without any shard
# being finished in between.
_MOST_DEATHS = 3

_MOST_NAMED = 3  # files


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a job.

    Attributes
    ----------
    folder : Path
        Where the labels are.
    files, shards : int
        Of the input, and of the labels.
    records : int
        Rows of labels: one for every article of the input.
    refused : int
        Rows that have an error instead of a label.
    errors : int
        Lines of ``errors.jsonl``: rows refused, and files or stretches that cannot be read.
    severities : dict of str to int
        Articles of each severity.
    """

    folder: Path
    files: int
    shards: int
    records: int
    refused: int
    errors: int
    severities: dict[str, int]


def label_files(
    inputs: str | PathLike[str] | Iterable[str | PathLike[str]],
    out: str | PathLike[str],
    *,
    text_field: str = "text",
    id_field: str = "id",
    keep: Iterable[str] = (),
    output: str = "parquet",
    model: str | PathLike[str] | None = None,
    operating_point: str = "balanced",
    threshold: float | None = None,
    jobs: int = -1,
    cluster: str | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Label all articles of files, into files of labels.

    A job that was stopped, however, goes on where it was when it is called again with the same
    arguments. The same inputs, model and options give the same bytes, whatever the number of
    processes and however often it was stopped.

    Parameters
    ----------
    inputs : path or iterable of paths
        Files, folders and patterns: JSON Lines, CSV and TSV, all also ``.gz`` or ``.zst``;
        Parquet; plain text and HTML pages, one article a file; WARC, also ``.gz``.
    out : path
        Folder to write to: ``labels/part-000000.parquet`` and so on, in the order of the inputs,
        ``errors.jsonl`` and ``manifest.json``.
    text_field, id_field : str
        Fields, or columns, that hold the text and the id. A record without an id is called by
        its file and number. In WARC files the id is the page's address.
    keep : iterable of str
        Other fields to pass through: columns of their own type from Parquet, strings otherwise.
    output : {"parquet", "jsonl"}, default="parquet"
    model : path, optional
        A model file; the released model by default.
    operating_point : str, default="balanced"
    threshold : float, optional
        As in `forewarn.load`.
    jobs : int, default=-1
        Processes; one for every core by default.
    cluster : str, optional
        Address of a Dask scheduler, such as ``tcp://scheduler:8786``, to label on its workers:
        these need forewarn, and the files under the same names.
    overwrite : bool, default=False
        Throw away what the folder holds of another job.
    progress : callable, optional
        Hears how far the job has come whenever something is done.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        If an input does not exist, or the folder holds another job.
    ForewarnError
        If an option is none, the folder cannot be written to, or workers keep dying.
    MissingExtraError
        If an extra that reading or writing these files needs is not installed.

    Examples
    --------
    >>> import json, tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     news = Path(folder, "news.jsonl")
    ...     _ = news.write_text('{"id": "a7", "text": "Rain fell on the hills."}')
    ...     report = label_files(news, Path(folder, "out"), output="jsonl", jobs=1)
    ...     row = json.loads(Path(folder, "out", "labels", "part-000000.jsonl").read_text())
    >>> report.records, report.errors, row["id"], row["severity"]
    (1, 0, 'a7', 'none')
    """
    folder, fields = Path(os.path.abspath(out)), Fields(text_field, id_field, tuple(keep))
    _check(fields, jobs)
    options = {
        "text_field": text_field,
        "id_field": id_field,
        "keep": list(fields.keep),
        "output": str(_output(output)),
        "operating_point": operating_point,
        "threshold": threshold,
    }
    info = load(model, operating_point=operating_point, threshold=threshold).info
    files = find_files([inputs] if isinstance(inputs, str | PathLike) else inputs, folder)
    size = shard_size(files)
    tell = progress or (lambda _: None)
    with workers(jobs, cluster) as run:
        sources = _survey_all(run, files, partial(survey, fields=fields, size=size), tell)
        identity = Identity.of(info, options, sources)
        open_folder(folder, identity, overwrite=overwrite)
        job = Job(
            folder,
            identity.work(folder),
            fields,
            _output(output),
            None if model is None else Path(os.path.abspath(model)),
            info.digest,
            operating_point,
            threshold,
        )
        shards = plan_shards(sources, size)
        totals = _label_all(run, job, shards, sources, tell)
    return _finish(job, identity, sources, shards, totals)


def _check(fields: Fields, jobs: int) -> None:
    for name in fields.keep:
        if name in COLUMNS:
            raise ForewarnError(
                f"a column {name!r} cannot be kept, as labels have their own; rename it"
            )
        if fields.keep.count(name) > 1:
            raise ForewarnError(f"the column {name!r} is to be kept twice; name it once")
    if not jobs:
        raise ForewarnError("0 jobs do nothing; give a number of processes, or -1 for all cores")


def _output(name: str) -> Output:
    try:
        return Output(name)
    except ValueError:
        names = ", ".join(Output)
        raise ForewarnError(
            f"labels cannot be written as {name!r}; choose one of: {names}"
        ) from None


def _survey_all(
    run: Run,
    files: Sequence[Found],
    ask: Callable[[Found], Source],
    tell: Callable[[Progress], None],
) -> list[Source]:
    """Read all files through, and return what they are in their order."""
    begun = monotonic()
    known: dict[Path, Source] = {}
    for source in run(ask, files, batch="auto"):
        known[source.file.path] = source
        share, seconds = len(known) / len(files), monotonic() - begun
        tell(Progress("reading", len(files), len(known), share=share, seconds=seconds))
    return [known[file.path] for file in files]


def _label_all(
    run: Run,
    job: Job,
    shards: Sequence[Shard],
    sources: Sequence[Source],
    tell: Callable[[Progress], None],
) -> list[Totals]:
    """Label what is not labelled yet, and return the totals of all shards in their order."""
    done = {
        totals.number: totals
        for shard in shards
        if (totals := finished(job, shard.number)) is not None
    }
    errors = sum(bool(source.fault) for source in sources)
    tracker = Tracker(shards, done.values(), files=len(sources), errors=errors, tell=tell)
    # The heaviest first: a large file that cannot be cut is then not begun when all else is done.
    order = sorted(shards, key=lambda shard: -shard.weight)
    deaths = 0
    while left := [shard for shard in order if shard.number not in done]:
        try:
            for totals in run(partial(label_shard, job), left):
                done[totals.number] = totals
                tracker.add(totals)
                deaths = 0
        except WorkerDiedError as error:
            deaths += 1
            if deaths == _MOST_DEATHS:
                names = sorted({shard.pieces[0].file.name for shard in left})
                raise ForewarnError(
                    f"workers keep dying ({error}), perhaps for want of memory; left to do are "
                    f"{len(left)} shards, of {', '.join(names[:_MOST_NAMED])}"
                ) from error
    return [done[shard.number] for shard in shards]


def _finish(
    job: Job,
    identity: Identity,
    sources: Sequence[Source],
    shards: Sequence[Shard],
    totals: Sequence[Totals],
) -> Report:
    """Write the errors and the manifest of a job whose shards are all finished."""
    severities = [sum(counts) for counts in zip(*(item.severities for item in totals), strict=True)]
    report = Report(
        folder=job.folder,
        files=len(sources),
        shards=len(shards),
        records=sum(item.records for item in totals),
        refused=sum(item.refused for item in totals),
        errors=sum(item.errors for item in totals) + sum(bool(item.fault) for item in sources),
        severities=dict(zip(SEVERITY_NAMES, severities or [0] * len(SEVERITY_NAMES), strict=True)),
    )
    parts: dict[Path, list[int]] = {}
    for shard in shards:
        for piece in shard.pieces:
            parts.setdefault(piece.file.path, []).append(shard.number)
    manifest = identity.to_dict()
    for item, source in zip(manifest["inputs"], sources, strict=True):
        numbers = parts.get(source.file.path)
        item["parts"] = [numbers[0], numbers[-1]] if numbers else None
        item["error"] = source.fault or None
    counts = asdict(report)
    del counts["folder"]
    try:
        _write_errors(job, sources, totals)
        put_json(job.folder / MANIFEST, manifest | {"counts": counts})
        for draft in (*job.work.glob("*.draft"), *job.work.glob("*.ledger")):
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ForewarnError(
            f"{job.folder}: cannot be written to ({error.strerror or error}); mend that and give "
            "the same command again"
        ) from error
    return report


def _write_errors(job: Job, sources: Sequence[Source], totals: Sequence[Totals]) -> None:
    """Gather what could not be read: whole files first, and then by shard."""
    draft = job.work / ERRORS
    with draft.open("wb") as errors:
        for source in sources:
            if source.fault:
                line = {"file": source.file.name, "record": None, "field": None}
                errors.write(json.dumps(line | {"reason": source.fault}).encode() + b"\n")
        for shard in totals:
            with job.ledger(shard.number).open("rb") as ledger:
                errors.writelines(islice(ledger, shard.errors))
    draft.replace(job.folder / ERRORS)
