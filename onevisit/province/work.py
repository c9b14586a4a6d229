"""What a stage of one county is made from, whichever engine hands it over.

A county travels as parcels, name -> bytes, so that a process, an Arrow table or a folder can carry it:

| parcel | content |
| --- | --- |
| `order.json` | year, stages to run, the secret, seeds of rounds, the scripted clock of a drill, the code version |
| `county/…` | the settings folder |
| `inbox/<department>/<file>` | what a department handed in |
| `filings/<file>.parquet` | rows read elsewhere, of the form of `FiledRows`, in place of the inbox |
| `pools/<neighbour>/<department>/<file>` | a neighbour's lists of people |
| `decisions.jsonl` | the decision log |
| `made/<stage>/<table>.parquet` | what an earlier stage made |
| `before/<stage>/<table>.parquet` | what an earlier year hands on |
| `before/decisions/<year>.jsonl` | the decision log of an earlier year |
"""

import io
import json
import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import polars as pl

from onevisit.county import County, Demonstration, parse_county
from onevisit.decisions import Decision, decoded, parse_log
from onevisit.filings.intake import Document
from onevisit.province.tables import stage_of
from onevisit.tables import Table, conform, fitted, frame_of, table_of

Parcels = Mapping[str, bytes]
Tables = dict[str, pl.DataFrame]
"""`<stage>/<table>` -> rows."""
DecisionLogs = list[tuple[int, list[Decision]]]
"""(year, decision log), oldest first."""

ORDER = "order.json"


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for, beside the county's own files."""

    year: int
    stages: tuple[str, ...]
    secret: str = field(repr=False)
    """Salts digests of ID numbers and commitments of persons."""
    seeds: Mapping[int, str] = field(default_factory=dict[int, str], repr=False)
    """Seeds of a drill's rounds, by number; 0 is for every other round."""
    today: str = ""
    """The scripted day of a drill, ISO; none = the county's own."""
    code: str = ""
    """The version of the rules that is asked for."""
    entries: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """What lies in the inbox: name -> whether it is a folder."""
    hindrances: Mapping[str, str] = field(default_factory=dict[str, str])
    """Parcel of a document that was not opened -> code of why."""

    def content(self) -> bytes:
        """Return the order as a parcel."""
        seeds = {str(number): seed for number, seed in sorted(self.seeds.items())}
        return json.dumps(asdict(self) | {"seeds": seeds}, sort_keys=True).encode()

    @classmethod
    def of(cls, content: bytes) -> "Order":
        """Return an order from its parcel."""
        told = json.loads(content)
        seeds = {int(number): seed for number, seed in told["seeds"].items()}
        return cls(**told | {"stages": tuple(told["stages"]), "seeds": seeds})


Seconds = dict[str, tuple[float, float]]
"""Part of a stage -> seconds by the clock, seconds of processors."""


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier years hand on to a county's year; nothing to its first."""

    tables: Mapping[str, pl.DataFrame] = field(default_factory=Tables)
    logs: DecisionLogs = field(default_factory=DecisionLogs)

    def read(self, model: type[Table]) -> pl.DataFrame:
        """Return a table of an earlier year, empty when none is handed on."""
        name = name_of(model)
        return fitted(model, self.tables[name]) if name in self.tables else frame_of(model, [])


@dataclass(frozen=True, slots=True)
class Work:
    """One county as its stages see it; `tables` and `seconds` grow as they run."""

    order: Order
    county: County
    inbox: Mapping[str, list[Document]]
    """Department -> its documents."""
    filed: pl.DataFrame | None
    """Rows read elsewhere, in place of the inbox."""
    pools: Mapping[tuple[str, str], list[Document]]
    """(neighbour, department) -> its documents."""
    log: list[Decision]
    before: Before
    tables: Tables
    seconds: Seconds = field(default_factory=Seconds)

    @property
    def year(self) -> int:
        """The plan year."""
        return self.order.year

    @property
    def logs(self) -> DecisionLogs:
        """This year's decision log and those of all years before."""
        return [*self.before.logs, (self.year, self.log)]

    def read(self, model: type[Table]) -> pl.DataFrame:
        """Return a table that was made before; KeyError when it was not."""
        return self.tables[name_of(model)]

    @contextmanager
    def timed(self, part: str) -> Generator[None]:
        """Keep how long a part of a stage takes."""
        started, used = time.perf_counter(), time.process_time()
        yield
        self.seconds[part] = time.perf_counter() - started, time.process_time() - used

    def keep(self, made: Mapping[type[Table], pl.DataFrame]) -> list[str]:
        """Keep what a stage made, each as its model says; return the tables' names."""
        kept = {name_of(model): conform(model, frame) for model, frame in made.items()}
        self.tables.update(kept)
        return list(kept)


def name_of(model: type[Table]) -> str:
    """Return `<stage>/<table>` of a model."""
    return f"{stage_of(model)}/{table_of(model)}"


def work_of(parcels: Parcels) -> Work:
    """Return a county's work from its parcels, in whichever order they came.

    Raises RefusedError: the settings are wrong (C001-C014), a decision log is broken (P060).
    """
    order = Order.of(parcels[ORDER])
    under = _by_first(parcels)
    county = parse_county({name: data.decode("utf-8-sig") for name, data in sorted(under["county"].items())})
    if order.seeds:
        county = _drill(county, order)
    inbox: dict[str, list[Document]] = defaultdict(list)
    pools: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for name, data in sorted(under["inbox"].items()):
        department, _, file = name.partition("/")
        inbox[department].append(Document(file, data, order.hindrances.get(f"inbox/{name}", "")))
    for name, data in sorted(under["pools"].items()):
        neighbour, department, file = name.split("/", 2)
        pools[neighbour, department].append(Document(file, data, order.hindrances.get(f"pools/{name}", "")))
    filings = [pl.read_parquet(data) for _, data in sorted(under["filings"].items())]
    return Work(
        order,
        county,
        inbox,
        pl.concat(filings, how="vertical_relaxed") if filings else None,
        pools,
        parse_log(decoded(parcels.get("decisions.jsonl", b""))),
        Before(
            dict(_frames(under["before"])),
            [
                (int(name.removeprefix("decisions/").removesuffix(".jsonl")), parse_log(decoded(data)))
                for name, data in sorted(under["before"].items())
                if name.startswith("decisions/")
            ],
        ),
        dict(_frames(under["made"])),
    )


def parquet(frame: pl.DataFrame) -> bytes:
    """Return a frame as the bytes of a Parquet file."""
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd")
    return content.getvalue()


def _frames(parcels: Parcels) -> Iterator[tuple[str, pl.DataFrame]]:
    for name, data in sorted(parcels.items()):
        if name.endswith(".parquet"):
            yield name.removesuffix(".parquet"), pl.read_parquet(data)


def _by_first(parcels: Parcels) -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for name, data in parcels.items():
        first, _, rest = name.partition("/")
        found[first][rest] = data
    return found


def _drill(county: County, order: Order) -> County:
    """Return a county whose ceremony is scripted: its seed stands in the order, everything it draws is marked 示例."""
    own = county.demonstration
    script = Demonstration.model_validate(
        {
            "seed": order.seeds.get(0, own.seed if own else order.seeds[min(order.seeds)]),
            "today": order.today or (own.today if own else f"{order.year}-12-31"),
            "sample_years": own.sample_years if own else [],
        }
    )
    return county.model_copy(update={"demonstration": script})
