"""The chapters of the report, each made of its tables alone.

Every sentence carries a figure or names one; where there is nothing to tell, a chapter says so.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.county import County, Registry
from onevisit.registries.object_kinds import THINGS
from onevisit.supervision.background import Background, recusal_shortages
from onevisit.supervision.grids import Chapter, Grid, Value, grid
from onevisit.supervision.measures import OFFICE, REGISTRY_TITLES, WHOLE_COUNTY, Measure
from onevisit.supervision.mending import CLOSED
from onevisit.supervision.problems import DRIFT_CODES
from onevisit.supervision.scores import percent
from onevisit.supervision.tables import STATES
from onevisit.supervision.towns import NOWHERE, town_flows
from onevisit.text import chinese_day

TREND = {
    "objects.accepted": "对象采用率",
    "objects.code_valid": "代码有效",
    "objects.fresh": "按期更新",
    "objects.single": "不重复",
    "inspectors.certificate_valid": "执法证有效",
    "inspectors.pair": "事项够两人",
    "items.recorded": "清单一致",
}
"""Measures that are followed over the years, and what their column is called."""
TREND_YEARS = 5
OFF_LIST = "P003"
"""Why a plan row is refused that names an item the list of record does not have."""
NO_TEAM = "P144"
"""A door of the plan for which a department cannot form a team."""
_DRIFT_TITLES = {
    "not_on_record": "清单外事项",
    "not_filed": "漏报的事项",
    "other_department": "属于其他部门的事项",
    "name": "名称不一致",
    "tier": "类别不一致",
    "ratio": "抽查比例及频次不一致",
    "qualification": "检查人员要求不一致",
}
_DUPLICATE_TITLES = {
    "likely_same": "可能是同一对象",
    "suspect_code": "代码可疑",
    "two_codes": "两个代码",
    "two_ids": "两个编号",
}
_CHANGE_TITLES = {"recoded": "代码变更", "renamed": "改名", "moved": "迁址", "state": "登记状态变化"}
_JUDGEMENT_TITLES = {"same": "同一对象", "different": "不同对象", "unsure": "说不清"}


@dataclass(frozen=True, slots=True)
class Told:
    """What the chapters are made of."""

    county: County
    year: int
    today: dt.date
    measures: Sequence[Measure]
    scores: pl.DataFrame
    expectations: pl.DataFrame
    follow_ups: pl.DataFrame
    objects: pl.DataFrame
    """The frame of the grain `objects` in `records.py`."""
    around: Background

    def counts(self, department: str, key: str) -> tuple[int, int]:
        """Return how many rows fail a measure, and how many were looked at; 0 where it was not asked."""
        found = self.scores.filter(pl.col("department") == department, pl.col("key") == key)
        numerator, denominator = found.select("numerator", "denominator").sum().row(0)
        return denominator - numerator, denominator

    @property
    def departments(self) -> tuple[str, ...]:
        """Return the whole county and its departments, as tables show them."""
        return (WHOLE_COUNTY, *self.county.department_names)


def object_chapter(told: Told) -> Chapter:
    """Return the chapter on 检查对象名录库 (policy III.3.1)."""
    return Chapter(
        REGISTRY_TITLES["objects"],
        _unmet(told, "objects"),
        (_digest(told, "objects"), _duplicates(told), _correspondence(told), _kinds(told), _towns(told)),
    )


def inspector_chapter(told: Told) -> Chapter:
    """Return the chapter on 执法检查人员名录库 and the experts (policy III.3.2 and IV.1)."""
    experts, items = told.around.experts, told.around.registers.items.filter("is_expert_needed")
    fields = experts.filter("is_valid")["specialty"].to_list()
    matched = items.filter(pl.col("tags").list.set_intersection(fields).list.len() > 0).height
    words = (
        f"专家名录库有专家{experts.height:,}名，状态有效{experts.filter('is_valid').height:,}名；"
        f"需要专家参加的事项{items.height:,}项，其中{matched:,}项有对口专业的专家。"
    )
    return Chapter(
        REGISTRY_TITLES["inspectors"],
        (*_unmet(told, "inspectors"), words),
        (_digest(told, "inspectors"), _staffing(told)),
    )


def item_chapter(told: Told) -> Chapter:
    """Return the chapter on the list of items and the plan made of it (policy III.2, III.4 and III.5)."""
    return Chapter(
        "随机抽查事项清单和年度抽查计划",
        (*_unmet(told, "items"), *_unmet(told, "plan")),
        (_digest(told, "items", "plan"), _off_list(told), _drift(told), _items_of_departments(told)),
    )


def change_chapter(told: Told) -> Chapter:
    """Return the chapter on dynamic management: what the year changed."""
    if told.around.objects_before.is_empty():
        return Chapter("动态管理", (f"没有{told.year - 1}年度的名录，今年不比较变动。",))
    kinds = dict(told.around.changes.group_by("change").len().iter_rows())
    others = "、".join(f"{title}{kinds.get(kind, 0):,}户" for kind, title in _CHANGE_TITLES.items())
    return Chapter(
        "动态管理",
        (f"不影响户数的变动：{others}。",),
        (_waterfall(told, kinds), _changes_of_towns(told), _changes_of_departments(told)),
    )


def trend_chapter(told: Told) -> Chapter:
    """Return the chapter on how the county's figures went over the years."""
    years = sorted(told.around.scores_by_year)[-TREND_YEARS:]
    rows = [[f"{year}年度", *(_ratio(told.around.scores_by_year[year], key) for key in TREND)] for year in years]
    only = () if len(years) > 1 else (f"目前只有{told.year}年度的督查结果，自下一年度起可以比较。",)
    columns = [("年度", 24), *((title, 18) for title in TREND.values())]
    return Chapter("历年趋势", only, (grid("全县主要指标合格率", columns, rows),))


