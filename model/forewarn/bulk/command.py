"""The command ``forewarn bulk``."""

from pathlib import Path
from typing import Annotated

import typer

from forewarn.bulk.display import shown_progress
from forewarn.bulk.manifest import ERRORS, LABELS
from forewarn.bulk.rows import Output
from forewarn.bulk.run import label_files

_INTERRUPTED = 130  # what shells give a command that Ctrl-C ended


def bulk(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders and patterns: .jsonl, .csv and .tsv (also .gz and .zst), "
            ".parquet, .txt, .html, .warc and .warc.gz.",
            show_default=False,
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder to write labels, errors and manifest to.")],
    text_field: Annotated[str, typer.Option(help="Field or column that holds the text.")] = "text",
    id_field: Annotated[str, typer.Option(help="Field or column that holds the id.")] = "id",
    keep: Annotated[
        list[str] | None,
        typer.Option(
            help="Another field to pass through to the labels; may be repeated.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Output, typer.Option("--format", help="How to write the labels.")
    ] = Output.PARQUET,
    model: Annotated[
        Path | None,
        typer.Option(help="A model file instead of the released model.", show_default=False),
    ] = None,
    operating_point: Annotated[
        str, typer.Option(help="How to decide: balanced, cautious or strict.")
    ] = "balanced",
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Call graphic what scores at least this, instead of the operating point's.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; by default one a core.", show_default=False),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Label on the workers of this Dask scheduler, as tcp://scheduler:8786.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Throw away what the folder holds of another job.")
    ] = False,
) -> None:
    """Label all articles of files, of any number and size, into files of labels.

    A job that was stopped goes on when the same command is given again. What cannot be read is
    named in errors.jsonl, and the exit code is then 1.
    """
    try:
        with shown_progress() as show:
            report = label_files(
                inputs,
                out,
                text_field=text_field,
                id_field=id_field,
                keep=keep or (),
                output=output,
                model=model,
                operating_point=operating_point,
                threshold=threshold,
                jobs=jobs or -1,
                cluster=cluster,
                overwrite=overwrite,
                progress=show,
            )
    except KeyboardInterrupt:
        _say(
            "stopped; what is finished is kept, and the same command"
            f"{', without --overwrite,' if overwrite else ''} goes on from there"
        )
        raise typer.Exit(_INTERRUPTED) from None
    severities = ", ".join(f"{count:,} {name}" for name, count in report.severities.items())
    typer.echo(f"{report.records:,} articles: {severities}, {report.refused:,} refused")
    typer.echo(f"The labels are in {report.folder / LABELS}")
    if report.errors:
        _say(f"{report.errors:,} could not be read; {report.folder / ERRORS} names them")
        raise typer.Exit(1)


def _say(message: str) -> None:
    typer.echo(f"forewarn: {message}", err=True)
