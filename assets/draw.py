"""The draw stage: rounds are held once, and every table is rebuilt from their evidence.

A pipeline holds no real draw: people do, from what is frozen for them here. Only a demonstration's
ceremony is scripted.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

import dagster as dg

from assets.attempts import Attempt
from assets.catalogue import keys_of, table_asset, tables_asset, year_of
from assets.clock import secret, today
from assets.decisions import read_decision_log
from assets.evidence import evidence_of, write_evidence
from assets.plan import objects_of
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.draw import steps, tables
from onevisit.draw.demonstration import Script
from onevisit.draw.events import plan_record
from onevisit.draw.evidence import held_of
from onevisit.draw.freeze import Parties, signed_plan
from onevisit.draw.ground import Ground, hold_due, planned_rounds
from onevisit.draw.history import histories_of
from onevisit.draw.rebuild import (
    batches_table,
    drawn_table,
    frozen_table,
    rounds_table,
    substitutes_table,
    trail_table,
)
from onevisit.draw.rounds import (
    Round,
    due,
    provisional_problems,
    timing_problems,
    waiting_problems,
)
from onevisit.errors import Problem, RefusedError, problem
from onevisit.plan.tables import Decisions, Raises, Rosters, Scope, Submitted, TaskItems, Tasks
from onevisit.registries.tables import Experts, Inspectors, InspectorSources, Interests, Items, Lent, Objects
from onevisit.visits.recusal import recusals_of
from onevisit.visits.staff import Registers
from onevisit.visits.tables import Teams

STAFF = (Items, Inspectors, InspectorSources, Experts, Interests, Rosters, Lent)
"""What a freeze takes people from."""


@table_asset(tables.Rounds, deps=keys_of(Submitted, Scope, Tasks, TaskItems, Decisions, Objects, Raises, *STAFF))
def rounds(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """抽取场次：随检查时段分场抽取，风险分类的任务单独成场、由见证人见证；已抽取的场次永不重抽，本表由封存材料重建。"""
    year = year_of(context)
    if county.demonstration:
        hold_scripted_rounds(warehouse, county, year)
    held = evidence_of(warehouse.folders, year)
    past = [held_of(files) for files in held.values()]
    planned = planned_rounds(past, warehouse.read(Tasks, year), county, year)
    waiting = due(planned, today(county))
    problems = [*_provisional(waiting, county, year), *waiting_problems(waiting)]
    for one in problems:
        context.log.warning(one.text("zh"))
    return warehouse.replace(
        tables.Rounds,
        rounds_table(held),
        year,
        planned=dg.MetadataValue.md(_planned_text(planned)),
        waiting=dg.MetadataValue.text("\n".join(one.text("zh") for one in problems) or "无"),
    )


@tables_asset(
    {
        tables.Frozen: "冻结文件：每次抽取之前固定下来的名录、范围、计划和设置，各有指纹，此后改动一个字节都会被发现。",
        tables.Drawn: "抽中对象：每个任务、每行计划抽中了谁；层和票号在见证场次中不公开。",
        tables.Batches: "检查批次：抽中对象的检查先后也由抽签决定。",
        tables.Substitutes: "递补：抽中对象无法检查时由谁替补，单位和任何一名见证人都无法预先知道。",
    },
    deps=[rounds],
)
def rebuilt(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult]:
    """Rebuild from the evidence what was drawn, and how."""
    year = year_of(context)
    held = evidence_of(warehouse.folders, year)
    yield warehouse.replace(tables.Frozen, frozen_table(held), year)
    yield warehouse.replace(tables.Drawn, drawn_table(held), year)
    yield warehouse.replace(tables.Batches, batches_table(held), year)
    yield warehouse.replace(tables.Substitutes, substitutes_table(held), year)


@table_asset(tables.Trail, deps=keys_of(tables.Rounds, Teams))
def trail(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """抽取留痕：从冻结、承诺、揭示到抽中、匹配人员、递补，每件事一行，前后相链，只增不改。"""
    year = year_of(context)
    return warehouse.replace(tables.Trail, trail_table(evidence_of(warehouse.folders, year)), year)


def _provisional(waiting: Iterable[Round], county: County, year: int) -> list[Problem]:
    return provisional_problems(waiting, county.working_days(year), start_within=county.visits.start_within_workdays)


def ground_of(warehouse: Warehouse, county: County, year: int) -> Ground:
    """Return what rounds are frozen from. Raises RefusedError (P060-P064) without a sign-off of exactly this plan."""
    plan = signed_plan(
        *(warehouse.read(model, year) for model in (Submitted, Scope, Tasks, TaskItems)),
        log_text=read_decision_log(warehouse.folders, year),
    )
    objects = objects_of(warehouse, year)
    return Ground(
        plan,
        objects,
        histories_of(evidence_of(warehouse.folders, year - 1)),
        evidence_of(warehouse.folders, year),
        Registers(
            items=warehouse.read(Items, year),
            objects=objects,
            inspectors=warehouse.read(Inspectors, year),
            sources=warehouse.read(InspectorSources, year),
            experts=warehouse.read(Experts, year),
            recusals=recusals_of(warehouse.read(Interests, year)),
            lent=warehouse.read(Lent, year),
        ),
        warehouse.read(Tasks, year),
        warehouse.read(TaskItems, year),
        warehouse.read(Rosters, year),
        county,
        year,
        secret(warehouse.folders, county, year),
    )


def begin_attempt(
    warehouse: Warehouse, county: County, year: int, parties: Parties, *, mark_secret: str, at: str
) -> tuple[str, Attempt]:
    """Freeze the next round of a real county; return its serial and what to keep.

    Raises RefusedError: no round waits (D101), too early or too late (D095, D096), days nobody has
    declared (D071), a plan that is not signed off as it stands (P060-P064), what a freeze refuses.
    """
    past = [held_of(files) for files in evidence_of(warehouse.folders, year).values()]
    waiting = planned_rounds(past, warehouse.read(Tasks, year), county, year)
    if not waiting:
        raise RefusedError([problem("D101", year=year)])
    one = waiting[0]
    on, draws_on = (dt.date.fromisoformat(moment[:10]) for moment in (at, parties.moment))
    days, most = county.working_days(year), county.draw.days_before_window
    problems = timing_problems(one, days, on=on, draws_on=draws_on, most=most)
    if problems := [*problems, *_provisional([replace(one, draws_on=on)], county, year)]:
        raise RefusedError(problems)
    ground, serial = ground_of(warehouse, county, year), one.serial(county.code, year)
    files = steps.freeze(
        ground.plan,
        one,
        serial=serial,
        objects=ground.objects,
        history=ground.history[one.disclosure],
        rules=county.draw,
        parties=parties,
        mark_secret=mark_secret,
        staff=ground.staff(one),
        at=at,
        earlier=ground.earlier(one, ground.held),
    )
    return serial, Attempt(files, plan_record(ground.plan, one, is_demonstration=False))


def hold_scripted_rounds(warehouse: Warehouse, county: County, year: int) -> None:
    """Hold every round of a demonstration that is due on its scripted day, one after the other.

    Raises RefusedError without a signed-off plan, or on days nobody has declared.
    """
    past = [held_of(files) for files in evidence_of(warehouse.folders, year).values()]
    tasks = warehouse.read(Tasks, year)
    waiting = due(planned_rounds(past, tasks, county, year), today(county))
    if not waiting or county.demonstration is None:
        return
    script = Script(county.demonstration.seed, county.code, year, today(county), county.draw)
    for serial, files in hold_due(script, ground_of(warehouse, county, year), tasks):
        write_evidence(warehouse.folders.draws(year) / serial, files)


def _planned_text(planned: list[Round]) -> str:
    ways = {"open": "公开", "witnessed": "见证"}
    rows = [
        f"| {one.number} | {one.draws_on} | {ways[one.disclosure]} | {'、'.join(sorted(one.starts))} |"
        for one in planned
    ]
    return "\n".join(["| 场次 | 抽取日期 | 方式 | 任务 |", "| --- | --- | --- | --- |", *rows])
