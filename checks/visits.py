"""Promises about visits and teams: nothing left out, nobody short in silence, nobody where they must not be."""

from collections.abc import Mapping

import dagster as dg
import polars as pl

from assets.catalogue import key_of, keys_of, year_of
from assets.visits import limits_of, staff_of
from assets.warehouse import Warehouse
from checks.rules import rule, verdict
from onevisit.county import County
from onevisit.draw.tables import Batches, Drawn, Rounds, Substitutes
from onevisit.plan.tables import Submitted, TaskItems, Tasks
from onevisit.registries.tables import Inspectors, Items, Lent
from onevisit.visits.deferred import caps_of, over_caps
from onevisit.visits.demand import duties_of
from onevisit.visits.evenness import uneven_units
from onevisit.visits.group import Limits
from onevisit.visits.obligations import obligations_of
from onevisit.visits.staff import Staff
from onevisit.visits.tables import (
    Alternates,
    Deadlines,
    Deferred,
    ExpertAssignments,
    Obligations,
    Recusals,
    Shortages,
    Teams,
    Visits,
)

_PLACE = ["serial", "object_id", "task_id", "plan_row_id", "department", "item_code"]


@rule(on=Obligations, reads=[Obligations])
def every_check_is_owed_once(obligations: pl.DataFrame) -> pl.DataFrame:
    """No object owes the same check of a task and plan row twice."""
    return obligations.filter(pl.struct(_PLACE).is_duplicated())


@rule(on=Deferred, reads=[Rounds, Drawn, Substitutes, Obligations, Deferred])
def nothing_drawn_is_forgotten(
    rounds: pl.DataFrame,
    drawn: pl.DataFrame,
    substitutes: pl.DataFrame,
    obligations: pl.DataFrame,
    deferred: pl.DataFrame,
) -> pl.DataFrame:
    """Every object drawn or taken in a round that stands, and not lost, owes its row's check or has it deferred."""
    place = ["serial", "task_id", "plan_row_id", "object_id"]
    taken = substitutes.drop_nulls("new_id").rename({"new_id": "object_id"}).select(place)
    everyone = pl.concat([drawn.select(place), taken]).unique(maintain_order=True)
    lost = substitutes.select("serial", "task_id", object_id="lost_id")
    standing = everyone.join(rounds.filter(pl.col("state") == "drawn"), on="serial", how="semi")
    left = standing.join(lost, on=["serial", "task_id", "object_id"], how="anti")
    told = [frame.filter(pl.col("role") == "initiator").select(place) for frame in (obligations, deferred)]
    return left.join(pl.concat(told), on=place, how="anti")


@rule(on=Deferred, reads=[Obligations, Deferred, Rounds, Drawn, Batches, Substitutes, Tasks, TaskItems])
def every_check_owed_is_kept_or_deferred(*frames: pl.DataFrame) -> pl.DataFrame:
    """What the draw asks for is either kept or deferred with a reason: never both, never neither."""
    obligations, deferred, rounds, drawn, batches, substitutes, tasks, task_items = frames
    owed = obligations_of(
        rounds=rounds, drawn=drawn, batches=batches, substitutes=substitutes, tasks=tasks, task_items=task_items
    )
    told = pl.concat([obligations.select(_PLACE), deferred.select(_PLACE)]).group_by(_PLACE).len("told")
    both = owed.select(_PLACE, is_owed=pl.lit(value=True)).join(told, on=_PLACE, how="full", coalesce=True)
    return both.filter((pl.col("told").fill_null(0) != 1) | pl.col("is_owed").is_null()).sort(_PLACE)