def problem_chapter(told: Told) -> Chapter:
    """Return the chapter on what is to be mended now, by department and by rule."""
    current = told.follow_ups.filter(pl.col("state") != CLOSED)
    if current.is_empty():
        return Chapter("待整改问题", ("没有待整改的问题。",))
    overdue = current.filter(pl.col("due_on") < told.today).height
    dues: list[dt.date] = current.filter(pl.col("found_year") == told.year)["due_on"].to_list()
    words = (
        f"待整改问题{current.height:,}条，其中上年遗留{current.filter(pl.col('found_year') < told.year).height:,}条、"
        f"已过整改期限{overdue:,}条"
        + (f"；今年发现的，整改期限为{chinese_day(max(dues))}。" if dues else "。")
        + "全部问题逐条列在工作簿的“问题清单”中，每个部门和联席会议办公室另有整改通知和整改清单。",
    )
    return Chapter("待整改问题", words, (_states(told), _rules(told, current)))


def closure_chapter(told: Told) -> Chapter:
    """Return the chapter on what became of last year's problems."""
    last = told.follow_ups.filter(pl.col("found_year") == told.year - 1)
    if last.is_empty():
        return Chapter("上年整改", (f"没有{told.year - 1}年度的督查结果，不计算销号率。",))
    rows = [
        _closure(name, last if name == WHOLE_COUNTY else last.filter(pl.col("department") == name))
        for name in told.departments
    ]
    columns = [("部门", 52), ("上年问题", 26), ("已销号", 26), ("仍存在", 26), ("销号率", 26)]
    note = "“全县”一行为合计，含没有责任部门的全县性问题。已销号是指今年的数据不再有这条问题。"
    return Chapter("上年整改", (), (grid("上年问题整改情况", columns, rows, note=note, chart="bars", charted=4),))


