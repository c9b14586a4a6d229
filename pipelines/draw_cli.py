"""The commands of a real round, in the order people take them. Every one says what comes next."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onevisit.errors import RefusedError
from pipelines.commands import CountyFolder, Data, Year, out, refuse, settings_of

if TYPE_CHECKING:
    from pipelines.ceremony import Ceremony

draw_app = typer.Typer(help="Hold a round: freeze, commit, reveal, public source, draw.", no_args_is_help=True)

Serial = Annotated[str, typer.Argument(help="The attempt: county-year-round-attempt, as the freeze printed it.")]
Witness = Annotated[str, typer.Argument(help="Name of the witness in witnesses.tsv: notary.")]


@draw_app.command(
    "freeze", epilog='Example: onevisit draw freeze --year 2027 --moment "2027-02-26 15:00" --chain notary=HEAD'
)
def freeze(
    year: Year,
    moment: Annotated[str, typer.Option(help="When the public source becomes known: 2027-02-26 15:00.")],
    chain: Annotated[list[str], typer.Option(help="HOLDER=HEAD, once for every holder of a substitute chain.")],
    *,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Freeze the next round: the signed plan, the registers and who takes part, before anybody commits."""
    with _ceremony(data, county) as ceremony:
        _say(ceremony.freeze(year, moment=moment, chains=chain))


@draw_app.command("commit", epilog="Example: onevisit draw commit 510923-2027-01-1 notary COMMITMENT")
def commit(
    serial: Serial,
    witness: Witness,
    value: Annotated[str, typer.Argument(help="What the witness's slip says, 64 digits.")],
    *,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Take the commitment of the witness whose turn it is."""
    with _ceremony(data, county) as ceremony:
        _say(ceremony.commit(serial, witness, value))


@draw_app.command("reveal", epilog="Example: onevisit draw reveal 510923-2027-01-1 notary SECRET")
def reveal(
    serial: Serial,
    witness: Witness,
    value: Annotated[str, typer.Argument(help="The secret from the sealed slip, 64 digits.")],
    *,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Take the secret of the witness whose turn it is, and compare it with the commitment."""
    with _ceremony(data, county) as ceremony:
        _say(ceremony.reveal(serial, witness, value))


@draw_app.command("beacon", epilog="Example: onevisit draw beacon 510923-2027-01-1 1234567 --again 1234567")
def beacon(
    serial: Serial,
    value: Annotated[str, typer.Argument(help="What the public source says, as published.")],
    again: Annotated[str, typer.Option(help="The same, typed by another person.")],
    *,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Take the public source's value, once its moment has come and every witness has revealed."""
    with _ceremony(data, county) as ceremony:
        _say(ceremony.show_source(serial, value, again))


@draw_app.command("run", epilog="Example: onevisit draw run 510923-2027-01-1")
def run(serial: Serial, *, data: Data = None, county: CountyFolder = None) -> None:
    """Draw, once everything is revealed. Happens once: afterwards only substitutes are taken."""
    with _ceremony(data, county) as ceremony:
        _say(ceremony.run(serial))


@draw_app.command("void", epilog="Example: onevisit draw void 510923-2027-01-1 --reason 见证人未揭示")
def void(
    serial: Serial,
    reason: Annotated[str, typer.Option(help="Why, in one line; it stays in the trail for ever.")],
    *,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Give an attempt up before its result can be computed; the round is frozen anew afterwards."""
    with _ceremony(data, county) as ceremony:
        _say(ceremony.void(serial, reason))


@draw_app.command("replayed", epilog="Example: onevisit draw replayed 510923-2027-02-1 notary DIGEST")
def replayed(
    serial: Serial,
    witness: Witness,
    digest: Annotated[str, typer.Argument(help="What the witness's replay of the sealed evidence gave, 64 digits.")],
    *,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Record the digest of a witness's replay (复算摘要), once a witnessed round is drawn."""
    with _ceremony(data, county) as ceremony:
        _say(ceremony.replayed(serial, witness, digest))


@draw_app.command(
    "substitute", epilog="Example: onevisit draw substitute 510923-2027-01-1 T001 DY-0000000007 --reason 已停业"
)
def substitute(
    serial: Serial,
    task: Annotated[str, typer.Argument(help="The task in which the business was drawn.")],
    lost: Annotated[str, typer.Argument(help="Its credit code, or its minted id.")],
    *,
    reason: Annotated[str, typer.Option(help="First: why it is dropped, in one line.")] = "",
    code: Annotated[list[str] | None, typer.Option(help="Then: HOLDER=CODE, once for every holder.")] = None,
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Replace a drawn business that cannot be checked: first the reason, then the holders' codes."""
    if bool(reason) == bool(code):
        raise typer.BadParameter("first --reason, and when it is in the trail, --code", param_hint="--reason")
    with _ceremony(data, county) as ceremony:
        _say(ceremony.substitute(serial, task, lost, code) if code else ceremony.lose(serial, task, lost, reason))


@draw_app.command("status", epilog="Example: onevisit draw status --year 2027")
def status(year: Year, *, data: Data = None, county: CountyFolder = None) -> None:
    """Tell where every attempt stands, what comes next, and which rounds wait."""
    with _ceremony(data, county) as ceremony:
        _say(ceremony.status(year))


@draw_app.command("minutes", epilog="Example: onevisit draw minutes 510923-2027-01-1")
def minutes(serial: Serial, *, data: Data = None, county: CountyFolder = None) -> None:
    """Write the minutes to print and sign: before the first reveal, and after the draw or when it is void."""
    with _ceremony(data, county) as ceremony:
        _say(ceremony.minutes(serial))


@draw_app.command("handout", epilog="Example: onevisit draw handout usb-stick")
def handout(
    folder: Annotated[Path, typer.Argument(help="Where to put what witnesses take to their own computers.")],
) -> None:
    """Write the witnesses' page and file: commitments, sealed slips and substitute chains, offline."""
    from importlib.resources import files

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("witness.html", "witness.py"):
        (folder / name).write_bytes(files("onevisit.draw").joinpath(name).read_bytes())
        _say(str(folder / name))


@contextmanager
def _ceremony(data: Data, county: CountyFolder) -> Iterator["Ceremony"]:
    """Give the county's ceremony; a refusal is told in Chinese."""
    from pipelines.ceremony import Ceremony

    settings = settings_of(data, county)
    try:
        yield Ceremony(settings, settings.county())
    except RefusedError as refused:
        raise refuse(refused.zh()) from None


def _say(text: str) -> None:
    out.print(text, markup=False, soft_wrap=True)
