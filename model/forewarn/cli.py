"""The command line: options in, calls of the package, cards or JSON out."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np
import typer
from rich.console import RenderableType
from typer.core import TyperGroup

from forewarn import __version__
from forewarn.bulk.command import bulk
from forewarn.classifier import Classifier
from forewarn.errors import CorpusError, ForewarnError, InputError, ModelFileError
from forewarn.formats import FORMATS
from forewarn.inputs import Format, InputText, read_articles
from forewarn.labels import Label
from forewarn.predict import load
from forewarn.service.commands import corrections_app, serve
from forewarn.terminal import (
    busy,
    card,
    console,
    progress_bars,
    report_table,
    score_line,
    table,
    visible,
)

if TYPE_CHECKING:
    from forewarn.checklist import Case
    from forewarn.corpus import CorpusReport

# Few enough that results come while a long file is being read, and no more than these are held.
_BATCH = 64

# So many texts are named on standard error; JSON output names all.
_MOST_NAMED = 50

_T = TypeVar("_T")


class _Commands(TyperGroup):
    """Commands that end in one line on standard error where something is wrong."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ForewarnError as error:
            _complain(str(error))
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Commands,
    help="Content warnings for violent news: how graphic, what kind, where in the text, how sure.",
    epilog="Exit codes: 0 done, 1 something failed (named on standard error), 2 wrong usage.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
corpus_app = typer.Typer(help="The texts that the gold labels belong to.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"forewarn {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


_Files = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Articles: .txt, .html, .jsonl (one object a line), .csv, .tsv, .parquet, .warc, also "
        ".gz and .zst; - is standard input.",
        show_default=False,
    ),
]
_TextOption = Annotated[
    str | None, typer.Option("--text", help="An article, instead of files.", show_default=False)
]
_Field = Annotated[str, typer.Option(help="Field or column that holds the text.")]
_As = Annotated[
    Format | None,
    typer.Option(
        "--as", help="Read all inputs as this, whatever their names end in.", show_default=False
    ),
]
_Model = Annotated[
    Path | None,
    typer.Option(help="A model file instead of the released model.", show_default=False),
]
_Json = Annotated[
    bool, typer.Option("--json", help="Write JSON on a terminal too, as always into a pipe.")
]
_Data = Annotated[
    Path | None,
    typer.Option(
        help="Folder that holds the texts; by default the one that FOREWARN_DATA names, "
        "else what was fetched from the public sources.",
        show_default=False,
    ),
]
_Checklist = Annotated[
    Path | None,
    typer.Option(
        help="Folder of a behavioural checklist to measure on too: JSON Lines with id, behaviour, "
        "text, and at_least or at_most, which name severities.",
        show_default=False,
    ),
]


# -- articles -------------------------------------------------------------------------------------


class _Vocabulary(StrEnum):
    IPTC = "iptc"
    ACTIVITYPUB = "activitypub"
    ATPROTO = "atproto"
    OPENAI = "openai"


@app.command()
def score(
    files: _Files = None,
    *,
    text: _TextOption = None,
    field: _Field = "text",
    form: _As = None,
    model: _Model = None,
    as_json: _Json = False,
) -> None:
    """Say how likely each article is to be graphic, from 0 to 1.

    JSON Lines have source, line and id (where there are such), and score.
    """
    articles = _articles(files, text, field, form)
    classifier = _load(model)

    def ask(texts: list[str]) -> list[float]:
        return [float(value) for value in np.atleast_1d(classifier.score(texts))]

    _answer(articles, ask, score_line, lambda value: {"score": value}, as_json)


