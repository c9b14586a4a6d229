"""The commands of the plan's review: tokens, the page, signing and taking back."""

import datetime as dt
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
    uvicorn.run(page, host="127.0.0.1", port=port, log_level="warning", server_header=False)
