"""The commands for a whole province: make one to try on, and run one."""

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.commands import EXIT_REFUSED, Year, out, refusing

province_app = typer.Typer(help="Run many counties, on this machine or on Spark.", no_args_is_help=True)

Counties = Annotated[Path, typer.Option(help="The folder that holds a folder for every county.", file_okay=False)]
_UNITS = {"": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}


def memory_of(text: str) -> int:
    """Return bytes: 4GB, 512MB. Raises BadParameter for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(KB|MB|GB|)", text.strip().upper())
    if found is None or float(found[1]) <= 0:
        raise typer.BadParameter(f"{text!r} is no amount of memory: 4GB, 512MB")
    return int(float(found[1]) * _UNITS[found[2]])


@province_app.command(epilog="Example: onevisit province run --counties sichuan --year 2027 --memory 8GB")
def run(
    counties: Counties,
    year: Year,
    *,
    engine: Annotated[Literal["local", "spark"], typer.Option(help="Where counties are worked on.")] = "local",
    master: Annotated[str, typer.Option(help="Spark's master URL; left out, what spark-submit says.")] = "",
    workers: Annotated[int | None, typer.Option(help="Counties at once; every processor if left out.", min=1)] = None,
    memory: Annotated[str, typer.Option(help="Local: for all workers together.")] = "4GB",
    seeds: Annotated[
        Path | None, typer.Option(help="Seeds of a drill, county,round,seed; COUNTIES/seeds.csv if left out and there.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Where tables go; COUNTIES/province if left out.")] = None,
) -> None:
    """Carry every county from its filings to its teams; only what failed or changed is made again.

    Exits with 1 when a county stopped: it is named with its reason, and the others went on.
    """
    from assets.province_store import RESERVED, Province, read_seeds
    from pipelines.engines import LocalEngine, SparkEngine
    from pipelines.province import print_outcomes, run_province

    if not counties.is_dir():
        raise typer.BadParameter(f"{counties} is no folder", param_hint="--counties")
    count = workers or os.cpu_count() or 1
    chosen = SparkEngine(master, 4 * count) if engine == "spark" else LocalEngine(count, memory_of(memory))
    province = Province(counties.resolve(), (to or counties / RESERVED).resolve(), year)
    with refusing():
        outcomes = run_province(province, chosen, read_seeds(seeds) if seeds else province.seeds, out)
    print_outcomes(out, province, outcomes)
    if any(one.stopped_at for one in outcomes):
        raise typer.Exit(EXIT_REFUSED)


@province_app.command(epilog="Example: onevisit province demo --counties counties --count 3 --entities 300")
def demo(
    counties: Counties,
    year: Year = 2027,
    count: Annotated[int, typer.Option(help="How many made-up counties.", min=1, max=400)] = 3,
    entities: Annotated[int, typer.Option(help="How many real subjects each has.", min=200)] = 3000,
) -> None:
    """Make counties to try on, each with a code, a seed and neighbours of its own."""
    from pipelines.demonstration import write_county

    with refusing():
        for number in range(1, count + 1):
            path = write_county(counties, number, year=year, entities=entities)
            out.print(f"{path}", markup=False, soft_wrap=True)


@province_app.command(epilog="Example: onevisit province ui --counties counties --port 3001")
def ui(
    counties: Counties,
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1024, max=65535)] = 3001,
) -> None:
    """Start Dagster's pages of a province, counties by years, on this machine. Ends with Ctrl-C."""
    from assets.province_store import RESERVED
    from pipelines.runs import prepare_dagster
    from pipelines.settings import ROOT

    home = counties.resolve() / RESERVED / "dagster"
    prepare_dagster(home)
    os.environ.update({"ONEVISIT_COUNTIES": str(counties.resolve()), "DAGSTER_HOME": str(home)})
    os.chdir(ROOT)
    dagster = str(Path(sys.executable).with_name("dagster"))
    location = "pipelines.province_definitions"
    os.execv(dagster, [dagster, "dev", "-m", location, "-h", "127.0.0.1", "-p", str(port)])  # noqa: S606
