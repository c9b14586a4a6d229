"""Staff of a round: what its visits ask for, who may be sent and who stays away, frozen before the seed is known.

Whoever could change a list of people after the draw could choose the team. So the lists are frozen with
the objects (protocol, section 1: demand rules, people, recusals), and teams and experts are drawn from
what was frozen, whatever the registries say later. People stand in them by their commitments.

| file | fields |
| --- | --- |
| `demands.tsv` | task, item (the plan row), code (on the list), department, people, expert 0/1, qualification or `-` |
| `people.tsv` | department, person, code, qualified for it 0/1, last day of the certificate in the year |
| `fields.tsv` | code, object id, field of which an expert must be |
| `experts.tsv` | expert, field |
| `recusals.tsv` | person or expert, object id |
| `lent.tsv` | pool's place in the settings, pool, seats it lends a year or `-`, department, then as in `people.tsv` |

`lent.tsv` is there where neighbours lend people (片区). Nobody of the county's own registers is in it, and
nobody twice: whoever two pools or departments list is lent by the first.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from onevisit.draw.form import CODE, HASH, NUMBER, OBJECT_ID, TEXT, read_rows, tsv_of
from onevisit.draw.frozen import LENT_FILE
from onevisit.errors import Problem, RefusedError, problem
from onevisit.registries.inspectors import sendable
from onevisit.registries.tables import Lent
from onevisit.tables import frame_of
from onevisit.visits.lots import commitment

NONE = "-"
FLAG = "[01]"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

COLUMNS: dict[str, dict[str, str]] = {
    "demands.tsv": {
        "task": CODE,
        "item": CODE,
        "code": CODE,
        "department": CODE,
        "seats": NUMBER,
        "expert": FLAG,
        "qualification": TEXT,
    },
    "experts.tsv": {"name": HASH, "field": TEXT},
    "fields.tsv": {"code": CODE, "id": OBJECT_ID, "field": TEXT},
    "people.tsv": {"department": CODE, "name": HASH, "code": CODE, "is_qualified": FLAG, "valid_to": DAY},
    "recusals.tsv": {"name": HASH, "id": OBJECT_ID},
}
"""File -> its fields and their forms."""

LENT_COLUMNS = {"rank": NUMBER, "pool": TEXT, "most": f"(?:-|{NUMBER})", **COLUMNS["people.tsv"]}
"""The fields of `lent.tsv`."""

_EXPERT = "expert|{}"
"""What an expert's commitment is of: an expert's number may be somebody's certificate number."""

PERSON_GONE, EXPERT_GONE = "P-离库-", "E-离库-"
"""Before the commitment of somebody who is on no register any more."""
PERSON_LENT = "P-片区-"
"""Before the commitment of somebody lent: ids are minted for the county's own people only."""


def lent_id(name: str) -> str:
    """Return the id of somebody whom a pool lends, from the commitment."""
    return f"{PERSON_LENT}{name[:8]}"


def _lent_frame() -> pl.DataFrame:
    text, number = pl.String(), pl.Int64()
    schema = {"rank": number, "pool": text, "most": number, **dict.fromkeys(("department", "name", "code"), text)}
    return pl.DataFrame(schema={**schema, "is_qualified": pl.Boolean(), "valid_to": pl.Date(), "person_id": text})


@dataclass(frozen=True, slots=True)
class Registers:
    """What a round's staff is taken from at the freeze."""

    items: pl.DataFrame
    objects: pl.DataFrame
    inspectors: pl.DataFrame
    sources: pl.DataFrame
    experts: pl.DataFrame
    recusals: pl.DataFrame
    lent: pl.DataFrame = field(default_factory=lambda: frame_of(Lent, []))
    """Table `registries.lent`."""


@dataclass(frozen=True, slots=True)
class Staff:
    """The frozen staff of one round; frames of the columns of `COLUMNS`, departments by their Chinese names."""

    demands: pl.DataFrame
    people: pl.DataFrame
    """With `person_id`."""
    fields: pl.DataFrame
    experts: pl.DataFrame
    """With `expert_id`."""
    avoided: Mapping[str, frozenset[str]]
    """Person or expert, by commitment -> objects to stay away from."""
    lent: pl.DataFrame = field(default_factory=_lent_frame)
    """Of the columns of `LENT_COLUMNS`, with `person_id`."""


