"""The public site: plain pages that open from a folder, a portal or a USB stick; nothing is loaded from elsewhere.

Made of public tables alone, and of draw files already cut to what their day allows. What a page says
is written in `templates/`; here is only which pages there are and what each one gets.
"""

import datetime as dt
import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files as package_files
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from onevisit.county import Contact
from onevisit.draw.ceremony import PARTIES
from onevisit.publish import charts, mine
from onevisit.publish.archive import stored_zip
from onevisit.publish.lists import BY_CLASS, public_ratio
from onevisit.publish.open_data import DATASETS, SAMPLE_NOTICE, dictionary
from onevisit.publish.releases import History, continued, history_files
from onevisit.publish.scripts import script
from onevisit.supervision.scores import percent as rounded_down
from onevisit.text import chinese_day, chinese_moment

WHOLE_COUNTY = "全县"
"""How the scores of the whole county are named among the departments'."""

SHOWN_ON_HOME = 6
"""Tasks and rounds on the first page."""

ROWS_PER_PAGE = 200
"""Keeps a page of a long list well under 100 kB."""

TASKS_PER_PAGE = 40
"""The table of the plan has as many columns as a real plan."""

ROWS_PER_SCRIPT = 500
"""Drawn objects in one script of the search, for the same reason."""

RELEASES_SHOWN = 20
PAGES_SHOWN = 12
"""Pages named of each kind of change; the rest is counted."""

NAVIGATION = (
    ("index.html", "首页"),
    ("items.html", "事项清单"),
    ("plan.html", "年度计划"),
    ("draws.html", "抽取公告"),
    ("search.html", "抽取结果"),
    ("results.html", "结果公示"),
    ("mine.html", "我的企业"),
    ("supervision.html", "两库督查"),
    ("data.html", "开放数据"),
    ("verify.html", "怎样验证"),
    ("appeal.html", "更正申诉"),
    ("releases.html", "版本记录"),
)

SECTIONS = {
    "items": "items.html",
    "tasks": "plan.html",
    "versions.html": "plan.html",
    "plan-table.html": "plan.html",
    "draws": "draws.html",
    "lists": "search.html",
    "results": "results.html",
    "dictionary.html": "data.html",
    "notices.html": "draws.html",
    "replay.html": "verify.html",
}
"""Entry of the menu a folder's pages belong to."""

NOTICE_KINDS = {"change": "计划变更公告", "draw": "抽取公告", "list": "抽取结果公告", "results": "抽查结果公告"}
"""How the files of a notice are named in front -> what kind of notice it is."""

PAGE_KINDS = {
    "items": "抽查事项",
    "tasks": "抽查任务",
    "draws": "抽取",
    "lists": "抽中名单",
    "results": "检查结果",
    "open-data": "开放数据",
    "notices": "公告文件",
}
"""What the folders of a release hold, as the list of releases says it; the rest is 其他页面."""

CHANGES = {"added": "新增", "changed": "更新", "removed": "撤下"}

REGISTRIES = {
    "objects": "检查对象名录库",
    "inspectors": "执法检查人员名录库",
    "items": "随机抽查事项清单",
    "plan": "年度抽查计划",
}

_TABLES = {f"open-data/{one.key}": one.title for one in DATASETS}
_HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")

FILE_MEANINGS = {
    "DRAW": "场次编号",
    "COMMITMENT": "冻结指纹（C）",
    "ROOT": "名录根：检查对象名录的 Merkle 根",
    "COMMITS": "各见证人的承诺",
    "REVEALS": "各见证人的揭示和公共随机源",
    "SEED": "抽取种子",
    "TRAIL": "全程留痕",
    "HEAD": "留痕链首，与签字笔录核对",
    "CODES": "递补用的揭示码",
    "RECORDS": "作废、回避等记录",
    "MANIFEST": "冻结文件清单和指纹",
    "chains.tsv": "递补码链的链首",
    "objects.tsv": "冻结的检查对象",
    "scope.tsv": "冻结的抽查范围",
    "plan.tsv": "冻结的抽查数量",
    "history.tsv": "上一年度抽取情况",
    "demands.tsv": "冻结的人员需求：哪项检查由哪个部门派几人",
    "fields.tsv": "冻结的专家需求：哪项检查在哪一户需要哪个领域的专家",
    "settings.tsv": "抽取设置",
    "witnesses.tsv": "见证人",
    "sources.tsv": "公共随机源",
    "drawn.tsv": "抽中清单和票号",
    "listed.tsv": "抽中清单：任务、抽查计划编号、对象",
    "REPLAYS": "各见证人的复算摘要",
    "batches.tsv": "检查批次",
    "substitutes.tsv": "递补清单",
    "verify.py": "独立验证程序",
}

