"""The draw stage: rounds are held once, and every table is rebuilt from their evidence.

A pipeline holds no real draw: people do. Only a demonstration's ceremony is scripted here.
"""

from collections.abc import Iterable
from dataclasses import replace

import dagster as dg
import polars as pl

from assets.catalogue import keys_of, table_asset, year_of
from assets.clock import today
from assets.decisions import read_decision_log
from assets.evidence import evidence_of, write_evidence
from assets.plan import objects_of
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.draw import tables
from onevisit.draw.demonstration import Script, goes_void, hold
from onevisit.draw.evidence import held_of, serial_of
from onevisit.draw.freeze import signed_plan
from onevisit.draw.history import history_of
from onevisit.draw.rebuild import (
    batches_table,
    drawn_table,
    frozen_table,
    rounds_table,
    substitutes_table,
    trail_table,
)
from onevisit.draw.rounds import Held, Round, due, plan_rounds, provisional_problems, waiting_problems
from onevisit.errors import Problem, RefusedError
from onevisit.plan.tables import Decisions, Raises, Scope, Submitted, TaskItems, Tasks
from onevisit.registries.tables import Objects


@table_asset(tables.Rounds, deps=keys_of(Submitted, Scope, Tasks, TaskItems, Decisions, Objects, Raises))
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
    for problem in problems:
        context.log.warning(problem.text("zh"))
    return warehouse.replace(
        tables.Rounds,
        rounds_table(held),
        year,
        planned=dg.MetadataValue.md(_planned_text(planned)),
        waiting=dg.MetadataValue.text("\n".join(problem.text("zh") for problem in problems) or "无"),
    )


@table_asset(tables.Frozen, deps=[rounds])
def frozen(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """冻结文件：每次抽取之前固定下来的名录、范围、计划和设置，各有指纹，此后改动一个字节都会被发现。"""
    year = year_of(context)
    return warehouse.replace(tables.Frozen, frozen_table(evidence_of(warehouse.folders, year)), year)


@table_asset(tables.Drawn, deps=[rounds])
def drawn(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """抽中对象：每个任务、每行计划抽中了谁；层和票号在见证场次中不公开。"""
    year = year_of(context)
    return warehouse.replace(tables.Drawn, drawn_table(evidence_of(warehouse.folders, year)), year)


@table_asset(tables.Batches, deps=[rounds])
def batches(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """检查批次：抽中对象的检查先后也由抽签决定。"""
    year = year_of(context)
    return warehouse.replace(tables.Batches, batches_table(evidence_of(warehouse.folders, year)), year)


@table_asset(tables.Substitutes, deps=[rounds])
def substitutes(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """递补：抽中对象无法检查时由谁替补，单位和任何一名见证人都无法预先知道。"""
    year = year_of(context)
    return warehouse.replace(tables.Substitutes, substitutes_table(evidence_of(warehouse.folders, year)), year)


@table_asset(tables.Trail, deps=[rounds])
def trail(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """抽取留痕：从冻结、承诺、揭示到抽中、递补，每件事一行，前后相链，只增不改。"""
    year = year_of(context)
    return warehouse.replace(tables.Trail, trail_table(evidence_of(warehouse.folders, year)), year)


def planned_rounds(past: Iterable[Held], tasks: pl.DataFrame, county: County, year: int) -> list[Round]:
    """Return the rounds still to be held."""
    return plan_rounds(tasks, past, days=county.working_days(year), days_before=county.draw.days_before_window)


def _provisional(waiting: Iterable[Round], county: County, year: int) -> list[Problem]:
    return provisional_problems(waiting, county.working_days(year), start_within=county.visits.start_within_workdays)


def hold_scripted_rounds(warehouse: Warehouse, county: County, year: int) -> None:
    """Hold every round of a demonstration that is due on its scripted day, one after the other.

    Raises RefusedError without a signed-off plan, or on days nobody has declared.
    """
    held = evidence_of(warehouse.folders, year)
    past = [held_of(files) for files in held.values()]
    tasks = warehouse.read(Tasks, year)
    waiting = due(planned_rounds(past, tasks, county, year), today(county))
    if not waiting or county.demonstration is None:
        return
    if problems := _provisional(waiting, county, year):
        raise RefusedError(problems)
    plan = signed_plan(
        warehouse.read(Submitted, year),
        warehouse.read(Scope, year),
        tasks,
        warehouse.read(TaskItems, year),
        log_text=read_decision_log(warehouse.folders, year),
    )
    script = Script(county.demonstration.seed, county.code, year, today(county), county.draw)
    objects = objects_of(warehouse, year)
    history = history_of(evidence_of(warehouse.folders, year - 1))
    while waiting := due(planned_rounds(past, tasks, county, year), script.today):
        one = waiting[0]
        files = hold(
            script,
            plan,
            one,
            objects=objects,
            history=history,
            is_void=goes_void(one, past),
            earlier=held.get(replace(one, attempt=one.attempt - 1).serial(county.code, year)),
        )
        serial = serial_of(files)
        write_evidence(warehouse.folders.draws(year) / serial, files)
        held[serial] = files
        past.append(held_of(files))


def _planned_text(planned: list[Round]) -> str:
    ways = {"open": "公开", "witnessed": "见证"}
    rows = [
        f"| {one.number} | {one.draws_on} | {ways[one.disclosure]} | {'、'.join(sorted(one.starts))} |"
        for one in planned
    ]
    return "\n".join(["| 场次 | 抽取日期 | 方式 | 任务 |", "| --- | --- | --- | --- |", *rows])
