"""Promises about the draw: it can be replayed, by two programs that share no code, and is drawn once."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import dagster as dg
import polars as pl

from assets.catalogue import year_of
from assets.clock import today
from assets.evidence import evidence_folders, evidence_of
from assets.warehouse import Warehouse
from checks.evidence import not_replayed, not_verified
from checks.rules import rule, verdict
from onevisit.calendar import WorkingDays
from onevisit.county import County
from onevisit.draw.evidence import Evidence, is_void, rows_of
from onevisit.draw.form import sha256
from onevisit.draw.frozen import STRATUM, read_frozen
from onevisit.draw.rebuild import drawn_table
from onevisit.draw.select import how_many
from onevisit.draw.tables import Drawn, Rounds, Trail
from onevisit.draw.trail import NO_HASH
from onevisit.plan.tables import Tasks
from onevisit.tables import Table, stage_of, table_of

Held = Mapping[str, Evidence]
EvidenceJudge = Callable[..., pl.DataFrame]


def evidence_rule(
    *, on: type[Table], reads: Sequence[type[Table]] = ()
) -> Callable[[EvidenceJudge], dg.AssetChecksDefinition]:
    """Decorate a judge of the evidence and of whole tables; a breach blocks what comes after."""

    def decorate(judge: EvidenceJudge) -> dg.AssetChecksDefinition:
        @dg.asset_check(
            asset=[stage_of(on), table_of(on)], name=judge.__name__, description=judge.__doc__, blocking=True
        )
        def check(
            context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
        ) -> dg.AssetCheckResult:
            year = year_of(context)
            held = evidence_of(warehouse.folders, year)
            return verdict(judge(held, *(warehouse.read(model, year) for model in reads)), is_blocking=True)

        check.judge = judge  # pyright: ignore[reportAttributeAccessIssue]
        return check

    return decorate


@dg.asset_check(asset=[stage_of(Rounds), table_of(Rounds)], blocking=True)
def every_round_replays(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Drawing again from the frozen files and the reveals gives every file of every round, byte for byte."""
    return verdict(not_replayed(evidence_folders(warehouse.folders, year_of(context))), is_blocking=True)


