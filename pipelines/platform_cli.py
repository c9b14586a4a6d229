"""The commands for the provincial platform: taking in what it refused."""

from pathlib import Path
from typing import Annotated

import typer

from onevisit.errors import RefusedError
from pipelines.commands import CountyFolder, Data, Year, out, refuse, settings_of

platform_app = typer.Typer(help="Files for the provincial platform, and its receipts.", no_args_is_help=True)


@platform_app.callback()
def platform() -> None:
    """Keep `receipt` a command of its own."""


@platform_app.command("receipt", epilog="Example: onevisit platform receipt 失败回执.xlsx --year 2027")
def receipt(
    file: Annotated[Path, typer.Argument(help="The platform's list of refused rows.", exists=True, dir_okay=False)],
    year: Year,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Record what the provincial platform refused of an import: which rows, why, and who mends them."""
    from pipelines.receipts import record_receipt

    settings = settings_of(data, county)
    try:
        lines = record_receipt(settings, file, year)
    except RefusedError as refused:
        raise refuse(refused.zh()) from None
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)
