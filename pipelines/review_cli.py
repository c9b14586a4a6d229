"""The commands of the plan's review: workbooks, tokens, the page, signing and taking back."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import typer

from onevisit.errors import RefusedError
from pipelines.commands import CountyFolder, Data, Year, out, refuse, settings_of

review_app = typer.Typer(help="Review the yearly plan and sign it off.", no_args_is_help=True)

By = Annotated[str, typer.Option(help="Who: the person's name as it stands in the log.")]


@review_app.command("token", epilog="Example: onevisit review token --role reviewer --by 李审核 --year 2027")
def token(
    role: Annotated[Literal["reviewer", "approver", "participant"], typer.Option(help="What the person may do.")],
    by: By,
    year: Year,
    *,
    department: Annotated[str, typer.Option(help="For a participant: the department it speaks for.")] = "",
    days: Annotated[int, typer.Option(help="For how many days the token is good.", min=1, max=400)] = 90,
    is_revoked: Annotated[bool, typer.Option("--revoke", help="Take the person's token back instead.")] = False,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Print a token for the review page, once. Only its salted digest is kept; a new one replaces the old."""
    from pipelines.review.access import Person, issue_token, revoke_token, wall_clock

    settings = settings_of(data, county)
    try:
        known = settings.county().department_names
    except RefusedError as refused:
        raise refuse(str(refused)) from None
    if (role == "participant") != bool(department) or (department and department not in known):
        raise typer.BadParameter(f"a participant names one of {'、'.join(known)}", param_hint="--department")
    if not by.strip():
        raise typer.BadParameter("a token is somebody's", param_hint="--by")
    person = Person(by.strip(), role, department)
    if is_revoked:
        if not revoke_token(settings.folders, year, person):
            raise refuse(f"{person.by} has no token as {role}.")
        out.print(f"{person.by}'s token as {role} is good no more.", markup=False)
        return
    until = wall_clock() + dt.timedelta(days=days)
    out.print(issue_token(settings.folders, year, person, expires_at=until), markup=False, soft_wrap=True)
    out.print(f"{person.by}, {role}, until {until:%Y-%m-%d}. It is shown this once.", markup=False, soft_wrap=True)


@review_app.command("import", epilog="Example: onevisit review import 年度抽查计划审核表.xlsx --by 张三 --year 2027")
def import_(
    file: Annotated[Path, typer.Argument(help="The filled review workbook, .xlsx.", exists=True, dir_okay=False)],
    year: Year,
    *,
    by: Annotated[str, typer.Option(help="Who answered, where the workbook does not say.")] = "",
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Record what a review workbook answers to the plan's questions.

    With a mistake in it the workbook is written back beside itself, the mistakes marked, and nothing of it recorded.
    """
    from pipelines.reviewing import import_workbook

    settings = settings_of(data, county)
    try:
        outcome = import_workbook(settings, settings.county(), file, year, by=by.strip())
    except RefusedError as refused:
        raise refuse(refused.zh()) from None
    if outcome.is_refused:
        raise refuse(outcome.text)
    out.print(outcome.text, markup=False, soft_wrap=True)


@review_app.command("list", epilog="Example: onevisit review list --year 2027")
def list_(year: Year, data: Data = None, county: CountyFolder = None) -> None:
    """Print how far the plan is decided, and the rulings in effect."""
    from pipelines.reviewing import held_rulings

    settings = settings_of(data, county)
    try:
        text = held_rulings(settings, settings.county(), year)
    except RefusedError as refused:
        raise refuse(refused.zh()) from None
    out.print(text, markup=False, soft_wrap=True)


@review_app.command("serve", epilog="Example: onevisit review serve --year 2027 --port 8800")
def serve(
    year: Year,
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1024, max=65535)] = 8800,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Start the review page on this machine alone (127.0.0.1). Ends with Ctrl-C."""
    import uvicorn

    from pipelines.review.app import review_page

    settings = settings_of(data, county)
    try:
        page = review_page(settings, settings.county(), year)
    except RefusedError as refused:
        raise refuse(str(refused)) from None
    out.print(f"http://127.0.0.1:{port}", markup=False)
    uvicorn.run(page, host="127.0.0.1", port=port, log_level="warning", server_header=False, proxy_headers=False)


@review_app.command(
    "sign", epilog="Example: onevisit review sign --role approver --by 王签批 --seen 8a90a9eacb7e --year 2027"
)
def sign(
    role: Annotated[Literal["reviewer", "approver"], typer.Option(help="Review first, then another person approves.")],
    by: By,
    seen: Annotated[str, typer.Option(help="Fingerprint of the plan that was looked at, 12 digits or more.")],
    year: Year,
    *,
    why: Annotated[str, typer.Option(help="What the signer adds, for the log.")] = "",
    public_note: Annotated[
        str, typer.Option(help="What changed and why, for the public; from the second version on.")
    ] = "",
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Sign the plan that was looked at, as reviewer or approver, where the page is not used."""
    from pipelines.review import acts
    from pipelines.review.access import Person
    from pipelines.review.desk import Desk

    settings = settings_of(data, county)
    try:
        desk = Desk(settings, settings.county(), year)
        acts.sign(desk, Person(by, role), seen=seen, why=why, public_note=public_note, channel=acts.COMMAND_LINE)
    except RefusedError as refused:
        raise refuse(refused.zh()) from None
    out.print(f"已记入决定记录：{by}同意本版{year}年度抽查计划。", markup=False, soft_wrap=True)


@review_app.command(
    "withdraw", epilog="Example: onevisit review withdraw --role approver --by 王签批 --why 比例有误 --year 2027"
)
def withdraw(
    role: Annotated[Literal["reviewer", "approver"], typer.Option(help="As what the person signed.")],
    by: By,
    why: Annotated[str, typer.Option(help="Why the signature is taken back.")],
    year: Year,
    *,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Take a review or an approval of the plan back; nothing may be drawn until it is signed again."""
    from pipelines.review import acts
    from pipelines.review.access import Person
    from pipelines.review.desk import Desk

    settings = settings_of(data, county)
    try:
        acts.withdraw(Desk(settings, settings.county(), year), Person(by, role), why=why, channel=acts.COMMAND_LINE)
    except RefusedError as refused:
        raise refuse(refused.zh()) from None
    out.print(f"已记入决定记录：{by}撤回对本版{year}年度抽查计划的同意。", markup=False, soft_wrap=True)