@app.command()
def label(
    files: _Files = None,
    *,
    text: _TextOption = None,
    field: _Field = "text",
    form: _As = None,
    model: _Model = None,
    operating_point: Annotated[
        str,
        typer.Option(
            help="How to decide: balanced, cautious (misses less) or strict (alarms less)."
        ),
    ] = "balanced",
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Call graphic what scores at least this, instead of the operating point's.",
            show_default=False,
        ),
    ] = None,
    formats: Annotated[
        list[_Vocabulary] | None,
        typer.Option(
            "--format",
            help="Give the label in this vocabulary too, as JSON; may be repeated.",
            show_default=False,
        ),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Give each article its content warning: severity, types, IPTC codes and evidence.

    JSON Lines have source, line and id (where there are such), and all that the label says.
    Evidence offsets count characters of the file's text or field; a page's line also has the
    text that was extracted from it, in which they count.
    """
    articles = _articles(files, text, field, form)
    classifier = _load(model, operating_point=operating_point, threshold=threshold)

    def ask(texts: list[str]) -> list[Label]:
        return list(classifier.iter_labels(texts))

    def plain(found: Label) -> dict[str, Any]:
        if not formats:
            return found.to_dict()
        return found.to_dict() | {"formats": {name: FORMATS[name](found) for name in formats}}

    _answer(articles, ask, card, plain, as_json or bool(formats))


def _articles(
    files: Sequence[Path] | None, text: str | None, field: str, form: Format | None
) -> Iterator[InputText | InputError]:
    if bool(files) is (text is not None):
        raise typer.BadParameter("give either files (- for standard input) or --text")
    if text is not None:
        return iter([InputText("--text", text)])
    return read_articles(files or (), field=field, form=form)


def _load(model: Path | None, **decision: Any) -> Classifier:
    try:
        return load(model, **decision)
    except ModelFileError:
        raise
    except ForewarnError as error:  # no such operating point, or no such threshold
        raise typer.BadParameter(str(error)) from None


def _answer(
    articles: Iterator[InputText | InputError],
    ask: Callable[[list[str]], list[_T]],
    show: Callable[[InputText, _T], RenderableType],
    plain: Callable[[_T], dict[str, Any]],
    as_json: bool,
) -> None:
    """Ask the model about articles as they come, and write its answers in their order."""
    as_json = _wants_json(as_json)
    terminal = console()
    failed = False
    while batch := list(islice(articles, _BATCH)):
        answers = iter(ask([item.text for item in batch if isinstance(item, InputText)]))
        for item in batch:
            if isinstance(item, InputError):
                failed = True
                _complain(str(item))
                continue
            answer = next(answers)
            if as_json:
                typer.echo(json.dumps(item.origin() | plain(answer)))
            else:
                terminal.print(show(item, answer))
    if failed:
        raise typer.Exit(1)


# -- models ---------------------------------------------------------------------------------------


class _Split(StrEnum):
    TRAIN = "train"
    TEST = "test"


@app.command()
def evaluate(
    *,
    model: _Model = None,
    split: Annotated[_Split, typer.Option(help="Gold texts to evaluate on.")] = _Split.TEST,
    checklist: _Checklist = None,
    robustness: Annotated[
        bool,
        typer.Option(
            "--robustness",
            help="Measure, too, what the form and length of articles change; takes a while.",
        ),
    ] = False,
    plots: Annotated[
        Path | None,
        typer.Option(
            help="Folder to draw reliability diagrams and the audit to.", show_default=False
        ),
    ] = None,
    data: _Data = None,
    as_json: _Json = False,
) -> None:
    """Measure a model on gold-labelled texts, with 95 % intervals.

    Also counts its alarms on unlabelled texts, where the folder of texts holds any, and audits
    whether naming a place, people, religion or gender changes its answers.
    """
    from forewarn.corpus import load_gold  # noqa: PLC0415 -- heavy, like the next
    from forewarn.examine import examine  # noqa: PLC0415
    from forewarn.plots import save_plots  # noqa: PLC0415
    from forewarn.report import tables  # noqa: PLC0415

    classifier, cases = _load(model), _read_checklist(checklist)
    with busy("evaluating"):
        records = load_gold("train" if split is _Split.TRAIN else "test", data)
        evaluation = examine(
            classifier, records, checklist=cases, with_robustness=robustness, data=data
        )
    if _wants_json(as_json):
        typer.echo(json.dumps(evaluation.to_dict(), indent=2))
    else:
        terminal = console()
        for item in tables(evaluation):
            terminal.print(table(item.title, item.columns, item.rows))
    if plots is not None:
        save_plots(evaluation, plots)


@app.command()
def train(
    out: Annotated[
        Path, typer.Option(help="Folder to write the model, its figures and its card to.")
    ] = Path("trained"),
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Your own labelled articles to learn from too, as JSON Lines: text, severity "
            "(a name or 0 to 3), and if you like types (a list of names) and id.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides how articles fall into folds.")] = 0,
    checklist: _Checklist = None,
    data: _Data = None,
) -> None:
    """Train a model on the gold labels, and on your own."""
    from forewarn.corpus.house import read_labels  # noqa: PLC0415 -- heavy

    texts, faults = read_labels(labels) if labels is not None else ([], [])
    for fault in faults:
        _complain(str(fault))
    if labels is not None and not texts:
        raise InputError(f"{labels}: no labelled article in it; mend its rows, or leave it out")
    from forewarn.release import run  # noqa: PLC0415 -- heavier still

    cases = _read_checklist(checklist)
    with progress_bars() as progress:
        release = run(out, house=texts, seed=seed, data=data, checklist=cases, progress=progress)
    if release.absence:
        _complain(f"without gold texts this is the weaker model ({release.absence})")
    typer.echo(f"The model is in {out}")
    if faults:
        raise typer.Exit(1)


def _read_checklist(folder: Path | None) -> "list[Case]":
    from forewarn.checklist import read_checklist  # noqa: PLC0415 -- heavy

    return read_checklist(folder) if folder is not None else []


# -- corpus ---------------------------------------------------------------------------------------


@corpus_app.command()
def verify(data: _Data = None, as_json: _Json = False) -> None:
    """Compare the texts at hand with the SHA-256 that their labels name."""
    from forewarn.corpus import verify  # noqa: PLC0415 -- heavy

    with progress_bars() as progress:
        report = verify(data, partial(progress, "verifying"))
    _show_report(report, as_json)


@corpus_app.command()
def fetch(as_json: _Json = False) -> None:
    """Download the texts from their public sources, and verify them.

    They go to your cache folder, or to the one that FOREWARN_CACHE names. What is there already
    is not downloaded again.
    """
    from forewarn.corpus import fetch  # noqa: PLC0415 -- heavy

    with progress_bars() as progress:
        report = fetch(progress=partial(progress, "fetching"))
    _show_report(report, as_json)


def _show_report(report: "CorpusReport", as_json: bool) -> None:
    from forewarn.corpus.load import MOST_LEFT_OUT  # noqa: PLC0415 -- heavy

    if _wants_json(as_json):
        typer.echo(json.dumps(report.to_dict(), indent=2))
    else:
        console().print(report_table(report))
    for fault, names in (
        ("is missing", report.missing),
        ("does not match its SHA-256", report.mismatching),
    ):
        for name in names[:_MOST_NAMED]:
            _complain(f"{name} {fault}")
        if len(names) > _MOST_NAMED:
            _complain(f"and so {len(names) - _MOST_NAMED} more, which --json names")
    left_out = report.expected - report.found
    if left_out > MOST_LEFT_OUT * report.expected:
        raise CorpusError(
            f"{left_out:,} of {report.expected:,} texts are missing or do not match: run 'forewarn "
            "corpus fetch', or name a folder that holds all texts with --data or in FOREWARN_DATA"
        )


# -- bulk -----------------------------------------------------------------------------------------

app.command()(bulk)


# -- service --------------------------------------------------------------------------------------

app.command()(serve)
app.add_typer(corrections_app, name="corrections")


# -- helpers --------------------------------------------------------------------------------------


def _wants_json(asked: bool) -> bool:
    return asked or not sys.stdout.isatty()


def _complain(message: str) -> None:
    typer.echo(visible(f"forewarn: {message}"), err=True)