def method_chapter(told: Told, words: tuple[str, ...]) -> Chapter:
    """Return the chapter on method, data and fingerprints."""
    rows = [[title, count, digest[:16]] for title, (count, digest) in told.around.fingerprints.items()]
    note = f"全部数据的指纹（SHA-256）：{told.around.fingerprint}。数据改动一处，指纹就不同。"
    columns = [("数据表", 66), ("行数", 30), ("指纹（前16位）", 60)]
    return Chapter("方法和口径", words, (grid("所用数据", columns, rows, note=note),))


def _unmet(told: Told, registry: Registry) -> tuple[str, ...]:
    short = told.expectations.filter(
        ~pl.col("is_met"), pl.col("department") == WHOLE_COUNTY, pl.col("registry") == registry
    ).sort(pl.col("threshold") - pl.col("observed"), "key", descending=[True, False])
    if short.is_empty():
        return (f"{REGISTRY_TITLES[registry]}的各项指标，全县合计都达标。",)
    names = "；".join(
        f"{row['measure']}{percent(row['observed'])}（要求{percent(row['threshold'])}，{row['unexpected_count']:,}行不符）"
        for row in short.iter_rows(named=True)
    )
    return (f"{REGISTRY_TITLES[registry]}有{short.height}项指标全县合计未达标：{names}。",)


def _digest(told: Told, *registries: Registry) -> Grid:
    rows = [_digest_row(told, measure) for measure in told.measures if measure.registry in registries]
    columns = [
        ("指标", 41),
        ("总数", 16),
        ("不合格", 15),
        ("合格率", 15),
        ("要求", 13),
        ("未达标部门", 16),
        ("最低的部门", 40),
    ]
    name = "、".join(REGISTRY_TITLES[registry] for registry in registries)
    return grid(
        f"{name}各项指标",
        columns,
        rows,
        note="按全县合计；“未达标部门”按各部门自己的要求计算。",
        chart="bars",
        charted=3,
    )


def _digest_row(told: Told, measure: Measure) -> list[Value]:
    failing, total = told.counts(WHOLE_COUNTY, measure.key)
    own = told.expectations.filter(pl.col("key") == measure.key, pl.col("department") != WHOLE_COUNTY)
    lowest = own.drop_nulls("observed").filter(pl.col("observed") < 1).sort("observed", "department").head(1)
    return [
        measure.title,
        total,
        failing,
        percent((total - failing) / total if total else None),
        percent(told.county.review.share(measure.registry, measure.name)),
        None if measure.is_county_wide else own.filter(~pl.col("is_met")).height,
        f"{lowest['department'].item()} {percent(lowest['observed'].item())}" if lowest.height else None,
    ]


def _duplicates(told: Told) -> Grid:
    around = told.around
    asked = dict(around.registers.duplicates.group_by("kind").len().iter_rows())
    held = around.judgements.filter("is_in_effect")
    judged = dict(held.group_by("judgement").len().iter_rows())
    repeated, _ = told.counts(WHOLE_COUNTY, "objects.single")
    rows: list[list[Value]] = [
        ["确定", "各部门名录中是同一对象、已经合并的行", around.merged_count],
        ["确定", "其中同一部门内重复列入的行", repeated],
        *(["疑似", f"待部门判断：{title}（对）", asked.get(kind, 0)] for kind, title in _DUPLICATE_TITLES.items()),
        *(["已判断", f"部门判为{title}（对）", judged.get(ruling, 0)] for ruling, title in _JUDGEMENT_TITLES.items()),
    ]
    note = (
        f"合并后共有检查对象{around.registers.objects.height:,}户，来自{around.registers.object_sources.height:,}行。"
    )
    return grid("重复对象", [("类别", 26), ("情况", 94), ("数量", 36)], rows, note=note)


