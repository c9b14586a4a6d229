"""The benchmark of merging: `python -m benchmarks.merging`. What each row means stands in README.md."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import polars as pl
import typer

from benchmarks.counties import ROOT
from benchmarks.exact import fewest_doors
from benchmarks.table import Row, tell
from onevisit.county import CLASSES, County
from onevisit.draw.form import sha256
from onevisit.draw.freeze import Parties, SignedPlan, freeze_round
from onevisit.draw.frozen import read_frozen
from onevisit.draw.rounds import Round, plan_rounds
from onevisit.draw.select import draw
from onevisit.plan.bound import bounds_of
from onevisit.plan.cells import WHOLE, Cells
from onevisit.plan.merge import Plan, plan_of, propose_merges
from onevisit.plan.moves import propose_moves
from onevisit.plan.tables import Proposals, Rulings
from onevisit.plan.tasks import form_tasks, list_task_items
from onevisit.tables import frame_of
from onevisit.visits.group import with_visits
from onevisit.visits.obligations import obligations_of
from pipelines.settings import read_county

_SEED = "benchmark"
_SECRET = "benchmark"  # noqa: S105 - nothing made with it leaves the machine


@dataclass(frozen=True)
class Setting:
    """What a run measures on; sizes are for the tests to make small."""

    county: County
    year: int
    tables: Mapping[str, pl.DataFrame]
    """plan.submitted, plan.scope, registries.objects, registries.items of a year."""
    clusters: int = 60
    cluster_rows: int = 12
    businesses: int = 8_000_000
    large_rows: int = 132
    repeat: int = 3

    @cached_property
    def plan(self) -> Plan:
        """Return the county's plan without a ruling."""
        return self.planned(self.tables["plan.submitted"])

    def planned(self, submitted: pl.DataFrame) -> Plan:
        """Return a plan of some rows of the county."""
        return plan_of(
            submitted,
            scope=self.tables["plan.scope"].join(submitted, on="plan_row_id", how="semi"),
            objects=self.tables["registries.objects"],
            rules=self.county.plan,
            days=self.county.working_days(self.year),
            rulings=frame_of(Rulings, []),
        )

    @cached_property
    def proposals(self) -> pl.DataFrame:
        """Return the steps of merging the county's plan."""
        return propose_merges(self.plan)

    @cached_property
    def moves(self) -> pl.DataFrame:
        """Return the window moves proposed for it."""
        return propose_moves(self.plan, self.proposals, frame_of(Rulings, []))

    @cached_property
    def alone(self) -> "Drawn":
        """Return what is drawn when every row is a task of its own."""
        return drawn(self, self.tables["plan.submitted"], frame_of(Proposals, []))

    def moved(self) -> pl.DataFrame:
        """Return the plan rows after every move was accepted."""
        rows = self.tables["plan.submitted"]
        for ids, first, last in self.moves.select("plan_rows", "new_starts_on", "new_ends_on").iter_rows():
            is_moved = pl.col("plan_row_id").is_in(ids)
            rows = rows.with_columns(
                starts_on=pl.when(is_moved).then(pl.lit(first)).otherwise("starts_on"),
                ends_on=pl.when(is_moved).then(pl.lit(last)).otherwise("ends_on"),
            )
        return rows


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a plan's draw comes to on site."""

    checks: int
    """Objects drawn, once for each plan row that drew them: the visits when every row goes by itself."""
    visits: int
    """After visit-forming."""
    joint: int
    """Visits of two departments and more."""


