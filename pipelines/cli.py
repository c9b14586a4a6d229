"""The command line: run stages, make the demonstration county, see what waits, verify a draw."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from onevisit.county import County
from onevisit.errors import RefusedError
from onevisit.tables import STAGES
from pipelines.commands import Commands, CountyFolder, Data, Year, out, refuse, refusing, settings_of
from pipelines.draw_cli import draw_app
from pipelines.operation_cli import backup, doctor, restore, upgrade
from pipelines.platform_cli import platform_app
from pipelines.province_cli import province_app
from pipelines.results_cli import results_app
from pipelines.review_cli import review_app
from pipelines.settings import ROOT, Settings

app = typer.Typer(
    cls=Commands,
    help="A county's inspections by double random: registries in, one visit for many checks, draws anybody can replay.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
explain_app = typer.Typer(help="Tell why records are one object, or not.", no_args_is_help=True)
app.add_typer(explain_app, name="explain")
app.add_typer(review_app, name="review")
app.add_typer(draw_app, name="draw")
app.command(epilog="Example: onevisit doctor --head 5f0c...")(doctor)
app.command(epilog="Example: onevisit backup /mnt/backup/2027-06-30.tar.gz")(backup)
app.command(epilog="Example: onevisit upgrade /mnt/backup/2027-06-30.tar.gz")(upgrade)
app.command(epilog="Example: onevisit restore /mnt/backup/2027-06-30.tar.gz --data data")(restore)
app.add_typer(results_app, name="results")
app.add_typer(platform_app, name="platform")
app.add_typer(province_app, name="province")


@app.command(epilog="Example: onevisit run plan --year 2027")
def run(
    stage: Annotated[str, typer.Argument(help=f"all, or one of {', '.join(STAGES)}.")],
    year: Year,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Run one stage, or the whole year, through Dagster."""
    if stage not in (*STAGES, "all"):
        raise typer.BadParameter(f"{stage!r} is no stage: all, {', '.join(STAGES)}", param_hint="STAGE")
    from pipelines.summary import print_accounting, print_places, print_summary

    settings = settings_of(data, county)
    _run(settings, ["whole_year" if stage == "all" else f"stage_{stage}"], year)
    if stage == "all":
        print_summary(out, settings.folders, year)
        return
    if stage == "filings":
        print_accounting(out, settings.folders, year)
    print_places(out, settings.folders, year)


@app.command(epilog="Example: onevisit demo --entities 500 --data my-county")
def demo(
    year: Year = 2027,
    entities: Annotated[int, typer.Option(help="How many real subjects the made-up county has.", min=200)] = 3000,
    data: Data = None,
    county: CountyFolder = None,
    files_only: Annotated[bool, typer.Option("--files-only", help="Write the inbox and stop.")] = False,
) -> None:
    """Make the demonstration county and run its whole year, results included."""
    from onevisit.workers import hired
    from pipelines.demonstration import write_inbox
    from pipelines.runs import WORKED_BY

    settings = settings_of(data, county)
    with refusing():
        settled = settings.county()
        write_inbox(settings, settled, year=year, entities=entities)
    out.print(f"The demonstration county's files are in {settings.folders.inbox(year)}", soft_wrap=True)
    if not files_only:
        # For all its runs: processes take seconds to begin.
        with hired(WORKED_BY):
            _demonstrate(settings, settled, year)


def _demonstrate(settings: Settings, settled: County, year: int) -> None:
    from assets.evidence import evidence_of
    from pipelines.archive import write_archive
    from pipelines.demonstration import REVIEW_ROUNDS, return_results, rule_on_plan
    from pipelines.minutes import write_minutes
    from pipelines.papers import write_examples
    from pipelines.summary import print_summary

    _run(settings, ["file_registries", "merge_plan"], year)
    for _ in range(REVIEW_ROUNDS):
        count = rule_on_plan(settings, settled, year=year)
        if not count:
            break
        out.print(f"The scripted reviewer has answered {count} questions of the plan; it is made anew.")
        _run(settings, ["merge_plan"], year)
    _run(settings, ["draw_visits"], year)
    warnings = write_minutes(settings.folders, settled, evidence_of(settings.folders, year).values(), year).warnings()
    for line in [*warnings, *write_examples(settings.folders, settled, year).lines()]:
        out.print(line, markup=False, soft_wrap=True)
    return_results(settings, settled, year=year)
    out.print("The departments have returned their results.")
    _run(settings, ["review_registries", "publish_year"], year)
    for line in write_archive(settings.folders, settled, year).lines():
        out.print(line, markup=False, soft_wrap=True)
    print_summary(out, settings.folders, year)


@app.command(epilog="Example: onevisit status --year 2027")
def status(year: Year, data: Data = None, county: CountyFolder = None) -> None:
    """Tell what is filed, and what waits for whom."""
    from pipelines.status import print_status

    settings = settings_of(data, county)
    with refusing():
        print_status(out, settings.folders, settings.county(), year)


