"""The stages of one county, each from its work and into it. The rules are those the assets call; none is written here.

Earlier years hand on what the assets read of them (`HANDED_ON`, and the decision logs), as far as a province's runs
made it. Last year's results raise no class here: no stage of a province makes them.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import chain

import polars as pl

from onevisit.county import County, Demonstration
from onevisit.decisions import Decision, extended, log_text
from onevisit.draw import tables as draw_tables
from onevisit.draw.demonstration import Script, morning_of
from onevisit.draw.evidence import Evidence, is_void
from onevisit.draw.freeze import signed_plan
from onevisit.draw.ground import Ground, hold_due
from onevisit.draw.history import histories_of
from onevisit.draw.rebuild import (
    batches_table,
    drawn_table,
    frozen_table,
    rounds_table,
    substitutes_table,
    trail_table,
)
from onevisit.errors import RefusedError, problem
from onevisit.filings.accounts import account, refused_lines
from onevisit.filings.intake import file_department, strays
from onevisit.filings.rows import rows_of
from onevisit.filings.tables import Accounting, FiledRows, Refused
from onevisit.plan import tables as plan_tables
from onevisit.plan.aliases import propose_aliases
from onevisit.plan.bound import price_rules
from onevisit.plan.capacity import undone
from onevisit.plan.cells import make_cells
from onevisit.plan.days import calendar_table
from onevisit.plan.lenders import lenders_table
from onevisit.plan.merge import list_unkept_rulings, plan_of, propose_merges
from onevisit.plan.moves import propose_moves
from onevisit.plan.neighbours import list_carried_along, list_neighbours
from onevisit.plan.raises import raised, raises_of
from onevisit.plan.rosters import rosters_table
from onevisit.plan.rows import judge_plan
from onevisit.plan.rulings import rulings as rulings_of
from onevisit.plan.signoff import current_approval, decisions_table, demonstration_entries, plan_fingerprint
from onevisit.plan.staffing import staffing
from onevisit.plan.tasks import form_tasks, list_task_items
from onevisit.province.tables import DrawEvidence, PeopleEvidence
from onevisit.province.work import Before, DecisionLogs, Work
from onevisit.registries import tables as registry_tables
from onevisit.registries.changes import Registered, changes
from onevisit.registries.crosswalk import crosswalk
from onevisit.registries.experts import experts
from onevisit.registries.finding import findable
from onevisit.registries.inspectors import inspector_sources, inspectors
from onevisit.registries.interests import interests
from onevisit.registries.items import item_drift, items, own_limits
from onevisit.registries.judgements import contradictions, judgements
from onevisit.registries.judgements import rulings as judged_pairs
from onevisit.registries.objects import register
from onevisit.registries.signals import signals
from onevisit.registries.subjects import with_own_codes
from onevisit.registries.suspicions import answers, confirmed, suspicions
from onevisit.tables import Table, frame_of
from onevisit.visits import tables as visit_tables
from onevisit.visits.borrowing import Lender, borrowing_table, lender_of, pools_table, units_short
from onevisit.visits.deadlines import deadlines_of
from onevisit.visits.deferred import caps_of, limits_of, within_caps
from onevisit.visits.demand import duties_of
from onevisit.visits.group import visits_of
from onevisit.visits.lent import lent_interests, lent_table, lent_today
from onevisit.visits.matching import Logs, Matched, match_people, people_of
from onevisit.visits.obligations import obligations_of
from onevisit.visits.proof import proven
from onevisit.visits.recusal import recusals_of
from onevisit.visits.staff import Registers

Made = dict[type[Table], pl.DataFrame]


def file_rows(work: Work) -> Made:
    """Read what departments handed in: every row, the refusals and the account."""
    county, outside = work.county, strays(work.order.entries, work.county)
    frames = (
        [work.filed]
        if work.filed is not None
        else [
            file_department(one, work.inbox.get(one.name, []), county, secret=work.order.secret)
            for one in county.departments
        ]
    )
    filed = [*frames, outside]
    return {FiledRows: pl.concat(frames), Refused: refused_lines(filed), Accounting: account(filed)}


def make_registries(work: Work) -> Made:
    """Make the registers of objects and people and the list of items."""
    rows = work.read(FiledRows)
    filed = {kind: rows_of(kind, [rows]) for kind in _REGISTERED}
    made = registries_of(filed, work.county, work.year, logs=work.logs, before=work.before)
    lent = _lent(work)
    of_pools = lent_interests(
        lent,
        work.county,
        objects=filed["objects"],
        known=findable(made[registry_tables.ObjectSources], work.county),
        year=work.year,
        secret=work.order.secret,
    )
    kept_away = pl.concat([made[registry_tables.Interests], of_pools])
    return {
        **made,
        registry_tables.Lent: lent_table(lent, work.county, year=work.year, secret=work.order.secret),
        registry_tables.Interests: kept_away,
    }


def registries_of(
    filed: Mapping[str, pl.DataFrame], county: County, year: int, *, logs: DecisionLogs, before: Before
) -> Made:
    """Return the registers made of filed rows, by kind; `logs` are the decision logs of the year and all before.

    Raises RefusedError when judgements in the decision logs contradict each other.
    """
    judged = judgements(logs)
    if contradictory := contradictions(judged):
        raise RefusedError(contradictory)
    objects = with_own_codes(filed["objects"])
    found = crosswalk(objects, judged_pairs(judged), *_known(before, "object_id"), year=year, county=county)
    known = findable(found.sources, county)
    tied = signals(filed["credit"], filed["abnormal"], filed["complaints"], known, year=year)
    registered = register(objects, found.sources, tied, county)
    ids = found.identified.ids.rename({"id": "object_id"})
    people, persons = inspector_sources(filed["inspectors"], county, *_known(before, "person_id"), year=year)
    # An answer names a person by number: one from before the register began is about somebody else.
    begun = min([year, *persons.ids["first_year"]])
    said = answers([(one, told) for one, told in logs if one >= begun])
    specialists, recorded = experts(filed["experts"]), items(county)
    now = Registered(registered.objects, found.sources, registered.fields)
    last_year = Registered(*(before.read(model) for model in REGISTER))
    register_of_people = inspectors(filed["inspectors"], people, year=year, retirement_age=county.visits.retirement_age)
    kept_away = interests(
        filed["interests"],
        inspectors=filed["inspectors"],
        inspector_sources=people,
        experts=filed["experts"],
        objects=filed["objects"],
        known=known,
        year=year,
    )
    kept_away = pl.concat([kept_away, confirmed(said, register_of_people)])
    return {
        registry_tables.Judgements: judged,
        registry_tables.ObjectSources: found.sources,
        registry_tables.ObjectIds: ids,
        registry_tables.ObjectIdRecords: found.identified.records.rename({"id": "object_id"}),
        registry_tables.LinkageWeights: found.weights,
        registry_tables.DuplicatesToReview: found.duplicates,
        registry_tables.Signals: tied,
        registry_tables.Objects: registered.objects,
        registry_tables.ObjectFields: registered.fields,
        registry_tables.Successors: registered.successors,
        registry_tables.Changes: changes(now, last_year, ids, county),
        registry_tables.InspectorSources: people,
        registry_tables.InspectorIds: persons.ids.rename({"id": "person_id"}),
        registry_tables.InspectorIdRecords: persons.records.rename({"id": "person_id"}),
        registry_tables.Inspectors: register_of_people,
        registry_tables.Experts: specialists,
        registry_tables.Items: recorded,
        registry_tables.ItemDrift: item_drift(filed["items"], recorded),
        registry_tables.Interests: kept_away,
        registry_tables.Suspicions: suspicions(
            said, inspectors=register_of_people, objects=registered.objects, interests=kept_away
        ),
    }


def make_plan(work: Work) -> Made:
    """Judge the plan rows, merge them into tasks, hold them against the people; a drill signs off by its script."""
    county, year = work.county, work.year
    filed, days = work.read(FiledRows), county.working_days(year)
    recorded, ruled = work.read(registry_tables.Items), rulings_of(work.logs, year)
    own = work.read(registry_tables.Objects)
    raises = raises_of(own, county.plan.raises)
    objects = raised(own, raises)
    judged = judge_plan(
        rows_of("plan", [filed]),
        items=recorded,
        objects=objects,
        sources=work.read(registry_tables.ObjectSources),
        own_limits=own_limits(rows_of("items", [filed])),
        rulings=ruled,
        county=county,
        year=year,
    )
    drawn = pl.Series("plan_rows", [], dtype=pl.List(pl.String))
    plan = plan_of(
        judged.submitted,
        scope=judged.scope,
        objects=objects,
        rules=county.plan,
        days=days,
        rulings=ruled,
        drawn=drawn,
    )
    proposals = propose_merges(plan)
    tasks = form_tasks(judged.submitted, scope=judged.scope, objects=objects, proposals=proposals)
    task_items = list_task_items(tasks, submitted=judged.submitted, items=recorded)
    people = {
        "inspectors": work.read(registry_tables.Inspectors),
        "sources": work.read(registry_tables.InspectorSources),
    }
    capacity, load = staffing(
        tasks,
        task_items,
        make_cells(judged.submitted, judged.scope, objects),
        items=recorded,
        **people,
        county=county,
        year=year,
    )
    fingerprint = plan_fingerprint(judged.submitted, judged.scope, tasks, task_items)
    is_short = not capacity.filter(pl.col("visits_short") > 0).is_empty()
    lenders = _lenders(_lent(work), county, year) if is_short else []
    return {
        plan_tables.Calendar: calendar_table(days),
        plan_tables.Rulings: ruled,
        plan_tables.Raises: raises,
        plan_tables.Submitted: judged.submitted,
        plan_tables.Refused: judged.refused,
        plan_tables.Conflicts: judged.conflicts,
        plan_tables.Scope: judged.scope,
        plan_tables.Proposals: proposals,
        plan_tables.UnkeptRulings: list_unkept_rulings(plan),
        plan_tables.Neighbours: list_neighbours(plan, proposals),
        plan_tables.RulePrices: price_rules(plan),
        plan_tables.Moves: propose_moves(plan, proposals, ruled),
        plan_tables.AliasProposals: propose_aliases(plan, ruled),
        plan_tables.Tasks: tasks,
        plan_tables.CarriedAlong: list_carried_along(plan, tasks),
        plan_tables.TaskItems: task_items,
        plan_tables.Capacity: capacity,
        plan_tables.Load: load,
        plan_tables.Rosters: rosters_table(rows_of("rosters", [filed]), **people, tasks=tasks, task_items=task_items),
        plan_tables.Lenders: lenders_table(capacity, lenders, recorded),
        plan_tables.Decisions: decisions_table(_signed(work, fingerprint, capacity)),
    }


def hold_draw(work: Work) -> Made:
    """Hold every round of a drill that is due by its script; a real county holds its own in public (N003)."""
    county, year, scripted = work.county, work.year, _scripted(work.county)
    models = (plan_tables.Submitted, plan_tables.Scope, plan_tables.Tasks, plan_tables.TaskItems)
    submitted, scope, tasks, task_items = (work.read(model) for model in models)
    fingerprint = plan_fingerprint(submitted, scope, tasks, task_items)
    log = _signed(work, fingerprint, work.read(plan_tables.Capacity))
    objects = raised(work.read(registry_tables.Objects), work.read(plan_tables.Raises))
    ground = Ground(
        signed_plan(submitted, scope, tasks, task_items, log_text=log_text(log)),
        objects,
        histories_of(_evidence_of(work.before.read(DrawEvidence))),
        {},
        Registers(
            items=work.read(registry_tables.Items),
            objects=objects,
            inspectors=work.read(registry_tables.Inspectors),
            sources=work.read(registry_tables.InspectorSources),
            experts=work.read(registry_tables.Experts),
            recusals=recusals_of(work.read(registry_tables.Interests)),
            lent=work.read(registry_tables.Lent),
        ),
        tasks,
        task_items,
        work.read(plan_tables.Rosters),
        county,
        year,
        work.order.secret,
    )
    script = Script(scripted.seed, county.code, year, scripted.today, county.draw)
    held = dict(hold_due(script, ground, tasks, work.order.seeds))
    return {
        draw_tables.Rounds: rounds_table(held),
        draw_tables.Frozen: frozen_table(held),
        draw_tables.Drawn: drawn_table(held),
        draw_tables.Batches: batches_table(held),
        draw_tables.Substitutes: substitutes_table(held),
        draw_tables.Trail: trail_table(held),
        DrawEvidence: _evidence_table(held, DrawEvidence),
    }


def form_visits(work: Work) -> Made:
    """Form visits and teams from what was drawn, and say whom to borrow where a department cannot field one."""
    county, year = work.county, work.year
    rounds, tasks = work.read(draw_tables.Rounds), work.read(plan_tables.Tasks)
    submitted = work.read(plan_tables.Submitted)
    owed = obligations_of(
        rounds=rounds,
        drawn=work.read(draw_tables.Drawn),
        batches=work.read(draw_tables.Batches),
        substitutes=work.read(draw_tables.Substitutes),
        tasks=tasks,
        task_items=work.read(plan_tables.TaskItems),
    )
    caps = caps_of(county, items=work.read(registry_tables.Items), submitted=submitted)
    limits = limits_of(county)
    with work.timed("grouping"):
        formed = within_caps(owed, submitted, caps, **limits)
        visits = visits_of(formed.kept, tasks, submitted, **limits)
    recusals = recusals_of(work.read(registry_tables.Interests))
    held = _evidence_of(work.read(DrawEvidence))
    people = people_of(
        held,
        work.read(registry_tables.Inspectors),
        work.read(registry_tables.Experts),
        recusals,
        county,
        secret=work.order.secret,
        lent=lent_today(work.read(registry_tables.Lent), secret=work.order.secret),
    )
    with work.timed("teams"):
        matched = match_people(
            visits=visits,
            obligations=formed.kept,
            tasks=tasks,
            rounds=rounds,
            people=people,
            county=county,
            drawn=Logs(),
        )
    short = units_short(matched.shortages, matched.teams)
    duties = duties_of(visits=visits, obligations=formed.kept, staff=people.staff) if short else []
    wanted = [duty for duty in duties if (duty.visit_id, duty.department) in short]
    lent = _lent(work)
    lenders = _lenders(lent, county, year)
    return {
        visit_tables.Recusals: recusals,
        visit_tables.Obligations: formed.kept,
        visit_tables.Deferred: formed.deferred,
        visit_tables.Visits: visits,
        visit_tables.Teams: matched.teams,
        visit_tables.ExpertAssignments: matched.experts,
        visit_tables.Alternates: matched.alternates,
        visit_tables.Shortages: matched.shortages,
        PeopleEvidence: _people_evidence(held, matched, work),
        visit_tables.Deadlines: deadlines_of(
            visits,
            rounds,
            county.working_days(year),
            start_within=county.visits.start_within_workdays,
            publish_within=county.results.publish_within_workdays,
            close_before_end=county.results.close_before_end_workdays,
        ),
        visit_tables.Pools: pools_table(lenders, lent),
        visit_tables.Borrowing: borrowing_table(
            wanted, lenders, dict(visits.select("visit_id", "ends_on").iter_rows()), matched.teams
        ),
    }


STAGES: Mapping[str, Callable[[Work], Made]] = {
    "filings": file_rows,
    "registries": make_registries,
    "plan": make_plan,
    "draw": hold_draw,
    "visits": form_visits,
}
"""Stage -> what makes its tables, in order."""

_REGISTERED = ("objects", "inspectors", "experts", "items", "interests", "credit", "abnormal", "complaints")
"""The kinds of lists the registries are made of."""

READS: Mapping[str, tuple[str, ...]] = {
    "filings": (),
    "registries": ("filings",),
    "plan": ("filings", "registries"),
    "draw": ("registries", "plan"),
    "visits": ("registries", "plan", "draw"),
}
"""Stage -> the stages whose tables it reads."""

REGISTER = (registry_tables.Objects, registry_tables.ObjectSources, registry_tables.ObjectFields)
"""What the register of objects is compared with, a year on."""
ID_REGISTERS: Mapping[str, tuple[type[Table], type[Table]]] = {
    "object_id": (registry_tables.ObjectIds, registry_tables.ObjectIdRecords),
    "person_id": (registry_tables.InspectorIds, registry_tables.InspectorIdRecords),
}
"""Column of the id -> every id ever given, and the records that were in it."""

HANDED_ON: Mapping[str, tuple[type[Table], ...]] = {
    "registries": (*REGISTER, *chain(*ID_REGISTERS.values())),
    "draw": (DrawEvidence,),
}
"""Stage -> its tables that the same stage of a later year reads."""
LASTING = frozenset(chain(*ID_REGISTERS.values()))
"""Those of them that go on over a year without any; of all others the year before alone counts."""


def _known(before: Before, column: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the id register a year begins with, as `assign_ids` takes it."""
    ids, records = (before.read(model).rename({column: "id"}) for model in ID_REGISTERS[column])
    return ids, records


