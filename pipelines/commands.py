"""What every command takes and how it answers: its options, its output, its exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from onevisit.errors import RefusedError
from pipelines.hindrances import of_error
from pipelines.settings import Settings, from_environment

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Year = Annotated[int, typer.Option("--year", help="The plan year.", min=2025)]
Data = Annotated[
    Path | None, typer.Option("--data", help="Folder with inbox/<year>/<department>/; results go beside it.")
]
CountyFolder = Annotated[Path | None, typer.Option("--county", help="The county's settings folder.")]

EXIT_REFUSED = 1
"""What was asked for is refused; the reasons are on standard error. Wrong usage exits with 2."""


def settings_of(data: Path | None, county: Path | None) -> Settings:
    """Return the settings of the environment, with what the command line says instead."""
    found = from_environment()
    return Settings(
        county_folder=(county or found.county_folder).resolve(),
        data=(data or found.data).resolve(),
        webhook=found.webhook,
    )


def refuse(text: str) -> typer.Exit:
    """Write why on standard error and return the exit to raise."""
    err.print(text, style="red", markup=False, soft_wrap=True)
    return typer.Exit(EXIT_REFUSED)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a refusal into its reasons on standard error and the exit code."""
    try:
        yield
    except RefusedError as refused:
        raise refuse(str(refused)) from None


class Commands(TyperGroup):
    """The commands; whatever the machine refuses one of them is told as a refusal, never as a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command asked for."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            told = of_error(error)
            if told is None:
                raise
            raise refuse(told.text()) from None