_FOLDER_MEANINGS = {"void": "此前作废的抽取", "people": "检查组席位和指纹：以票号表示，不含姓名和证件号"}


def _meaning(name: str) -> str:
    folder = name.partition("/")[0] if "/" in name else ""
    return _FOLDER_MEANINGS.get(folder) or FILE_MEANINGS.get(name, "")


@dataclass(frozen=True, slots=True)
class Site:
    """Everything the pages are made of."""

    county: str
    bureau: str
    """The department that keeps the plan and signs the county's notices."""
    year: int
    today: dt.date
    is_demonstration: bool
    fingerprint: str
    """Of the plan; empty while there is none."""
    approved_at: str | None
    """When the plan was signed off, ISO 8601; None while it is not."""
    tables: Mapping[str, pl.DataFrame]
    """The public tables by key: items, plan, versions, changes, rounds, drawn, results, supervision."""
    task_items: pl.DataFrame
    submitted: pl.DataFrame
    proposals: pl.DataFrame
    progress: pl.DataFrame
    draws: Mapping[str, Mapping[str, bytes]]
    """Serial -> the files of the round that are public today."""
    open_data: Mapping[str, bytes]
    register: pl.DataFrame
    """object_id, name and subject_id of everything that may be drawn."""
    reach: pl.DataFrame
    """object_id and plan_row_id: which plan rows can draw which object."""
    doors: pl.DataFrame
    """object_id, apart and together: doors opened for what is public, had nothing been merged, and as it is."""
    contact: Contact
    history: History = field(default_factory=History)
    """What the releases before said."""

    @property
    def version(self) -> int | None:
        """Number of the plan's version that stands; None while none is signed."""
        current = self.tables["versions"].filter("is_current")
        return current["version"].max() if current.height else None  # pyright: ignore[reportReturnType]

    @property
    def approved_on(self) -> dt.date | None:
        """Day the plan was signed off."""
        return dt.datetime.fromisoformat(self.approved_at).date() if self.approved_at else None


def site_pages(site: Site) -> dict[str, bytes]:
    """Return every page and what it needs, by path below the release folder."""
    builder = _Builder(site)
    pages = dict(builder.pages())
    assets = {
        name: package_files("onevisit.publish").joinpath(name).read_bytes()
        for name in ("site.css", "site.js", "search.js", "mine.js", "replay.js")
    }
    recipe = _text("templates/recipe.sh").encode()
    return {**pages, **assets, **dict(builder.search_data()), **dict(builder.mine()), "recipe.sh": recipe}


def notices_page(site: Site, notices: Sequence[tuple[str, str]]) -> dict[str, bytes]:
    """Return the page of notices to download; each by the name of its files and its title."""
    kinds = [
        SimpleNamespace(
            key=key,
            title=title,
            notices=[(name, text.replace("\n", "")) for name, text in notices if name.partition("-")[0] == key],
        )
        for key, title in NOTICE_KINDS.items()
    ]
    return dict([_render(site, "notices.html", "notices.html", kinds=[one for one in kinds if one.notices])])