def staff_files(
    registers: Registers,
    *,
    task_items: pl.DataFrame,
    scope: pl.DataFrame,
    seat_count: int,
    year: int,
    department_keys: Mapping[str, str],
    secret: str,
) -> dict[str, bytes]:
    """Return the files of a round's staff.

    Args:
        registers: the registries as they stand at the freeze.
        task_items: the round's share of the plan's task items; only what is checked at the door needs people.
        scope: plan_row_id and object_id of the plan.
        seat_count: people per department and visit.
        year: the plan year; a certificate that outlasts it counts as ending with it: its last day tells whose it is.
        department_keys: full Chinese name -> ASCII key.
        secret: the year's secret, which salts commitments.

    Raises RefusedError (D001-D008) when a register holds what no frozen file may hold.
    """
    demands = _demands(registers.items, task_items, seat_count, department_keys)
    reach = scope.join(demands, left_on="plan_row_id", right_on="item")
    fields = _fields(registers, reach)
    people = _people(registers, demands, department_keys, secret, last=dt.date(year, 12, 31))
    wanted = fields["field"].unique().to_list()
    experts = (
        registers.experts.filter("is_valid", pl.col("specialty").is_in(wanted))
        .select(name=_committed(pl.format(_EXPERT, "expert_id"), secret), field="specialty")
        .unique()
    )
    objects = reach["object_id"].unique().to_list()
    lent = _lent(registers, demands, department_keys, secret, last=dt.date(year, 12, 31))
    names = [*people["name"], *experts["name"], *lent["name"]]
    recusals = (
        registers.recusals.with_columns(name=_names(registers.recusals, registers, secret))
        .filter(pl.col("name").is_in(names), pl.col("object_id").is_in(objects))
        .select("name", id="object_id")
        .unique()
    )
    frames = {
        "demands.tsv": demands,
        "experts.tsv": experts,
        "fields.tsv": fields,
        "people.tsv": people,
        "recusals.tsv": recusals,
    }
    files = {name: tsv_of(frame.select(list(COLUMNS[name]))) for name, frame in frames.items()}
    if not lent.is_empty():
        files[LENT_FILE] = tsv_of(lent.select(list(LENT_COLUMNS)))
    _read(files)
    return files


def read_staff(
    files: Mapping[str, bytes],
    *,
    departments: Mapping[str, str],
    ids: Mapping[str, str],
    avoided: Mapping[str, frozenset[str]],
) -> Staff:
    """Return the staff that was frozen.

    Args:
        files: the evidence of the round.
        departments: ASCII key -> full Chinese name.
        ids: commitment -> today's id of a person or an expert.
        avoided: commitment -> objects, of recusals that were told after the freeze.

    Raises RefusedError (D001-D011) for files in another form.
    """
    frames = _read(files)
    # A department that is gone from the settings keeps its key: who is missing is then a named shortage.
    by_name = pl.col("department").replace(dict(departments))
    frozen = frames["recusals.tsv"].group_by("name").agg("id").rows()
    both = {name: frozenset(objects) | avoided.get(name, frozenset()) for name, objects in frozen}
    return Staff(
        demands=frames["demands.tsv"].with_columns(by_name, pl.col("seats").cast(pl.Int64), _is_set("expert")),
        people=frames["people.tsv"].with_columns(
            by_name, _is_set("is_qualified"), pl.col("valid_to").str.to_date(), person_id=_id_today(ids, PERSON_GONE)
        ),
        fields=frames["fields.tsv"],
        experts=frames["experts.tsv"].with_columns(expert_id=_id_today(ids, EXPERT_GONE)),
        avoided={**avoided, **both},
        lent=frames[LENT_FILE].with_columns(
            by_name,
            _is_set("is_qualified"),
            pl.col("rank").cast(pl.Int64),
            pl.col("most").replace(NONE, None).cast(pl.Int64),
            pl.col("valid_to").str.to_date(),
            person_id=pl.format(PERSON_LENT + "{}", pl.col("name").str.head(8)),
        ),
    )


def ids_of(inspectors: pl.DataFrame, experts: pl.DataFrame, *, secret: str) -> dict[str, str]:
    """Return commitment -> id of everybody on the registers today; a certificate number of two people is nobody's."""
    numbered = inspectors.drop_nulls("certificate_no").filter(pl.col("certificate_no").is_unique())
    known = [
        *numbered.select("certificate_no", "person_id").iter_rows(),
        *((_EXPERT.format(one), one) for one in experts["expert_id"]),
    ]
    return {commitment(secret, number): one for number, one in known}


def _read(files: Mapping[str, bytes]) -> dict[str, pl.DataFrame]:
    missing = [problem("D011", file=name) for name in COLUMNS if name not in files]
    if missing:
        raise RefusedError(missing)
    problems: list[Problem] = []
    frames = {name: read_rows(name, files[name], columns, problems).drop("row") for name, columns in COLUMNS.items()}
    frames[LENT_FILE] = read_rows(LENT_FILE, files.get(LENT_FILE, b""), LENT_COLUMNS, problems).drop("row")
    if problems:
        raise RefusedError(problems)
    return frames