@app.command(epilog="Example: onevisit papers --department 县公安局 --until 2027-04-30 --year 2027")
def papers(
    year: Year,
    visits: Annotated[list[str] | None, typer.Argument(help="Visits by their ids, as the workbook has them.")] = None,
    *,
    department: Annotated[str | None, typer.Option(help="Visits this department takes part in.")] = None,
    task: Annotated[str | None, typer.Option(help="Visits that serve this task: T012.")] = None,
    batch: Annotated[int | None, typer.Option(help="Visits of this batch.", min=1)] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Visits that may begin by this day, not over today.")
    ] = None,
    is_whole_year: Annotated[bool, typer.Option("--all", help="Every visit of the year: minutes.")] = False,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Make the papers a team holds in hand, Word and PDF: notice, checklist, result form, signatures.

    With nothing named: of the visits that come within the next days. Papers out of date are removed.
    """
    from pipelines.papers import Asked, write_papers

    settings = settings_of(data, county)
    asked = Asked(visits or (), department, task, batch, until.date() if until else None, is_whole_year)
    try:
        written = write_papers(settings.folders, settings.county(), asked, year)
    except RefusedError as refused:
        raise refuse(refused.zh()) from None
    for line in written.lines():
        out.print(line, markup=False, soft_wrap=True)


@app.command(epilog="Example: onevisit archive --year 2027")
def archive(
    year: Year,
    *,
    is_check: Annotated[bool, typer.Option("--check", help="Compare what is archived with its fingerprints.")] = False,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Archive every task that is complete, one folder a task; what comes later is added as a supplement.

    Nothing that was archived is ever written again.
    """
    from pipelines.archive import check_archive, write_archive

    settings = settings_of(data, county)
    try:
        if is_check:
            out.print(f"{check_archive(settings.folders, year)} 个归档文件夹与指纹一致。")
            return
        lines = write_archive(settings.folders, settings.county(), year).lines()
    except RefusedError as refused:
        raise refuse(refused.zh()) from None
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)