@dg.asset_check(asset=key_of(Obligations), additional_deps=keys_of(Submitted, Items), blocking=True)
def nobody_is_checked_more_often_than_the_caps(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """No department comes to an object, and no item is checked there, more often in the year than its cap."""
    year = year_of(context)
    caps = caps_of(county, items=warehouse.read(Items, year), submitted=warehouse.read(Submitted, year))
    return verdict(over_caps(warehouse.read(Obligations, year), caps), is_blocking=True)


@rule(on=Visits, reads=[Obligations, Visits])
def every_check_at_the_door_is_in_a_visit(obligations: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Every on-site check is served by a visit to its object in its round, and no other check is."""
    served = obligations.join(
        visits.select("visit_id", "serial", "object_id", "item_codes"),
        on=["visit_id", "serial", "object_id"],
        how="left",
    )
    is_served = pl.col("item_codes").list.contains(pl.col("item_code")).fill_null(value=False)
    return served.filter(is_served != pl.col("is_on_site")).drop("item_codes")


@rule(on=Visits, reads=[Obligations, Visits])
def no_visit_is_outside_its_windows(obligations: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Each visit has a day, and lies within the window of every check it serves."""
    windows = visits.select("visit_id", first="starts_on", last="ends_on")
    is_outside = (pl.col("first") > pl.col("last")) | (pl.col("first") < pl.col("starts_on"))
    return obligations.join(windows, on="visit_id").filter(is_outside | (pl.col("last") > pl.col("ends_on")))


@rule(on=Visits, reads=[Visits])
def no_object_is_below_its_bound(visits: pl.DataFrame) -> pl.DataFrame:
    """No object has fewer visits than the proven least: the proof or the grouping would be wrong."""
    return visits.filter(pl.col("object_visits") < pl.col("lower_bound"))


@rule(on=Visits, reads=[Visits], is_blocking=False)
def every_object_has_its_fewest_visits(visits: pl.DataFrame) -> pl.DataFrame:
    """Every object's number of visits is proven least."""
    return visits.filter(~pl.col("is_proven"))


@dg.asset_check(asset=key_of(Visits), blocking=True)
def no_visit_brings_more_departments_than_may_come(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """At no visit are there more departments, or more items, than the county lets come at once."""
    visits = warehouse.read(Visits, year_of(context))
    return verdict(
        crowded_doors(visits, warehouse.read(Obligations, year_of(context)), limits_of(county)), is_blocking=True
    )


@rule(on=Visits, reads=[Visits, Submitted])
def an_exclusive_check_stays_alone(visits: pl.DataFrame, submitted: pl.DataFrame) -> pl.DataFrame:
    """A surprise or sensitive plan row shares its visits with no other task."""
    exclusive = submitted.filter("is_exclusive").select(opened_by="plan_row_id")
    return visits.join(exclusive, on="opened_by", how="semi").filter(pl.col("task_ids").list.len() > 1)


@rule(on=Shortages, reads=[Visits, Teams, Shortages])
def nobody_is_short_in_silence(visits: pl.DataFrame, teams: pl.DataFrame, shortages: pl.DataFrame) -> pl.DataFrame:
    """Every department of every visit has at least two inspectors, or is a named shortage."""
    due = visits.explode("departments", empty_as_null=True).select("visit_id", department="departments")
    staffed = (
        teams.group_by("visit_id", "department").agg(count=pl.col("person_id").n_unique()).filter(pl.col("count") >= 2)
    )
    named = shortages.filter(pl.col("kind") == "inspectors")
    unstaffed = due.join(staffed, on=["visit_id", "department"], how="anti")
    return unstaffed.join(named, on=["visit_id", "department"], how="anti")


@rule(on=Teams, reads=[Teams])
def nobody_counts_twice_on_a_visit(teams: pl.DataFrame) -> pl.DataFrame:
    """One person fills one place on a visit, even when two departments list the person."""
    return teams.filter(pl.struct("visit_id", "person_id").is_duplicated()).drop("person_id")


@rule(on=Teams, reads=[Teams, Visits, Recusals])
def no_recused_inspector_is_sent(teams: pl.DataFrame, visits: pl.DataFrame, recusals: pl.DataFrame) -> pl.DataFrame:
    """An inspector with an interest in an object never visits it."""
    sent = teams.join(visits.select("visit_id", "object_id"), on="visit_id")
    return sent.join(recusals, on=["person_id", "object_id"], how="semi").select("visit_id", "department")


@rule(on=ExpertAssignments, reads=[ExpertAssignments, Visits, Recusals])
def no_recused_expert_is_sent(experts: pl.DataFrame, visits: pl.DataFrame, recusals: pl.DataFrame) -> pl.DataFrame:
    """An expert with an interest in an object never visits it."""
    sent = experts.join(visits.select("visit_id", "object_id"), on="visit_id")
    return sent.join(recusals, on=["expert_id", "object_id"], how="semi").select("visit_id", "specialty")


@rule(on=Alternates, reads=[Alternates, Visits, Recusals])
def no_recused_alternate_waits(alternates: pl.DataFrame, visits: pl.DataFrame, recusals: pl.DataFrame) -> pl.DataFrame:
    """An alternate with an interest in an object never waits for its visit."""
    waiting = alternates.join(visits.select("visit_id", "object_id"), on="visit_id").with_columns(
        who=pl.coalesce("person_id", "expert_id")
    )
    apart = recusals.select("object_id", who=pl.coalesce("person_id", "expert_id"))
    return waiting.join(apart, on=["who", "object_id"], how="semi").select("visit_id", "department", "kind")


@rule(on=Alternates, reads=[Alternates, Teams, ExpertAssignments])
def every_alternate_waits_for_somebody_sent(
    alternates: pl.DataFrame, teams: pl.DataFrame, experts: pl.DataFrame
) -> pl.DataFrame:
    """An alternate waits for the place of somebody who is sent, and is not on the visit already."""
    sent = pl.concat(
        [
            frame.select("visit_id", "commitment", kind=pl.lit(kind))
            for kind, frame in (("inspectors", teams), ("experts", experts))
        ]
    )
    idle = alternates.join(
        sent, left_on=["visit_id", "kind", "replaces"], right_on=["visit_id", "kind", "commitment"], how="anti"
    )
    busy = alternates.join(sent.filter(kind="inspectors"), on=["visit_id", "kind", "commitment"], how="semi")
    return pl.concat([idle, busy]).unique().select("visit_id", "department", "kind").sort(pl.all())


@rule(on=Teams, reads=[Teams, ExpertAssignments])
def every_replacement_says_why(teams: pl.DataFrame, experts: pl.DataFrame) -> pl.DataFrame:
    """Whoever came for somebody else stands there with the reason, and whoever was drawn without one."""
    seats = pl.concat([frame.select("visit_id", "replaces", "reason") for frame in (teams, experts)])
    return seats.filter(pl.col("replaces").is_null() != pl.col("reason").is_null())


@rule(on=Teams, reads=[Teams, Visits, Inspectors, Lent], is_blocking=False)
def every_inspector_sent_may_be_sent(
    teams: pl.DataFrame, visits: pl.DataFrame, inspectors: pl.DataFrame, lent: pl.DataFrame
) -> pl.DataFrame:
    """Whoever goes is eligible today, and the certificate is valid to the visit's last day.

    Warns: a seat once drawn is kept, and a person must decide who goes instead of somebody who left.
    """
    sent = teams.join(visits.select("visit_id", "ends_on"), on="visit_id").join(
        pl.concat(
            frame.select("person_id", "is_eligible", "certificate_valid_to") for frame in (inspectors, lent)
        ).unique(),
        on="person_id",
        how="left",
    )
    may_go = pl.col("is_eligible") & (pl.col("certificate_valid_to") >= pl.col("ends_on"))
    return sent.filter(~may_go.fill_null(value=False)).select("visit_id", "department")


@rule(on=Teams, reads=[Inspectors], is_blocking=False)
def every_certificate_names_one_person(inspectors: pl.DataFrame) -> pl.DataFrame:
    """No two people who may be sent have one certificate number: lots know a person by it, so neither is drawn."""
    eligible = inspectors.filter(pl.col("is_eligible") & pl.col("certificate_no").is_not_null())
    return eligible.filter(pl.col("certificate_no").is_duplicated()).select("person_id", "departments")


@rule(on=Teams, reads=[Visits, Teams])
def every_visit_has_one_leader_from_the_lead(visits: pl.DataFrame, teams: pl.DataFrame) -> pl.DataFrame:
    """Where the lead department is fielded there is exactly one leader, and it is one of its people."""
    fielded = visits.select("visit_id", "lead_department").join(
        teams, left_on=["visit_id", "lead_department"], right_on=["visit_id", "department"], how="semi"
    )
    leaders = teams.filter("is_leader").group_by("visit_id").agg("department")
    is_right = pl.col("department") == pl.concat_list("lead_department")
    led = fielded.join(leaders, on="visit_id", how="full", coalesce=True)
    return led.filter(~is_right.fill_null(value=False))


@rule(on=Deadlines, reads=[Visits, Deadlines])
def every_visit_has_its_deadlines(visits: pl.DataFrame, deadlines: pl.DataFrame) -> pl.DataFrame:
    """Every visit has deadlines, and is to be made by the last day of its window."""
    clocks = deadlines.select("visit_id", ends_on="visit_by")
    return visits.join(clocks, on=["visit_id", "ends_on"], how="anti")


@rule(on=Deadlines, reads=[Obligations, Visits, Deadlines], is_blocking=False)
def every_task_can_start_in_time(
    obligations: pl.DataFrame, visits: pl.DataFrame, deadlines: pl.DataFrame
) -> pl.DataFrame:
    """Every task's window opens within five working days of its draw (policy IV.1)."""
    clocks = visits.select("visit_id", "serial").join(deadlines.select("visit_id", "task_start_by"), on="visit_id")
    start_by = clocks.select("serial", "task_start_by").unique()
    opening = obligations.group_by("serial", "task_id").agg(pl.col("starts_on").min())
    return opening.join(start_by, on="serial").filter(pl.col("starts_on") > pl.col("task_start_by"))


@dg.asset_check(asset=key_of(Teams), additional_deps=keys_of(Visits, Obligations, Recusals))
def loads_are_as_even_as_can_be(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """No duty can be handed on, directly or in a chain, to somebody with at least two fewer."""
    year = year_of(context)
    visits, obligations, teams = (warehouse.read(model, year) for model in (Visits, Obligations, Teams))
    staff = staff_of(warehouse, county, year)
    return verdict(piled_duties(teams, visits, obligations, staff), is_blocking=False)


@dg.asset_check(asset=key_of(Obligations), blocking=True)
def every_check_at_the_door_was_asked_for_at_the_freeze(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """What is checked at the door, and by whom, is what was frozen with the round before it was drawn."""
    year = year_of(context)
    staff = staff_of(warehouse, county, year)
    return verdict(not_asked_for(warehouse.read(Obligations, year), staff), is_blocking=True)


def crowded_doors(visits: pl.DataFrame, obligations: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the visits at which more comes together than the limits allow."""
    served = obligations.drop_nulls("visit_id").group_by("visit_id").agg(check_count=pl.len())
    most = limits.get("max_departments")
    is_crowded = pl.lit(value=False) if most is None else pl.col("departments").list.len() > most
    return (
        visits.join(served, on="visit_id")
        .filter(is_crowded | (pl.col("check_count") > limits["max_items"]))
        .select("visit_id", "departments", "check_count")
        .sort("visit_id")
    )


def piled_duties(
    teams: pl.DataFrame, visits: pl.DataFrame, obligations: pl.DataFrame, staff: Mapping[str, Staff]
) -> pl.DataFrame:
    """Return the rounds and departments whose duties could be spread more evenly."""
    duties = duties_of(visits=visits, obligations=obligations, staff=staff)
    schema = {"serial": pl.String, "department": pl.String, "visit": pl.String, "swaps": pl.Int64}
    return pl.DataFrame(uneven_units(duties, teams), schema=schema)


def not_asked_for(obligations: pl.DataFrame, staff: Mapping[str, Staff]) -> pl.DataFrame:
    """Return the checks at the door that no frozen demand asks for."""
    place = {"task": "task_id", "item": "plan_row_id", "code": "item_code", "department": "department"}
    frozen = [
        one.demands.select(pl.lit(serial).alias("serial"), *(pl.col(old).alias(new) for old, new in place.items()))
        for serial, one in staff.items()
    ]
    at_the_door = obligations.filter("is_on_site").select(_PLACE)
    if not frozen:
        return at_the_door
    return at_the_door.join(pl.concat(frozen), on=["serial", *place.values()], how="anti").sort(_PLACE)
