"""The commands ``forewarn serve`` and ``forewarn corrections export``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from forewarn.errors import InputError
from forewarn.service import serve as serve_by
from forewarn.service.settings import Settings
from forewarn.service.store import read_corrections

corrections_app = typer.Typer(
    help="What editors said instead, as the service keeps it.", no_args_is_help=True
)


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to bind to.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8080,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes; they share one copy of the model.")
    ] = 1,
    model: Annotated[
        Path | None,
        typer.Option(help="A model file instead of the released model.", show_default=False),
    ] = None,
    api_key_file: Annotated[
        Path | None,
        typer.Option(
            help="Keys that are let in, one a line; without them the service is for this machine "
            "alone.",
            show_default=False,
        ),
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(help="SQLite file to keep editors' corrections in.", show_default=False),
    ] = None,
    cors_origin: Annotated[
        list[str] | None,
        typer.Option(
            help="Web origin, as https://cms.example, whose pages may call the service; may be "
            "repeated.",
            show_default=False,
        ),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let in, without keys, whoever reaches the address.")
    ] = False,
) -> None:
    """Answer over HTTP, with a page for editors at /, and the interface described at /docs."""
    serve_by(
        Settings(
            host=host,
            port=port,
            workers=workers,
            model=None if model is None else str(model),
            api_key_file=None if api_key_file is None else str(api_key_file),
            corrections=None if corrections is None else str(corrections),
            cors_origins=tuple(cors_origin or ()),
            insecure=insecure,
        )
    )


@corrections_app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file that serve --corrections keeps.")],
    out: Annotated[
        Path | None,
        typer.Option(help="File to write to, instead of standard output.", show_default=False),
    ] = None,
) -> None:
    """Write the corrections as JSON Lines, for train --labels."""
    lines = (json.dumps(row) + "\n" for row in read_corrections(file))
    if out is None:
        for line in lines:
            typer.echo(line, nl=False)
        return
    written = "".join(lines)  # before the file is touched: what is there stays where this fails
    try:
        out.write_text(written, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{out}: cannot be written ({error.strerror or error}); name another file"
        ) from error


# A command of its own is not enough: with one alone, typer would leave out its name.
@corrections_app.callback()
def _corrections() -> None:
    pass