def _correspondence(told: Told) -> Grid:
    keys = ("objects.item", "objects.tags", "items.objects", "objects.state", "objects.fresh", "objects.phone_form")
    rows = [
        [name, told.counts(name, "objects.item")[1], *(told.counts(name, key)[0] for key in keys)]
        for name in told.departments
    ]
    columns = [
        ("部门", 41), ("存续对象", 19), ("没有对应事项", 16), ("没有监管标签", 16), ("没有对象的事项", 16),
        ("已退出仍列存续", 16), ("未按期更新", 16), ("电话格式不对", 16),
    ]  # fmt: skip
    note = "除“没有对象的事项”按项计算外，都按各部门名录的行计算。"
    return grid("对象与事项对应、标签和更新情况", columns, rows, note=note)


def _kinds(told: Told) -> Grid:
    objects = told.around.registers.objects
    kinds = objects.group_by("object_kind").agg(
        count=pl.len(), living=pl.col("is_living").sum(), alone=pl.col("subject_id").is_null().sum()
    )
    order = kinds.sort(pl.col("object_kind").is_in(THINGS), "count", "object_kind", descending=[False, True, False])
    rows = [
        [kind, "客体" if kind in THINGS else "主体", count, living, alone if kind in THINGS else None]
        for kind, count, living, alone in order.iter_rows()
    ]
    columns = [("对象类别", 40), ("主体或客体", 28), ("数量", 28), ("其中存续", 28), ("没有责任主体", 32)]
    return grid("主体和客体", columns, rows, note="产品、项目、行为是客体，应有对其负责的主体。")


def _towns(told: Told) -> Grid:
    registers = told.around.registers
    pairs = pl.concat([registers.duplicates.select(object_id=side) for side in ("left_id", "right_id")]).unique()
    marked = registers.objects.with_columns(
        town=pl.col("town").fill_null(NOWHERE),
        in_doubt=pl.col("object_id").is_in(pairs["object_id"].implode()),
        is_coded=pl.col("uscc").is_not_null() | pl.col("object_kind").is_in(THINGS),
    )
    by_town = {town: rows for (town,), rows in marked.group_by("town")}
    listed = [*told.county.towns, *([NOWHERE] if NOWHERE in by_town else [])]
    rows = [_town_row("合计", marked), *(_town_row(town, by_town.get(town, marked.clear())) for town in listed)]
    columns = [
        ("镇（街道）", 40),
        ("检查对象", 29),
        ("其中存续", 29),
        ("无信用代码", 29),
        ("疑似重复", 29),
    ]
    note = (
        "按合并后的对象计算；各镇（街道）协助部门核实属地和存续情况。产品、项目、行为没有自己的代码，不算无信用代码。"
    )
    return grid("各镇（街道）检查对象", columns, rows, note=note, chart="bars")


def _town_row(town: str, rows: pl.DataFrame) -> list[Value]:
    in_town = rows.select(
        pl.len(),
        pl.col("is_living").sum(),
        (~pl.col("is_coded")).sum(),
        pl.col("in_doubt").sum(),
    )
    return [town, *in_town.row(0)]


def _staffing(told: Told) -> Grid:
    pair = told.county.visits.inspectors_per_department
    short = recusal_shortages(told.around, told.objects, pair=pair).unique(["department", "item_code"])
    after_recusal = dict(short.group_by("department").len().iter_rows())
    rows: list[list[Value]] = []
    for name in told.departments:
        own = (
            told.around.capacity if name == WHOLE_COUNTY else told.around.capacity.filter(pl.col("department") == name)
        )
        unable, officers = told.counts(name, "inspectors.eligible")
        rows.append(
            [
                name,
                officers,
                officers - unable,
                told.counts(name, "inspectors.pair")[0],
                sum(after_recusal.values()) if name == WHOLE_COUNTY else after_recusal.get(name, 0),
                own.filter(pl.col("code") == NO_TEAM).explode("task_ids")["task_ids"].n_unique(),
                _load(own),
                _missing(own),
            ]
        )
    columns = [
        ("部门", 41), ("执法人员", 14), ("可派出", 16), (f"派不出{pair}人的事项", 17),
        (f"回避后不足{pair}人的事项", 20), ("组不成检查组的任务", 17), ("最紧时段占用", 17), ("尚缺人数", 14),
    ]  # fmt: skip
    note = (
        "“回避后不足”是指按已申报的利害关系回避后，至少有一户派不足人。“最紧时段占用”是年度计划所需人次与可用人次之比，"
        "超过100%即做不完；“尚缺人数”可从片区执法检查人员库借调。“全县”的占用为各部门中最高的，尚缺人数为各部门合计。"
    )
    return grid("执法检查人员与事项、计划的匹配", columns, rows, note=note)