def _signed(work: Work, fingerprint: str, capacity: pl.DataFrame) -> list[Decision]:
    """Return the decision log; where the ceremony is scripted and nobody signed, with the scripted sign-off."""
    if work.county.demonstration is None or current_approval(work.log, fingerprint):
        return work.log
    return extended(work.log, demonstration_entries(work.log, fingerprint, work.year, told=undone(capacity)))


def _scripted(county: County) -> Demonstration:
    """Return what scripts a county's ceremony. Raises RefusedError (N003) where people hold it."""
    if county.demonstration is None:
        raise RefusedError([problem("N003", value=county.name)])
    return county.demonstration


def _lent(work: Work) -> dict[tuple[str, str], pl.DataFrame]:
    """Return the rows of every pool's lists by (pool, department), read as the county's own are."""
    return {
        (pool.name, one.name): file_department(
            one, work.pools.get((pool.name, one.name), []), work.county, secret=work.order.secret
        )
        for pool in work.county.pools
        for one in work.county.lent_by(pool)
    }


def _lenders(filed: Mapping[tuple[str, str], pl.DataFrame], county: County, year: int) -> list[Lender]:
    return [
        lender_of(pool, [filed[pool.name, one.name] for one in county.lent_by(pool)], county, year=year)
        for pool in county.pools
    ]


def _evidence_table(held: Mapping[str, Evidence], model: type[Table]) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {"serial": serial, "file": name, "content": data}
        for serial, files in sorted(held.items())
        for name, data in sorted(files.items())
    ]
    return frame_of(model, rows)


def _evidence_of(table: pl.DataFrame) -> Mapping[str, Evidence]:
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for serial, name, data in table.sort("serial", "file").iter_rows():
        found[serial][name] = data
    return found


def _people_evidence(held: Mapping[str, Evidence], matched: Matched, work: Work) -> pl.DataFrame:
    standing = {serial: files for serial, files in held.items() if not is_void(files)}
    at = morning_of(_scripted(work.county).today)
    later = proven(standing, matched.drawn, matched.seats, secret=work.order.secret, at=at)
    return _evidence_table(
        {
            serial: {name: data for name, data in files.items() if standing[serial].get(name) != data}
            for serial, files in later
        },
        PeopleEvidence,
    )
