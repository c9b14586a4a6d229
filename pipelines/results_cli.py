"""The commands of results: entering them from a workbook, auditing, correcting."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onevisit.errors import RefusedError
from pipelines.commands import CountyFolder, Data, Year, out, refuse, settings_of

if TYPE_CHECKING:
    from pipelines.returned import Outcome

results_app = typer.Typer(help="Enter, audit and correct results.", no_args_is_help=True)

By = Annotated[str, typer.Option(help="Who: the person's name as it stands in the log.")]


@results_app.command("enter", epilog="Example: onevisit results enter 县公安局.xlsx --year 2027")
def enter(
    file: Annotated[Path, typer.Argument(help="A department's filled entry workbook.", exists=True, dir_okay=False)],
    year: Year,
    *,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """File what a department entered in its workbook (检查结果录入表).

    A workbook with a mistake is written back beside itself, the mistakes marked, and nothing of it recorded.
    """
    from pipelines import results_desk

    settings = settings_of(data, county)
    try:
        _answer(results_desk.enter(settings, settings.county(), file, year))
    except RefusedError as refused:
        raise refuse(refused.zh()) from None


@results_app.command(
    "audit", epilog="Example: onevisit results audit --step check --department 县公安局 --by 李审核 --year 2027"
)
def audit(
    year: Year,
    file: Annotated[
        Path | None, typer.Argument(help="A filled audit workbook (检查结果审核表).", exists=True, dir_okay=False)
    ] = None,
    *,
    step: Annotated[
        Literal["check", "return", "approve"] | None,
        typer.Option(help="With no workbook: what becomes of all of a department's results that wait for it."),
    ] = None,
    department: Annotated[str, typer.Option(help="The department, with --step.")] = "",
    by: By = "",
    why: Annotated[str, typer.Option(help="Why results go back.")] = "",
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Check, return or approve results: a second person checks, a third approves, and only then they are published."""
    from pipelines import results_desk

    if (file is None) == (step is None) or bool(step) != bool(department):
        raise typer.BadParameter("name a workbook, or --step with --department", param_hint="FILE")
    settings = settings_of(data, county)
    try:
        settled = settings.county()
        if step:
            asked = results_desk.Asked(step, department, by, why)
            _answer(results_desk.audit_all(settings, settled, year, asked))
        elif file:
            _answer(results_desk.audit_file(settings, settled, file, year, by=by.strip()))
    except RefusedError as refused:
        raise refuse(refused.zh()) from None


@results_app.command(
    "correct",
    epilog="Example: onevisit results correct T001 DY-00000012 GA-2027-01 GA-002 --kind objection --types 未发现问题 "
    "--by 张三 --why 复核属实 --note 当事人异议成立，予以更正 --asked-by 当事人 --year 2027",
)
def correct(
    task: Annotated[str, typer.Argument(help="Task.")],
    object_id: Annotated[str, typer.Argument(help="Object.")],
    plan_row: Annotated[str, typer.Argument(help="Plan row.")],
    item: Annotated[str, typer.Argument(help="Item.")],
    *,
    kind: Annotated[
        Literal["objection", "error", "withdrawal"],
        typer.Option(help="The business's objection, a wrong entry, or taking the result back."),
    ],
    by: By,
    why: Annotated[str, typer.Option(help="Why, for the log.")],
    note: Annotated[str, typer.Option(help="What the public reads.")],
    asked_by: Annotated[str, typer.Option(help="Who asked.")],
    year: Year,
    types: Annotated[str | None, typer.Option(help="The right result types, with ； between them.")] = None,
    checked_on: Annotated[str | None, typer.Option(help="The right day: 2027-03-15.")] = None,
    problem: Annotated[str | None, typer.Option(help="What was found, in words; empty for nothing.")] = None,
    disposal: Annotated[str | None, typer.Option(help="The right disposal.")] = None,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Ask for a correction of a published result; it is checked and approved as every result is.

    Until then the old version stays public; afterwards both days are shown, and the old version is kept.
    """
    from assets.clock import today
    from onevisit.results.corrections import Request, changes_of
    from pipelines import results_desk

    settings = settings_of(data, county)
    try:
        settled = settings.county()
        changes = changes_of(
            today=today(settled), types=types, checked_on=checked_on, problem_text=problem, disposal=disposal
        )
        request = Request(kind, by=by, why=why, note=note, asked_by=asked_by)
        key = (object_id, task, plan_row, item)
        _answer(results_desk.correct((settings, settled, year), key, changes, request))
    except RefusedError as refused:
        raise refuse(refused.zh()) from None


def _answer(outcome: "Outcome") -> None:
    if outcome.is_refused:
        raise refuse(outcome.text)
    out.print(outcome.text, markup=False, soft_wrap=True)