def _load(capacity: pl.DataFrame) -> str | None:
    tightest = capacity.filter("is_tightest")["share"].max()
    return percent(float(tightest)) if isinstance(tightest, float) else None


def _missing(capacity: pl.DataFrame) -> int:
    """Return how many people more would do, the worst of each department's windows."""
    return int(capacity.group_by("department").agg(pl.col("people_short").max().fill_null(0))["people_short"].sum())


def _off_list(told: Told) -> Grid:
    around = told.around
    listed = around.registers.items["item_code"].implode()
    filed = around.registers.drift.filter(pl.col("problem") == "not_on_record").height
    refused = around.registers.plan_refused.filter(pl.col("code") == OFF_LIST)
    attempts = refused.unique(["department", "file", "sheet", "row"]).height
    planned = around.task_items.filter(~pl.col("item_code").is_in(listed)).height
    rows: list[list[Value]] = [
        ["部门清单中报送的清单外事项（项）", filed, "从部门清单删除"],
        ["年度计划中列入清单外事项、已被退回的行", attempts, "不得开展抽查"],
        ["抽查任务中的清单外事项（项）", planned, "应为0" if planned else "为0，符合规定"],
    ]
    return grid("未列入清单的事项", [("情况", 86), ("数量", 26), ("处理", 44)], rows)


def _drift(told: Told) -> Grid:
    drift = told.around.registers.drift
    rows = [
        [_DRIFT_TITLES[kind], found.height, found["department"].n_unique()]
        for kind in DRIFT_CODES
        for found in [drift.filter(pl.col("problem") == kind)]
    ]
    return grid("部门清单与省级清单的差异", [("差异", 86), ("处数", 35), ("涉及部门", 35)], rows)


def _items_of_departments(told: Told) -> Grid:
    rows: list[list[Value]] = [
        [
            name,
            told.counts(name, "items.guide")[1],
            *(told.counts(name, key)[0] for key in ("items.recorded", "items.guide", "items.objects")),
            told.counts(name, "plan.standing")[1],
            *(told.counts(name, key)[0] for key in ("plan.standing", "plan.conflict")),
        ]
        for name in told.departments
    ]
    columns = [
        ("部门", 42), ("事项", 16), ("与省级清单不一致", 22), ("没有工作指引", 20), ("没有检查对象", 20),
        ("计划行", 12), ("其中退回", 12), ("有冲突", 12),
    ]  # fmt: skip
    return grid("各部门事项和计划", columns, rows)


def _waterfall(told: Told, kinds: Mapping[str, int]) -> Grid:
    rows: list[list[Value]] = [
        [f"{told.year - 1}年度检查对象", told.around.objects_before.height],
        ["新增", kinds.get("new", 0)],
        ["拆分", kinds.get("split", 0)],
        ["合并", -kinds.get("merged", 0)],
        ["退出名录", -kinds.get("gone", 0)],
        [f"{told.year}年度检查对象", told.around.registers.objects.height],
    ]
    return grid("检查对象一年的变动", [("变动", 100), ("户数", 56)], rows, note="负数为减少。", chart="steps")