def _demands(
    items: pl.DataFrame, task_items: pl.DataFrame, seat_count: int, department_keys: Mapping[str, str]
) -> pl.DataFrame:
    return (
        task_items.filter("is_on_site")
        .join(items.select("item_code", "qualification", "is_expert_needed"), on="item_code")
        .select(
            task="task_id",
            item="plan_row_id",
            code="item_code",
            department=pl.col("department").replace_strict(dict(department_keys), return_dtype=pl.String),
            seats=pl.lit(seat_count),
            expert=pl.col("is_expert_needed").cast(pl.Int8),
            qualification=pl.col("qualification").fill_null(NONE),
        )
        .unique()
    )


def _fields(registers: Registers, reach: pl.DataFrame) -> pl.DataFrame:
    """Return the fields an item calls for at an object.

    A tag that item and object share; where they share none, one of the item's, and where the item has
    none, one of the object's.
    """
    calling = reach.filter(pl.col("expert") == 1).select("code", id="object_id").unique()
    both = calling.join(registers.items.select(code="item_code", item_tags="tags"), on="code").join(
        registers.objects.select(id="object_id", tags="tags"), on="id"
    )
    common = pl.col("item_tags").list.set_intersection("tags")
    fields = pl.coalesce(
        pl.when(tags.list.len() > 0).then(tags) for tags in (common, pl.col("item_tags"), pl.col("tags"))
    )
    return both.select("code", "id", field=fields).explode("field", empty_as_null=False).drop_nulls("field").unique()


def _people(
    registers: Registers, demands: pl.DataFrame, department_keys: Mapping[str, str], secret: str, *, last: dt.date
) -> pl.DataFrame:
    return _able(sendable(registers.inspectors, registers.sources), demands, department_keys, secret, last=last)


def _lent(
    registers: Registers, demands: pl.DataFrame, department_keys: Mapping[str, str], secret: str, *, last: dt.date
) -> pl.DataFrame:
    own = registers.inspectors["certificate_no"].drop_nulls().to_list()
    strangers = registers.lent.filter("is_eligible", ~pl.col("certificate_no").is_in(own)).rename(
        {"max_seats": "most", "item_codes": "scope"}
    )
    listed = _able(strangers, demands, department_keys, secret, last=last, more=("rank", "pool", "most"))
    first = listed.sort("rank", "department").unique("name", keep="first", maintain_order=True)
    return listed.join(first.select("rank", "department", "name"), on=["rank", "department", "name"]).with_columns(
        pl.col("most").cast(pl.String).fill_null(NONE)
    )


def _able(
    people: pl.DataFrame,
    demands: pl.DataFrame,
    department_keys: Mapping[str, str],
    secret: str,
    *,
    last: dt.date,
    more: Sequence[str] = (),
) -> pl.DataFrame:
    asked = demands.select("department", "code", "qualification").unique()
    is_qualified = (pl.col("qualification") == NONE) | pl.col("qualifications").list.contains(pl.col("qualification"))
    return (
        people.with_columns(pl.col("department").replace_strict(dict(department_keys), return_dtype=pl.String))
        .rename({"scope": "code"})
        .explode("code", empty_as_null=False)
        .join(asked, on=["department", "code"])
        .select(
            *more,
            "department",
            "code",
            name=_committed(pl.col("certificate_no"), secret),
            is_qualified=is_qualified.cast(pl.Int8),
            valid_to=pl.min_horizontal("certificate_valid_to", pl.lit(last)),
        )
        .unique()
    )


def _names(recusals: pl.DataFrame, registers: Registers, secret: str) -> pl.Series:
    """Return the commitment of each recusal's person or expert; null where nobody has it."""
    name_of = {one: name for name, one in ids_of(registers.inspectors, registers.experts, secret=secret).items()}
    lent = [commitment(secret, number) for number in registers.lent["certificate_no"]]
    name_of |= {lent_id(name): name for name in lent}
    who = recusals.select(pl.coalesce("person_id", "expert_id")).to_series()
    return who.replace_strict(name_of, default=None, return_dtype=pl.String)


def _committed(number: pl.Expr, secret: str) -> pl.Expr:
    return number.map_elements(lambda number: commitment(secret, number), return_dtype=pl.String)


def _id_today(ids: Mapping[str, str], gone: str) -> pl.Expr:
    label = pl.format(gone + "{}", pl.col("name").str.head(8))
    return pl.col("name").replace_strict(dict(ids), default=label, return_dtype=pl.String)


def _is_set(column: str) -> pl.Expr:
    return pl.col(column) == "1"