@dg.asset_check(asset=[stage_of(Rounds), table_of(Rounds)], blocking=True)
def the_stand_alone_verifier_agrees(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """The verifier that citizens run, which shares no code with the draw, accepts every evidence folder."""
    return verdict(not_verified(evidence_folders(warehouse.folders, year_of(context))), is_blocking=True)


@dg.asset_check(asset=[stage_of(Trail), table_of(Trail)], blocking=True)
def everybody_sent_was_drawn_by_lot(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """The stand-alone verifier draws every team, leader, expert and alternate again and finds no better balance."""
    folders = evidence_folders(warehouse.folders, year_of(context))
    return verdict(not_verified([folder for folder in folders if (folder / "people").is_dir()]), is_blocking=True)


@evidence_rule(on=Drawn, reads=[Drawn])
def the_table_is_what_was_drawn(held: Held, drawn: pl.DataFrame) -> pl.DataFrame:
    """The table holds exactly the lines of the sealed drawn.tsv files: nobody put in, nobody left out."""
    sealed = drawn_table(held)
    return pl.concat(
        [drawn.join(sealed, on=drawn.columns, how="anti"), sealed.join(drawn, on=drawn.columns, how="anti")]
    )


@evidence_rule(on=Drawn, reads=[Drawn])
def nobody_outside_the_frozen_scope_is_drawn(held: Held, drawn: pl.DataFrame) -> pl.DataFrame:
    """Everybody drawn was in the frozen scope of the task and plan row, in that stratum."""
    names = {"task": "task_id", "item": "plan_row_id", "id": "object_id"}
    empty = pl.DataFrame(schema=dict.fromkeys(["serial", "task_id", "plan_row_id", "stratum", "object_id"], pl.String))
    scopes = [
        rows_of(files, "scope.tsv").rename(names).select(pl.lit(serial).alias("serial"), pl.all())
        for serial, files in held.items()
    ]
    return drawn.join(pl.concat([empty, *scopes]), on=empty.columns, how="anti")


@evidence_rule(on=Drawn, reads=[Drawn])
def as_many_are_drawn_as_the_plan_says(held: Held, drawn: pl.DataFrame) -> pl.DataFrame:
    """The number drawn of each task, plan row and stratum is the one the protocol computes from plan and seed."""
    wanted = [
        how_many(read_frozen(files).plan, files["SEED"].decode().strip()).select(
            pl.lit(serial).alias("serial"), pl.all()
        )
        for serial, files in held.items()
        if not is_void(files)
    ]
    schema = {**dict.fromkeys(["serial", *STRATUM], pl.String), "wanted": pl.Int64}
    promised = pl.concat([pl.DataFrame(schema=schema), *wanted])
    found = drawn.group_by("serial", task="task_id", item="plan_row_id", stratum="stratum").agg(found=pl.len())
    both = promised.join(found, on=["serial", *STRATUM], how="full", coalesce=True).fill_null(0)
    return both.filter(pl.col("wanted") != pl.col("found")).sort("serial", *STRATUM)


@rule(on=Rounds, reads=[Rounds])
def a_task_is_drawn_once(rounds: pl.DataFrame) -> pl.DataFrame:
    """No task is in two rounds that stand."""
    standing = rounds.filter(pl.col("state") == "drawn").select("serial", "task_ids").explode("task_ids")
    return standing.filter(pl.col("task_ids").is_duplicated())


@rule(on=Rounds, reads=[Rounds])
def a_round_stands_once(rounds: pl.DataFrame) -> pl.DataFrame:
    """A round is drawn again only after a void attempt: at most its last attempt stands."""
    attempt = pl.col("serial").str.split("-").list.get(3).cast(pl.Int64)
    numbered = rounds.with_columns(attempt=attempt)
    is_last = pl.col("attempt") == pl.col("attempt").max().over("round_no")
    return numbered.filter((pl.col("state") == "drawn") & ~is_last)


@dg.asset_check(asset=[stage_of(Rounds), table_of(Rounds)], blocking=True)
def no_round_is_drawn_too_early(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """Every round is drawn before its windows open, and at most the county's number of working days before."""
    year = year_of(context)
    early = early_rounds(warehouse.read(Rounds, year), county.working_days(year), most=county.draw.days_before_window)
    return verdict(early, is_blocking=True)


def early_rounds(rounds: pl.DataFrame, days: WorkingDays, *, most: int) -> pl.DataFrame:
    """Return rounds drawn when a window was open, or more than so many working days before the last one opens."""
    counts = [
        days.between(draws_on, locked_until - dt.timedelta(days=1))
        for draws_on, locked_until in rounds.select("draws_on", "locked_until").iter_rows()
    ]
    counted = rounds.with_columns(workdays=pl.Series(counts, dtype=pl.Int64))
    return counted.filter((pl.col("draws_on") >= pl.col("opens_on")) | (pl.col("workdays") > most))


@dg.asset_check(asset=[stage_of(Rounds), table_of(Rounds)])
def every_open_task_is_drawn(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """Every task whose window has opened is in a round that stands."""
    year = year_of(context)
    undrawn = undrawn_tasks(warehouse.read(Tasks, year), warehouse.read(Rounds, year), on=today(county))
    return verdict(undrawn, is_blocking=False)


def undrawn_tasks(tasks: pl.DataFrame, rounds: pl.DataFrame, *, on: dt.date) -> pl.DataFrame:
    """Return the tasks whose window has opened by a day and that no standing round drew."""
    standing = rounds.filter(pl.col("state") == "drawn").select(task_id="task_ids").explode("task_id")
    opened = tasks.filter(pl.col("starts_on") <= on)
    return opened.join(standing, on="task_id", how="anti").select("task_id", "name", "starts_on")


@rule(on=Trail, reads=[Trail])
def the_trail_is_unbroken(trail: pl.DataFrame) -> pl.DataFrame:
    """Each line of a round's trail carries the fingerprint of the line before it, and numbers go up by one."""
    by_round = trail.with_columns(round=pl.col("serial").str.replace(r"-[0-9]+$", "")).sort("round", "number")
    line = pl.concat_str("number", "at", "event", "payload_sha256", "previous_sha256", separator="\t") + "\n"
    hashes = by_round.with_columns(hash=line.map_elements(sha256, pl.String))
    before = pl.col("hash").shift().over("round").fill_null(NO_HASH)
    place = pl.int_range(1, pl.len() + 1).over("round")
    is_broken = (pl.col("previous_sha256") != before) | (pl.col("number") != place)
    return hashes.filter(is_broken).drop("round", "hash")


@rule(on=Trail, reads=[Trail])
def the_seed_comes_after_the_commitments(trail: pl.DataFrame) -> pl.DataFrame:
    """Files are frozen before any commit, all commits made before any reveal, and the seed comes last."""
    order = {"freeze": 1, "root": 2, "commit": 3, "reveal": 4, "seed": 5, "drawn": 6, "batches": 7}
    steps = trail.filter(pl.col("event").is_in(list(order))).sort("serial", "number")
    step = pl.col("event").replace_strict(order, return_dtype=pl.Int64)
    return steps.filter(step < step.shift().over("serial"))