def _changes_of_towns(told: Told) -> Grid:
    flows = town_flows(told.around.registers.objects, told.around.objects_before, told.around.changes)
    numbers = {town: counts for town, *counts in flows.iter_rows()}
    listed = [*told.county.towns, *([NOWHERE] if NOWHERE in numbers else [])]
    totals = flows.select(pl.exclude("town").sum()).row(0)
    rows = [["合计", *totals], *([town, *numbers.get(town, [0] * len(totals))] for town in listed)]
    columns = [
        ("镇（街道）", 36), ("上年", 20), ("加：新增", 20), ("加：迁入", 20), ("减：退出", 20), ("减：迁出", 20),
        ("今年", 20),
    ]  # fmt: skip
    note = (
        "上年加新增、迁入，减退出、迁出，等于今年。新增含拆分出的，退出含并入其他对象的；"
        "迁入、迁出按两年名录登记的属地比较，含更正属地的。"
    )
    return grid("各镇（街道）检查对象一年的变动", columns, rows, note=note)


def _changes_of_departments(told: Told) -> Grid:
    told_of = told.around.changes.explode("departments")
    counts = {(name, kind): n for name, kind, n in told_of.group_by("departments", "change").len().iter_rows()}
    kinds = ("new", "gone", *_CHANGE_TITLES)
    rows = [[name, *(counts.get((name, kind), 0) for kind in kinds)] for name in told.county.department_names]
    columns = [("列管部门", 46), ("新增", 18), ("退出名录", 20), *((title, 18) for title in _CHANGE_TITLES.values())]
    return grid("各部门名录的变动", columns, rows, note="几个部门都列管的对象，各部门分别计算。")


def _states(told: Told) -> Grid:
    def row(name: str, own: pl.DataFrame) -> list[Value]:
        now = own.filter(pl.col("state") != CLOSED)
        closed = own.filter(pl.col("state") == CLOSED, pl.col("found_year") == told.year).height
        return [name, now.height, *(own.filter(pl.col("state") == state).height for state in STATES[:-1]), closed]

    columns = [("部门", 42), ("问题", 14), *((state, 17) for state in STATES[:-1]), ("今年销号", 15)]
    rows = [
        row("合计", told.follow_ups),
        *(
            row("全县性问题" if name == WHOLE_COUNTY else name, told.follow_ups.filter(pl.col("department") == name))
            for name in told.departments
        ),
    ]
    note = f"“全县性问题”没有单一责任部门，由{OFFICE}（县市场监管局）会同有关部门整改，另有整改通知和整改清单。"
    return grid("各部门待整改问题", columns, rows, note=note, chart="bars")


def _rules(told: Told, current: pl.DataFrame) -> Grid:
    order = list(REGISTRY_TITLES)
    counts = (
        current.group_by("registry", "rule")
        .agg(count=pl.len(), departments=pl.col("department").filter(pl.col("department") != WHOLE_COUNTY).n_unique())
        .sort(
            pl.col("registry").replace_strict(order, range(len(order)), return_dtype=pl.Int64),
            "count",
            "rule",
            descending=[False, True, False],
        )
    )
    titles: Mapping[Any, str] = REGISTRY_TITLES
    rows = [[titles[registry], rule, count, departments] for registry, rule, count, departments in counts.iter_rows()]
    return grid("各类问题", [("名录库", 50), ("规则", 56), ("问题", 25), ("涉及部门", 25)], rows)


def _closure(name: str, rows: pl.DataFrame) -> list[Value]:
    closed = rows.filter(pl.col("state") == CLOSED).height
    return [name, rows.height, closed, rows.height - closed, percent(closed / rows.height if rows.height else None)]


def _ratio(scores: pl.DataFrame, key: str) -> str:
    found = scores.filter(pl.col("department") == WHOLE_COUNTY, pl.col("key") == key)["ratio"]
    return percent(found.item() if found.len() else None)


CHAPTERS: tuple[Callable[[Told], Chapter], ...] = (
    object_chapter,
    inspector_chapter,
    item_chapter,
    change_chapter,
    trend_chapter,
    problem_chapter,
    closure_chapter,
)
"""Between the overview and the ranking, in this order."""