def drawn(setting: Setting, submitted: pl.DataFrame, proposals: pl.DataFrame) -> Drawn:
    """Draw every task of a plan by the protocol, form the obligations and the visits, and count."""
    scope, objects = setting.tables["plan.scope"], setting.tables["registries.objects"]
    tasks = form_tasks(submitted, scope=scope, objects=objects, proposals=proposals)
    task_items = list_task_items(tasks, submitted=submitted, items=setting.tables["registries.items"])
    signed = SignedPlan(submitted, scope, tasks, "", "")
    rounds = plan_rounds(
        tasks, [], days=setting.county.working_days(setting.year), days_before=setting.county.draw.days_before_window
    )
    taken = pl.concat([_drawn_in(setting, signed, one) for one in rounds])
    obligations = obligations_of(
        rounds=taken.select("serial").unique().with_columns(state=pl.lit("drawn")),
        drawn=taken,
        batches=taken.select("serial", "task_id", "object_id").unique().with_columns(batch=pl.lit(1, pl.Int64)),
        substitutes=pl.DataFrame(
            schema={"serial": pl.String, "task_id": pl.String, "plan_row_id": pl.String, "lost_id": pl.String,
                    "new_id": pl.String, "number": pl.Int64}
        ),
        tasks=tasks,
        task_items=task_items,
    )  # fmt: skip
    owed = with_visits(obligations, submitted, max_items=setting.county.visits.max_items_per_visit)
    on_site = owed.filter("is_on_site")
    visits = on_site.group_by("visit_id").agg(pl.col("department").n_unique())
    own = submitted.filter("is_on_site").select("plan_row_id")
    return Drawn(
        checks=taken.join(own, on="plan_row_id", how="semi").height,
        visits=visits.height,
        joint=visits.filter(pl.col("department") > 1).height,
    )


def _drawn_in(setting: Setting, signed: SignedPlan, one: Round) -> pl.DataFrame:
    files = freeze_round(
        signed,
        one,
        objects=setting.tables["registries.objects"],
        history=b"",
        rules=setting.county.draw,
        parties=Parties(
            {holder: sha256(holder) for holder in setting.county.draw.chain_holders}, f"{one.draws_on}T10:00:00+08:00"
        ),
        mark_secret=_SECRET,
        staff={},
    )
    serial = one.serial(setting.county.code, setting.year)
    return draw(read_frozen(files), _SEED).select(
        pl.lit(serial).alias("serial"), task_id="task", plan_row_id="item", object_id="id"
    )


def saved(setting: Setting) -> Iterator[Row]:
    """On-site visits saved, counted after the draw and visit-forming; the bound of the same plan beside it."""
    found = drawn(setting, setting.tables["plan.submitted"], setting.proposals)
    share = 1 - found.visits / setting.alone.checks
    expected, most, by_windows = _expected(setting.plan, setting.proposals)
    yield Row(
        "on-site visits saved",
        _what(setting.plan),
        f"{share:.1%}: {found.visits:,} visits instead of {setting.alone.checks:,}; {found.joint:,} joint",
        "≥ 30 %",
        f"rows drawn alone, then formed into visits: {setting.alone.visits:,}",
        share >= 0.30,
    )
    yield Row(
        "share of what any plan could save",
        _what(setting.plan),
        f"{expected / most:.1%}: {expected:.1%} of expected visits saved, {most:.1%} at most",
        "≥ 85 %",
        f"{by_windows:.1%} at most when only windows and rows that stay alone count",
        expected / most >= 0.85,
    )


def moves(setting: Setting) -> Iterator[Row]:
    """The same with every window move that is proposed."""
    rows = setting.moved()
    found = drawn(setting, rows, propose_merges(setting.planned(rows)))
    share = 1 - found.visits / setting.alone.checks
    yield Row(
        "with the window moves proposed",
        _what(setting.plan),
        f"{share:.1%}: {setting.moves.height} moves, {found.visits:,} visits",
        "towards 40 %",
        f"at most {setting.county.plan.merge_max_shift_workdays} working days each",
        share > 1 - drawn(setting, setting.tables["plan.submitted"], setting.proposals).visits / setting.alone.checks,
    )


def oracle(setting: Setting) -> Iterator[Row]:
    """Merging against the exact optimum on clusters of rows that mostly may merge."""
    gaps: list[float] = []
    for ids in _clusters(setting):
        plan = setting.planned(setting.tables["plan.submitted"].filter(pl.col("plan_row_id").is_in(ids)))
        exact = fewest_doors(plan.rows, plan.cells, plan.rules, plan.days)
        groups = plan.grouped(propose_merges(plan))
        gaps.append(sum(plan.doors(rows) for rows in groups.members if rows) / exact - 1)
    mean, worst = statistics.mean(gaps), max(gaps)
    yield Row(
        "gap to the exact optimum",
        f"{len(gaps)} dense clusters of {setting.cluster_rows} rows",
        f"mean {mean:.3%}, worst {worst:.2%}; {sum(gap < 1e-9 for gap in gaps)} exact",
        "mean ≤ 0.1 %, worst ≤ 3 %",
        "",
        mean <= 0.001 and worst <= 0.03,
    )


