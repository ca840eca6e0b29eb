"""The command ``forewarn``, which needs the extra ``cli``, or says how to get it."""

import sys

from forewarn.errors import MissingExtraError


def main() -> None:
    """Run the command line."""
    try:
        from forewarn.cli import app  # noqa: PLC0415 -- an extra

        app()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("typer", "rich"):
            raise
        print(f"forewarn: {MissingExtraError('the command line', 'cli')}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