@app.command(epilog="Example: onevisit judge 县公安局.xlsx --year 2027")
def judge(
    year: Year,
    file: Annotated[
        Path | None, typer.Argument(help="A department's filled review workbook.", exists=True, dir_okay=False)
    ] = None,
    *,
    is_list: Annotated[bool, typer.Option("--list", help="Print the judgements in effect.")] = False,
    pair_id: Annotated[str | None, typer.Option("--withdraw", help="Take back the judgement on this pair.")] = None,
    by: Annotated[str, typer.Option(help="Who judged, where the workbook does not say; who takes back.")] = "",
    why: Annotated[str, typer.Option(help="Why a judgement is taken back.")] = "",
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Record what a department says of pairs of records that may be one.

    A workbook with a mistake is written back beside itself, the mistakes marked, and nothing of it recorded.
    """
    from pipelines.judging import held_judgements, import_review, withdraw

    if sum((file is not None, is_list, pair_id is not None)) != 1:
        raise typer.BadParameter("name one: a workbook, --list, or --withdraw", param_hint="FILE")
    if pair_id and not (by.strip() and why.strip()):
        raise typer.BadParameter("taking back needs --by and --why", param_hint="--withdraw")
    settings = settings_of(data, county)
    try:
        settled = settings.county()
        if is_list:
            out.print(held_judgements(settings, settled, year), markup=False, soft_wrap=True)
        elif pair_id:
            text = withdraw(settings, settled, pair_id, year, by=by.strip(), why=why.strip())
            out.print(text, markup=False, soft_wrap=True)
        elif file:
            outcome = import_review(settings, settled, file, year, by=by.strip())
            if outcome.is_refused:
                raise refuse(outcome.text)
            out.print(outcome.text, markup=False, soft_wrap=True)
    except RefusedError as refused:
        raise refuse(refused.zh()) from None


@app.command(epilog="Example: onevisit recuse 县公安局.xlsx --year 2027")
def recuse(
    file: Annotated[Path, typer.Argument(help="A department's filled recusal workbook.", exists=True, dir_okay=False)],
    year: Year,
    *,
    by: Annotated[str, typer.Option(help="Who answered, where the workbook does not say.")] = "",
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Record whether inspectors must keep away from objects whose representative has their name.

    A workbook with a mistake is written back beside itself, the mistakes marked, and nothing of it recorded.
    """
    from pipelines.recusing import import_recusals

    settings = settings_of(data, county)
    with refusing():
        outcome = import_recusals(settings, settings.county(), file, year, by=by.strip())
    if outcome.is_refused:
        raise refuse(outcome.text)
    out.print(outcome.text, markup=False, soft_wrap=True)


@app.command(epilog="Example: onevisit mend 整改清单.xlsx --year 2027")
def mend(
    year: Year,
    file: Annotated[Path, typer.Argument(help="A department's filled 整改清单.", exists=True, dir_okay=False)],
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Record what a department answers of the problems the yearly review found.

    A workbook with a mistake is written back beside itself, the mistakes marked, and nothing of it recorded.
    """
    from pipelines.mending import import_mending

    settings = settings_of(data, county)
    try:
        outcome = import_mending(settings, settings.county(), file, year)
    except RefusedError as refused:
        raise refuse(refused.zh()) from None
    if outcome.is_refused:
        raise refuse(outcome.text)
    out.print(outcome.text, markup=False, soft_wrap=True)


@app.command(epilog="Example: onevisit data-docs --year 2027")
def data_docs(year: Year, data: Data = None, county: CountyFolder = None) -> None:
    """Write Great Expectations' own pages of the yearly review (Data Docs), for engineers; nothing is recorded."""
    from assets.supervision import write_data_docs
    from assets.warehouse import Warehouse
    from pipelines.lock import alone

    settings = settings_of(data, county)
    with refusing(), alone(settings):
        page = write_data_docs(Warehouse(settings.folders), settings.county(), year)
    out.print(f"{page}", markup=False, soft_wrap=True)


@explain_app.command("object", epilog="Example: onevisit explain object 92510923MA6000016T --year 2027")
def explain_object(
    object_id: Annotated[str, typer.Argument(help="An object's id, also one that was merged into another.")],
    year: Year,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Tell which records an object is made of, what ties them, and where every value comes from."""
    from pipelines import explaining

    settings = settings_of(data, county)
    with refusing():
        explaining.explain_object(out, settings.folders, settings.county(), year, object_id)


@explain_app.command("pair", epilog="Example: onevisit explain pair scjg:SCJG-000123 tax:TAX-000456 --year 2027")
def explain_pair(
    one: Annotated[str, typer.Argument(help="A record key, or an object's id.")],
    other: Annotated[str, typer.Argument(help="Another one.")],
    year: Year,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Tell why two records, or two objects, are one or not: every reason with its points."""
    from pipelines import explaining

    settings = settings_of(data, county)
    with refusing():
        explaining.explain_pair(out, settings.folders, settings.county(), year, (one, other))


@app.command(epilog="Example: onevisit verify data/public/2027/draws/510923-2027-02-1")
def verify(
    path: Annotated[Path, typer.Argument(help="A draw's evidence folder, or a proof.", exists=True)],
    against: Annotated[
        str | None, typer.Argument(help="Head of the trail, from the signed minutes; of a proof: the published root.")
    ] = None,
    code: Annotated[str | None, typer.Argument(help="Of a proof: the business it is about.")] = None,
) -> None:
    """Replay a published draw and compare it, line by line. Exits 0 when everything holds, 1 when not.

    A proof made by `onevisit prove` is checked against the root.

    Needs only Python: the same file lies in every evidence folder as verify.py.
    """
    from onevisit.draw.verify import main

    raise typer.Exit(main([str(path), *(one for one in (against, code) if one)]))


@app.command(epilog="Example: onevisit prove 92510923MA6000016T --year 2027 --to proofs")
def prove(
    code: Annotated[str, typer.Argument(help="The business's credit code, or its object id.")],
    *,
    year: Year,
    serial: Annotated[str | None, typer.Option(help="One draw; all of the year that were held if left out.")] = None,
    to: Annotated[Path, typer.Option(help="Folder the proofs are written into.", file_okay=False)] = Path(),
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Prove that a business was, or was not, in the list frozen before a draw.

    Writes a small file and a text about it. Anybody checks it against the published root.
    """
    from pipelines.proving import write_proofs

    settings = settings_of(data, county)
    try:
        written = write_proofs(settings.folders, year, code, serial=serial, to=to)
    except RefusedError as refused:
        raise refuse(refused.zh()) from None
    for path in written:
        out.print(f"{path}", markup=False, soft_wrap=True)


@app.command(epilog="Example: onevisit ui --port 3000")
def ui(
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1024, max=65535)] = 3000,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Start Dagster's pages and its daemon on this machine, for engineers. Ends with Ctrl-C."""
    import os
    import sys

    from pipelines.runs import prepare_home

    settings = settings_of(data, county)
    prepare_home(settings)
    os.chdir(ROOT)
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.execv(dagster, [dagster, "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)])  # noqa: S606


def _run(settings: Settings, jobs: list[str], year: int) -> None:
    from assets.catalogue import YEARS
    from pipelines.runs import RunFailedError, run_job

    in_reach = YEARS.get_partition_keys()
    if str(year) not in in_reach:
        raise typer.BadParameter(f"{year} is out of reach: {', '.join(in_reach)}", param_hint="--year")

    try:
        with refusing():
            county = settings.county()
            for job in jobs:
                out.print(f"{job} {year}", style="bold")
                run_job(settings, county, job, year)
    except RunFailedError as failed:
        raise refuse("\n".join(failed.reasons)) from None