def release_pages(site: Site, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the page of releases and what the next release needs to know of this one's files."""
    history = continued(site.history, files, day=site.today.isoformat(), fingerprint=site.fingerprint)
    name, page = _render(
        site,
        "releases.html",
        "releases.html",
        releases=[_release(entry, files) for entry in history.entries[: -RELEASES_SHOWN - 1 : -1]],
    )
    return {name: page, **history_files(history)}


def window_text(first: dt.date, last: dt.date) -> str:
    """Return a window as Chinese text, the year said once."""
    return f"{chinese_day(first)}—{chinese_day(last).removeprefix(f'{first.year}年')}"


def short_window(first: dt.date, last: dt.date) -> str:
    """Return a window as a table has it: without the year, which stands above."""
    return f"{first.month}月{first.day}日—{last.month}月{last.day}日"


def months_of(first: dt.date, last: dt.date, year: int) -> tuple[int, int]:
    """Return the first month of a window within a year and how many months it touches there."""
    start = max(first, dt.date(year, 1, 1)).month
    end = min(last, dt.date(year, 12, 31)).month
    return start, end - start + 1


class _Builder:
    """Renders the pages of one site; rows are looked up by task, item and round."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.items = _rows(site.tables["items"])
        self.tasks = [self._task(row) for row in _rows(site.tables["plan"])]
        self.rounds = [self._round(row) for row in _rows(site.tables["rounds"])]
        self.item_of = {item.item_code: item for item in self.items}
        self.task_of = {task.task_id: task for task in self.tasks}
        self.checks = _by(
            _rows(site.task_items.sort("task_id", "plan_row_id", "role", "item_code", "department")), "task_id"
        )
        self.drawn = _by(_rows(site.tables["drawn"]), "task_id")
        self.results = _by(_rows(site.tables["results"]), "task_id")
        self.progress = _by(_rows(site.progress.sort("task_id", "department")), "task_id")
        self.steps = _rows(site.proposals.sort("step"))
        self.round_of = {task: one for one in self.rounds if one.state == "已抽取" for task in one.tasks}
        self.waiting_of = {task: one for one in self.rounds if one.state == "待抽取" for task in one.tasks}

    def pages(self) -> Iterator[tuple[str, bytes]]:
        """Yield every page as path and bytes."""
        yield self._home()
        yield self._page("items.html", "items.html", groups=_by(self.items, "department"), items=self.items)
        for item in self.items:
            yield self._item(item)
        yield from self._plan()
        yield self._versions()
        for task in self.tasks:
            yield self._task_page(task)
        yield self._draws()
        for one in self.rounds:
            yield self._proof(one)
            if (public := self.site.draws.get(one.serial)) and not one.is_locked:
                yield f"draws/{one.serial}/{one.serial}.zip", stored_zip(public)
        for task_id, rows in self.drawn.items():
            yield from self._list("list.html", f"lists/{task_id}", task_id, rows)
        yield self._results()
        for task_id, rows in self.results.items():
            yield from self._list("result.html", f"results/{task_id}", task_id, rows)
        yield self._page(
            "search.html", "search.html", lists=self._listed(), scripts=[name for name, _ in self.search_data()]
        )
        yield self._page("mine.html", "mine.html")
        yield self._supervision()
        yield self._page("appeal.html", "appeal.html", departments=_by(self.items, "department"))
        yield self._page("verify.html", "verify.html", rounds=self.rounds)
        yield self._page("replay.html", "replay.html", core=_text("replay.js"))
        yield self._page(
            "data.html",
            "data.html",
            datasets=DATASETS,
            counts={key: table.height for key, table in self.site.tables.items()},
            files=[_file(name, data) for name, data in self.site.open_data.items()],
        )
        yield self._page("dictionary.html", "dictionary.html", fields=_by(_rows(dictionary()), "数据集"))

    def search_data(self) -> list[tuple[str, bytes]]:
        """Return what the search looks through, as scripts by file name."""
        order = {task_id: number for number, task_id in enumerate(self.drawn)}
        outcomes = self._outcomes()
        rows = [
            [row.name, row.object_id, order[task_id], row.batch, _note(row), number // ROWS_PER_PAGE + 1,
             outcomes.get((task_id, row.object_id), "")]
            for task_id, listed in self.drawn.items()
            for number, row in enumerate(listed)
        ]  # fmt: skip
        tasks = [[task_id, self.task_of[task_id].name] for task_id in order]
        parts = [rows[start : start + ROWS_PER_SCRIPT] for start in range(0, len(rows), ROWS_PER_SCRIPT)]
        return [
            ("search-tasks.js", script("ONEVISIT.tasks", tasks)),
            *(
                (f"search-data{_page_suffix(n + 1)}.js", script(f"ONEVISIT.found[{n}]", part))
                for n, part in enumerate(parts)
            ),
        ]

    def mine(self) -> Iterator[tuple[str, bytes]]:
        """Yield what 我的企业 reads: one script for all, and the shards."""
        known = mine.entries(
            register=self.site.register,
            reach=self.site.reach,
            doors=self.site.doors,
            drawn=self.site.tables["drawn"],
            results=self.site.tables["results"],
            numbers=mine.Numbers(self.tasks),
        )
        shards = dict(mine.shards(known))
        yield from shards.items()
        codes = sorted({check.item_code for checks in self.checks.values() for check in checks})
        number = {code: n for n, code in enumerate(codes)}
        base = {
            "keyLength": mine.KEY_LENGTH,
            "digits": mine.shard_digits(len(known)),
            "shards": [name.removeprefix("mine/").removesuffix(".js") for name in shards],
            "tasks": [self._task_for_mine(task) for task in self.tasks],
            "rows": [
                [
                    n,
                    sorted(
                        {number[check.item_code] for check in self.checks[task.task_id] if check.plan_row_id == row}
                    ),
                ]
                for n, task in enumerate(self.tasks)
                for row in task.rows
            ],
            "items": [_item_for_mine(code, self.item_of.get(code)) for code in codes],
        }
        yield "mine-data.js", script("ONEVISIT.base", base)

    def _task_for_mine(self, task: Any) -> dict[str, Any]:
        is_begun = task.starts_on <= self.site.today
        return {
            "id": task.task_id,
            "name": task.name,
            "window": short_window(task.starts_on, task.ends_on),
            "lead": task.lead_department,
            "departments": "、".join(task.departments),
            "starts": task.starts_on.isoformat(),
            "begun": is_begun,
            "listed": is_begun and task.task_id in self.round_of,
        }

    def _outcomes(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], dict[str, None]] = {}
        for task_id, rows in self.results.items():
            for row in rows:
                found.setdefault((task_id, row.object_id), {}).update(dict.fromkeys(row.result.split("；")))
        return {key: "；".join(results) for key, results in found.items()}

    def _home(self) -> tuple[str, bytes]:
        heading, tasks = self._tasks_of_the_day()
        latest = sorted(self.rounds, key=lambda one: (one.draws_on, one.serial), reverse=True)
        return self._page(
            "index.html",
            "index.html",
            figures=self._figures(),
            heading=heading,
            tasks=tasks[:SHOWN_ON_HOME],
            more_count=max(0, len(tasks) - SHOWN_ON_HOME),
            latest=latest[:SHOWN_ON_HOME],
        )

    def _tasks_of_the_day(self) -> tuple[str, list[Any]]:
        """Return what a visitor wants to see first: what is under way, else what comes, else what was last."""
        last_first = sorted(self.tasks, key=lambda task: (task.ends_on, task.task_id), reverse=True)
        running = [task for task in reversed(last_first) if task.state == "进行中"]
        coming = [task for task in self.tasks if task.state == "待开展"]
        if running:
            return "正在开展的任务", running
        return ("即将开展的任务", coming) if coming else ("最近结束的任务", last_first)

    def _figures(self) -> list[tuple[str, str, str, str]]:
        tables = self.site.tables
        row_count = sum(len(task.rows) for task in self.tasks)
        drawn = tables["drawn"]
        return [
            ("抽查事项", f"{tables['items'].height:,}", "项", "items.html"),
            ("抽查任务", f"{len(self.tasks):,}", f"个，合并前 {row_count:,} 条", "plan.html"),
            ("已公布的抽取", f"{sum(one.state == '已抽取' for one in self.rounds):,}", "场", "draws.html"),
            ("已抽中的检查对象", f"{drawn['object_id'].n_unique():,}", "户", "search.html"),
            ("已公示的检查结果", f"{tables['results'].height:,}", "条", "results.html"),
        ]

    def _item(self, item: Any) -> tuple[str, bytes]:
        tasks = [task for task in self.tasks if any(c.item_code == item.item_code for c in self.checks[task.task_id])]
        return self._page("item.html", f"items/{item.item_code}.html", item=item, tasks=tasks)

    def _plan(self) -> Iterator[tuple[str, bytes]]:
        joint_count = sum(1 for task in self.tasks if task.partners)
        months = [
            (f"{month}月", sum(task.first_month <= month < task.first_month + task.month_count for task in self.tasks))
            for month in range(1, 13)
        ]
        busy = charts.columns(months, title="每个月开展的任务数") if self.tasks else ""
        yield self._page("plan.html", "plan.html", tasks=self.tasks, joint_count=joint_count, busy=busy, months=months)
        parts = [self.tasks[at : at + TASKS_PER_PAGE] for at in range(0, len(self.tasks), TASKS_PER_PAGE)] or [[]]
        names = [f"plan-table{_page_suffix(n)}.html" for n in range(1, len(parts) + 1)]
        for number, (name, shown) in enumerate(zip(names, parts, strict=True), start=1):
            yield self._page(
                "plan-table.html",
                name,
                tasks=shown,
                by_class=BY_CLASS,
                task_count=len(self.tasks),
                page=number,
                pages=list(enumerate(names, 1)),
            )

    def _versions(self) -> tuple[str, bytes]:
        changes = _by(_rows(self.site.tables["changes"]), "version")
        newest_first = _rows(self.site.tables["versions"].sort("version", descending=True))
        return self._page("versions.html", "versions.html", versions=newest_first, changes=changes, known=self.task_of)

    def _task_page(self, task: Any) -> tuple[str, bytes]:
        checks = [
            SimpleNamespace(**vars(check), item=self.item_of.get(check.item_code))
            for check in self.checks[task.task_id]
        ]
        rows = self.site.submitted.filter(pl.col("plan_row_id").is_in(task.rows)).sort("plan_row_id")
        steps = [
            step for step in self.steps if len(task.rows) > 1 and {*step.left_rows, *step.right_rows} <= {*task.rows}
        ]
        return self._page(
            "task.html",
            f"tasks/{task.task_id}.html",
            task=task,
            checks=checks,
            rows=_rows(rows.with_columns(public_ratio().alias("ratio"))),
            steps=steps,
            round=self.round_of.get(task.task_id),
            waiting=self.waiting_of.get(task.task_id),
            drawn=self.drawn[task.task_id],
            progress=self.progress[task.task_id],
            result_count=len(self.results[task.task_id]),
        )

    def _listed(self) -> list[Any]:
        drawn_tasks = [task for task in self.tasks if task.task_id in self.round_of]
        return [
            SimpleNamespace(
                task=task,
                round=self.round_of[task.task_id],
                is_open=task.starts_on <= self.site.today,
                count=len(self.drawn[task.task_id]),
                substitutes=sum(1 for row in self.drawn[task.task_id] if row.is_substitute),
            )
            for task in drawn_tasks
        ]

    def _draws(self) -> tuple[str, bytes]:
        coming = [
            task
            for task in self.tasks
            if task.task_id not in self.round_of | self.waiting_of and task.ends_on >= self.site.today
        ]
        newest_first = sorted(self.rounds, key=lambda one: (one.draws_on, one.serial), reverse=True)
        return self._page(
            "draws.html",
            "draws.html",
            rounds=newest_first,
            coming=coming[:SHOWN_ON_HOME],
            more_count=max(0, len(coming) - SHOWN_ON_HOME),
        )

    def _supervision(self) -> tuple[str, bytes]:
        scores = self.site.tables["supervision"]
        county = scores.filter(pl.col("department") == WHOLE_COUNTY)
        libraries = [
            SimpleNamespace(
                title=title,
                rows=[(row, _share(row)[1]) for row in rows],
                chart=charts.bars(
                    [(row.measure, row.ratio, _share(row)[1]) for row in rows],
                    title=f"{title}各项指标的合格率",
                    most=1,
                ),
            )
            for key, title in REGISTRIES.items()
            if (rows := [row for row in _rows(county.filter(registry=key)) if row.ratio is not None])
        ]
        return self._page("supervision.html", "supervision.html", libraries=libraries, departments=_pooled(scores))

    def _proof(self, one: Any) -> tuple[str, bytes]:
        public = self.site.draws.get(one.serial, {})
        tasks = [self.task_of[task_id] for task_id in one.tasks if task_id in self.task_of]
        return self._page(
            "proof.html",
            f"draws/{one.serial}/index.html",
            round=one,
            files=[_file(name, data) for name, data in public.items()],
            witnesses=[line.split("\t") for line in public.get("COMMITS", b"").decode().splitlines()],
            replays=_replays(public) if one.disclosure == "见证公开" and one.state == "已抽取" else [],
            reveals=[line.split("=", 1) for line in public.get("REVEALS", b"").decode().splitlines()],
            tasks=[(task, len(self.drawn[task.task_id])) for task in tasks] if one.state != "已作废" else [],
            again=[other.serial for other in self.rounds if _is_next_attempt(other.serial, one.serial)],
        )

    def _list(self, template: str, stem: str, task_id: str, rows: Sequence[Any]) -> Iterator[tuple[str, bytes]]:
        pages = [rows[start : start + ROWS_PER_PAGE] for start in range(0, len(rows), ROWS_PER_PAGE)]
        for number, shown in enumerate(pages, start=1):
            yield self._page(
                template,
                f"{stem}{_page_suffix(number)}.html",
                task=self.task_of[task_id],
                round=self.round_of.get(task_id),
                items=[
                    self.item_of[code]
                    for code in sorted({c.item_code for c in self.checks[task_id]})
                    if code in self.item_of
                ],
                rows=shown,
                first=(number - 1) * ROWS_PER_PAGE + 1,
                row_count=len(rows),
                page=number,
                pages=[(n, f"{task_id}{_page_suffix(n)}.html") for n in range(1, len(pages) + 1)],
            )

    def _results(self) -> tuple[str, bytes]:
        tasks = [
            SimpleNamespace(
                task=task,
                due=sum(row.due_count for row in self.progress[task.task_id]),
                done=sum(row.done_count for row in self.progress[task.task_id]),
                problems=sum(row.problem_count for row in self.progress[task.task_id]),
                count=len(self.results[task.task_id]),
            )
            for task in self.tasks
            if task.starts_on <= self.site.today and (self.progress[task.task_id] or self.results[task.task_id])
        ]
        types = self.site.tables["results"].select(pl.col("result").str.split("；").explode())
        counts = types.group_by("result").len().sort("len", "result", descending=[True, False])
        total = max(self.site.tables["results"].height, 1)
        kinds = [(name, count, percent(count / total)) for name, count in counts.iter_rows()]
        chart = charts.bars([(name, count, f"{count:,} 条") for name, count, _ in kinds], title="各类检查结果的数量")
        return self._page("results.html", "results.html", tasks=tasks, kinds=kinds, chart=chart)

    def _page(self, template: str, path: str, **values: Any) -> tuple[str, bytes]:
        return _render(self.site, template, path, **values)

    def _task(self, row: Any) -> Any:
        start, span = months_of(row.starts_on, row.ends_on, self.site.year)
        return SimpleNamespace(
            **vars(row),
            rows=row.plan_rows.split("、"),
            item_names=(row.items or "").split("；"),
            first_month=start,
            month_count=span,
            departments=[row.lead_department, *(row.partners.split("、") if row.partners else [])],
            state="待开展"
            if row.starts_on > self.site.today
            else "已结束"
            if row.ends_on < self.site.today
            else "进行中",
        )

    def _round(self, row: Any) -> Any:
        return SimpleNamespace(
            **vars(row),
            tasks=row.task_ids.split("、"),
            is_locked=row.state == "待抽取" or row.locked_until > self.site.today,
        )


@cache
def _environment() -> Any:
    # Jinja's own annotations leave filters and globals open.
    environment = cast(
        Any,
        Environment(
            loader=PackageLoader("onevisit.publish"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        ),
    )
    environment.filters |= {
        "day": chinese_day,
        "moment": chinese_moment,
        "number": "{:,}".format,
        "path": quote,
        "percent": percent,
    }
    environment.globals |= {
        "window": window_text,
        "short_window": short_window,
        "parties": PARTIES,
        "navigation": NAVIGATION,
        "sample_notice": SAMPLE_NOTICE,
    }
    return environment


def _render(site: Site, template: str, path: str, **values: Any) -> tuple[str, bytes]:
    top = re.sub(r"-\d+(?=\.html$)", "", path.partition("/")[0])
    page = (
        _environment()
        .get_template(template)
        .render(site=site, root="../" * path.count("/"), path=path, section=SECTIONS.get(top, top), **values)
    )
    return path, f"{page}\n".encode()


def percent(share: float) -> str:
    """Return a share as a page has it: 97.5%, and 100% only when it is all of it."""
    text = f"{share:.1%}"
    return text if share in (0, 1) or text not in ("100.0%", "0.0%") else "99.9%以上" if share > 0.5 else "不足0.1%"


def _pooled(scores: pl.DataFrame) -> list[Any]:
    """Return for every department how many rows were looked at in the two registries, and the share that passed."""
    both = scores.filter(pl.col("department") != WHOLE_COUNTY, pl.col("registry").is_in(["objects", "inspectors"]))
    sums = both.group_by("department", "registry").agg(pl.col("numerator", "denominator").sum())
    found = {(row.department, row.registry): row for row in _rows(sums)}
    return [
        SimpleNamespace(
            department=department, shares=[_share(found.get((department, key))) for key in ("objects", "inspectors")]
        )
        for department in sorted({department for department, _ in found})
    ]


def _share(row: Any) -> tuple[int, str]:
    """Return how many rows were looked at and the share that passed, as the report of the review has it."""
    return (row.denominator, rounded_down(row.numerator / row.denominator)) if row and row.denominator else (0, "—")


def _release(entry: Mapping[str, Any], files: Mapping[str, bytes]) -> Any:
    """Return a release as the page has it: per kind of change and kind of page, the pages by name and how many more."""
    groups = [
        SimpleNamespace(
            change=word,
            kind=kind,
            pages=[(path if path in files else "", _heading(path, files)) for path in paths[:PAGES_SHOWN]],
            more_count=max(0, len(paths) - PAGES_SHOWN),
        )
        for change, word in CHANGES.items()
        for kind, paths in _by_kind(entry[change]).items()
    ]
    return SimpleNamespace(**{**entry, "groups": groups, "on": dt.date.fromisoformat(entry["data_date"])})


def _by_kind(paths: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for path in paths:
        folder, _, name = path.partition("/")
        if not (folder == "draws" and name and not name.endswith("/index.html")) and not path.endswith((".js", ".css")):
            groups.setdefault(PAGE_KINDS.get(folder, "其他页面"), []).append(path)
    return groups


def _heading(path: str, files: Mapping[str, bytes]) -> str:
    """Return what people call a file: its heading, or the table or page it holds and in which form."""
    stem, _, form = path.rpartition(".")
    if form == "docx" and f"{stem}.html" in files:
        return f"{_heading(f'{stem}.html', files)}（Word）"
    if stem in _TABLES:
        return f"{_TABLES[stem]}（{form.upper()}）"
    found = _HEADING.search(files.get(path, b"").decode()) if form == "html" else None
    return html.unescape(_TAG.sub("", found.group(1))) if found else path.removeprefix("open-data/")


def _text(name: str) -> str:
    return package_files("onevisit.publish").joinpath(name).read_text("utf-8")


def _rows(frame: pl.DataFrame) -> list[Any]:
    """Return rows with their columns as attributes: a dict would hide `items` behind its method."""
    return [SimpleNamespace(**row) for row in frame.iter_rows(named=True)]


class _Groups(dict[Any, list[Any]]):
    """Rows by key; a key without rows has none."""

    def __missing__(self, key: Any) -> list[Any]:
        return []


def _by(rows: Iterable[Any], column: str) -> _Groups:
    groups = _Groups()
    for row in rows:
        groups.setdefault(getattr(row, column), []).append(row)
    return groups


def _item_for_mine(code: str, item: Any) -> dict[str, Any]:
    """Return what 我的企业 says of an item; one that is no longer on the list has its code alone, and no page."""
    return {
        "code": code,
        "name": item.item_name if item else code,
        "department": item.department if item else "",
        "materials": item.materials.split("；") if item and item.materials else [],
        "listed": item is not None,
    }


def _file(name: str, data: bytes) -> Any:
    return SimpleNamespace(
        name=name,
        meaning=_meaning(name),
        byte_count=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _replays(public: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Return every witness with the digest of its replay, empty while none is on record."""
    said = dict(line.split("\t") for line in public.get("REPLAYS", b"").decode().splitlines())
    names = [line.split("\t")[0] for line in public.get("COMMITS", b"").decode().splitlines()]
    return [(name, said.get(name, "")) for name in names]


def _note(row: Any) -> str:
    return "已退出" if row.is_lost else "递补" if row.is_substitute else ""


def _is_next_attempt(serial: str, earlier: str) -> bool:
    stem, _, attempt = earlier.rpartition("-")
    return serial == f"{stem}-{int(attempt) + 1}"


def _page_suffix(number: int) -> str:
    return "" if number == 1 else f"-{number}"