def seconds(setting: Setting) -> Iterator[Row]:
    """Time of cells and merging of the county's plan."""
    began = time.process_time()
    times = [
        _timed(lambda: propose_merges(setting.planned(setting.tables["plan.submitted"]))) for _ in range(setting.repeat)
    ]
    taken, cpu = statistics.median(times), (time.process_time() - began) / setting.repeat
    one_pass = statistics.median(
        _timed(lambda: setting.tables["plan.scope"].group_by("object_id").len()) for _ in range(setting.repeat)
    )
    yield Row(
        "merging a county's plan",
        f"{_what(setting.plan)}, {setting.tables['plan.scope'].height:,} rows of scope",
        f"{taken:.2f} s ({cpu:.2f} s of processors)",
        "≤ 1 s",
        f"one GROUP BY over the scope {one_pass:.2f} s",
        taken <= 1,
    )


def large(setting: Setting) -> Iterator[Row]:
    """One plan over a whole province's businesses, made up."""
    businesses, rows, inside = _province(setting)
    taken: list[float] = []
    passes: list[float] = []
    cells = Cells([], np.zeros(0, np.int64), np.zeros((0, 0), np.int64), np.zeros((0, 0), np.bool_))
    for _ in range(setting.repeat):
        started = time.perf_counter()
        cells = _cells_of(businesses, rows, inside)
        propose_merges(replace(setting.plan, rows=rows, cells=cells))
        taken.append(time.perf_counter() - started)
        passes.append(_timed(lambda: _grouped(businesses)))
    yield Row(
        "merging one large plan",
        f"{businesses.height:,} made-up businesses, {rows.height} rows, {len(cells.sizes):,} cells",
        f"{statistics.median(taken):.2f} s",
        "≤ 3 s",
        f"one GROUP BY over the businesses {statistics.median(passes):.2f} s",
        statistics.median(taken) <= 3,
    )


def _expected(plan: Plan, proposals: pl.DataFrame) -> tuple[float, float, float]:
    """Return the shares of expected visits saved, at most by the closer bound, at most by windows."""
    bounds = bounds_of(plan.groups(), plan)
    groups, on_site = plan.grouped(proposals), set(plan.on_site)
    doors = sum(plan.doors(rows) for rows in groups.members if rows and on_site.issuperset(rows))
    shares = [1 - fewest / bounds.apart for fewest in (doors, bounds.pairs, bounds.windows)]
    return shares[0], shares[1], shares[2]


def _what(plan: Plan) -> str:
    return f"{plan.rows.height} plan rows, {len(plan.on_site)} on site"


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _clusters(setting: Setting) -> Iterator[list[str]]:
    """Give clusters of rows, each next one drawn by how many of the others it may merge with."""
    plan, random = setting.plan, np.random.default_rng(7)
    groups = plan.groups()
    friends = np.stack([groups.may_join(place) for place in range(plan.rows.height)]).astype(np.int64)
    starts = np.flatnonzero(friends.sum(axis=1) >= min(3, friends.sum(axis=1).max()))
    for _ in range(setting.clusters):
        chosen = [int(random.choice(starts))]
        while len(chosen) < setting.cluster_rows:
            weights = friends[chosen].sum(axis=0)
            weights[chosen] = 0
            if not weights.any():
                break
            chosen.append(int(random.choice(plan.rows.height, p=weights / weights.sum())))
        yield plan.ids(sorted(chosen))


def _province(setting: Setting) -> tuple[pl.DataFrame, pl.DataFrame, list[tuple[str, list[int]]]]:
    """Return made-up businesses, plan rows over them, and per row the attribute and values that it reaches."""
    random = np.random.default_rng(11)
    count = setting.businesses
    businesses = pl.DataFrame(
        {
            "industry": random.integers(0, 96, count, dtype=np.int16),
            "town": random.integers(0, 21, count, dtype=np.int16),
            "tag": random.integers(0, 12, count, dtype=np.int16),
            "credit": random.choice(5, count, p=[0.5, 0.3, 0.1, 0.05, 0.05]).astype(np.int16),
        }
    )
    template = setting.tables["plan.submitted"].filter("is_on_site", ~pl.col("is_exclusive")).sort("plan_row_id")
    picks = random.integers(0, template.height, setting.large_rows)
    rows = template[picks.tolist()].with_columns(
        plan_row_id=pl.format("L-{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(4)),
        rate_bp=pl.Series([[int(rate)] * len(CLASSES) for rate in random.choice([100, 300, 500, 1000], len(picks))]),
    )
    inside = [
        ("industry", sorted(random.choice(96, int(random.integers(1, 8)), replace=False).tolist()))
        if random.random() < 0.8
        else ("tag", [int(random.integers(0, 12))])
        for _ in picks
    ]
    return businesses, rows, inside


def _grouped(businesses: pl.DataFrame) -> pl.DataFrame:
    query = "SELECT industry, town, tag, credit, count(*) AS size FROM businesses GROUP BY ALL ORDER BY ALL"
    with duckdb.connect() as connection:
        connection.register("businesses", businesses)
        return connection.sql(query).pl()


def _cells_of(businesses: pl.DataFrame, rows: pl.DataFrame, inside: Sequence[tuple[str, list[int]]]) -> Cells:
    """Return the cells of the large plan: one pass over the businesses, then what is the same to every row."""
    kinds = _grouped(businesses)
    reached = kinds.select(
        "credit",
        "size",
        *(pl.col(name).is_in(values).alias(f"r{number}") for number, (name, values) in enumerate(inside)),
    )
    flags = [f"r{number}" for number in range(len(inside))]
    cells = reached.group_by("credit", *flags).agg(pl.col("size").sum()).filter(pl.any_horizontal(flags))
    cells = cells.sort("credit", *flags)
    is_inside = cells.select(flags).to_numpy().T.astype(np.bool_)
    rates = np.array([rate[0] for rate in rows["rate_bp"]], dtype=np.int64)[:, None] * (WHOLE // 10_000) * is_inside
    return Cells(rows["plan_row_id"].to_list(), cells["size"].cast(pl.Int64).to_numpy(), rates, is_inside)


ROWS: dict[str, Callable[[Setting], Iterator[Row]]] = {
    "saved": saved,
    "moves": moves,
    "oracle": oracle,
    "seconds": seconds,
    "large": large,
}

app = typer.Typer(add_completion=False)


@app.command()
def main(
    tables: Annotated[Path, typer.Argument(help="One year's exports folder, as `onevisit run plan` leaves it.")],
    *,
    rows: Annotated[str, typer.Option(help=f"Rows to measure: {', '.join(ROWS)}.")] = ",".join(ROWS),
    clusters: Annotated[int, typer.Option(help="Clusters of the row oracle.")] = 60,
    businesses: Annotated[int, typer.Option(help="Businesses of the row large.")] = 8_000_000,
    repeat: Annotated[int, typer.Option(help="How often times are taken; the median counts.")] = 3,
    county: Annotated[Path, typer.Option(help="Settings of the county.")] = ROOT / "county",
    output: Annotated[Path | None, typer.Option(help="File for the table; else it is printed.")] = None,
) -> None:
    """Measure merging and print the table as Markdown; exit 1 when a figure is not reached.

    Example: python -m benchmarks.merging data/exports/2027 --rows saved,moves
    """
    names = ("plan.submitted", "plan.scope", "registries.objects", "registries.items")
    setting = Setting(
        county=read_county(county),
        year=int(tables.name),
        tables={name: pl.read_parquet(tables / f"{name}.parquet") for name in names},
        clusters=clusters,
        businesses=businesses,
        repeat=repeat,
    )
    found = [row for name in rows.split(",") for row in ROWS[name](setting)]
    tell(found, "benchmarks.merging", output)


if __name__ == "__main__":
    app()
