"""The public site: plain pages that open from a disk, a stick or any web server.

Public tables in, page bytes out. No page asks anything of another machine, works only with scripts
on, or is larger than a phone on a slow line can bear: long lists go on over further pages.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar
from urllib.parse import quote

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined

from onevisit.publish.open_data import DATASETS
from onevisit.publish.showing import Round, Showing, Task, show
from onevisit.tables import columns_of

ROWS_PER_PAGE = 80
"""Businesses drawn, or results, on one page of a task."""
TASKS_PER_PAGE = 100
ITEMS_PER_PAGE = 300
ROUNDS_PER_PAGE = 60

NAVIGATION = (
    ("index.html", "首页"),
    ("items.html", "事项清单"),
    ("plan.html", "年度计划"),
    ("draws.html", "抽取公告"),
    ("results.html", "结果公示"),
    ("search.html", "我的企业"),
    ("data.html", "开放数据"),
    ("verify.html", "怎样验证"),
)

EVIDENCE_NOTES = {
    "COMMITMENT": "冻结指纹：冻结文件清单的 SHA-256",
    "MANIFEST": "冻结文件清单：每个冻结文件的指纹",
    "DRAW": "场次编号",
    "ROOT": "名录根：全部检查对象的指纹树根",
    "COMMITS": "各见证人在抽取前提交的承诺",
    "REVEALS": "各见证人揭示的随机数和公共随机源",
    "SEED": "种子：由冻结指纹和全部揭示算出",
    "TRAIL": "留痕链：每一步的时间和指纹，环环相扣",
    "HEAD": "留痕链首：与纸质记录核对",
    "RECORDS": "计划、回避、递补、作废等事项的记录",
    "CODES": "递补时公开的递补码",
    "chains.tsv": "递补链的链首，抽取前冻结",
    "objects.tsv": "参加抽取的检查对象名录",
    "scope.tsv": "各任务的抽查对象范围",
    "plan.tsv": "各任务的抽取比例和数量",
    "history.tsv": "上一年度的抽中记录",
    "settings.tsv": "抽取的各项设置",
    "witnesses.tsv": "见证人",
    "sources.tsv": "公共随机源及其公布时刻",
    "drawn.tsv": "抽中的检查对象",
    "batches.tsv": "检查批次",
    "substitutes.tsv": "递补结果",
    "verify.py": "核对程序",
}
"""What the files of a round are; those of earlier, void attempts lie below void/."""

FORMATS = {
    ".csv": "表格，可用 Excel、WPS 打开",
    ".jsonl": "每行一条记录，供程序读取",
    ".json": "供程序读取",
    ".xlsx": "工作簿，可用 Excel、WPS 打开",
    ".parquet": "列式文件，供程序读取",
    ".txt": "文字说明",
}

TYPES = {"String": "文字", "Int64": "整数", "Boolean": "是或否", "Date": "日期"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Site:
    """Everything the pages show; frames are the public tables (onevisit/publish/tables.py)."""

    county: str
    year: int
    as_of: dt.date
    """The release day."""
    is_demonstration: bool
    plan_fingerprint: str
    """64 hexadecimal digits."""
    items: pl.DataFrame
    plan: pl.DataFrame
    rounds: pl.DataFrame
    drawn: pl.DataFrame
    results: pl.DataFrame
    evidence: Mapping[str, Mapping[str, int]]
    """Serial -> name of a public file -> size in bytes; the files lie at draws/<serial>/<name>."""
    open_data: Mapping[str, int]
    """File name -> size in bytes; the files lie at open-data/<name>."""


def site_pages(site: Site) -> dict[str, bytes]:
    """Return every page by its path below the release root, with the style sheet and the scripts."""
    showing = show(items=site.items, plan=site.plan, rounds=site.rounds, drawn=site.drawn, results=site.results)
    templates = files("onevisit.publish") / "templates"
    return {
        **{name: (templates / name).read_bytes() for name in ("site.css", "site.js")},
        "search-data.js": _search_data(showing),
        **dict(_Press(site, showing).pages()),
    }


class _Press:
    """Prints pages of one site; a page is a path and its bytes."""

    def __init__(self, site: Site, showing: Showing) -> None:
        self.site = site
        self.showing = showing
        self.templates = Environment(
            loader=PackageLoader("onevisit.publish"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_printable,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.templates.filters |= {"day": day, "size": size, "address": quote}
        self.templates.globals |= {
            "site": site,
            "showing": showing,
            "today": site.as_of,
            "navigation": NAVIGATION,
            "evidence_notes": EVIDENCE_NOTES,
        }

    def pages(self) -> Iterator[tuple[str, bytes]]:
        """Print everything."""
        yield self.page("index.html", "index.html", **self.front())
        yield from self.items()
        yield from self.parted("plan", list(self.showing.tasks.values()), TASKS_PER_PAGE)
        for task in self.showing.tasks.values():
            yield from self.task(task)
        yield from self.parted("draws", self.showing.rounds, ROUNDS_PER_PAGE)
        for one in self.showing.rounds:
            yield self.draw(one)
        checked = [task for task in self.showing.tasks.values() if task.results]
        kinds = Counter(kind for one in self.showing.results for kind in one.kinds)
        yield from self.parted("results", checked, TASKS_PER_PAGE, kinds=_by_count(kinds))
        yield self.page("search.html", "search.html", day_count=len({one.object_id for one in self.showing.drawn}))
        yield self.page("data.html", "data.html", files=_open_files(self.site.open_data), dictionary=_dictionary())
        yield self.page("verify.html", "verify.html")

    def page(self, path: str, template: str, *, section: str = "", **shown: Any) -> tuple[str, bytes]:
        """Print one page; `root` leads from it back to the release root."""
        text = self.templates.get_template(template).render(
            path=path, root="../" * path.count("/"), section=section or path, **shown
        )
        return path, text.encode()

    def parted(self, name: str, rows: Sequence[Any], length: int, **shown: Any) -> Iterator[tuple[str, bytes]]:
        """Print a list over as many pages as it needs: plan.html, plan-2.html …"""
        parts = _parts(rows, length)
        paths = [f"{name}.html", *(f"{name}-{number}.html" for number in range(2, len(parts) + 1))]
        for number, (path, part) in enumerate(zip(paths, parts, strict=True), start=1):
            yield self.page(
                path, f"{name}.html", section=f"{name}.html", rows=part, number=number, paths=paths, **shown
            )

    def front(self) -> dict[str, Any]:
        """Count what the front page says."""
        tasks = list(self.showing.tasks.values())
        results = self.showing.results
        coming = sorted((task for task in tasks if self.site.as_of < task.starts_on), key=_start_of)
        running = sorted((task for task in tasks if task.starts_on <= self.site.as_of <= task.ends_on), key=_end_of)
        return {
            "joint_count": sum(task.is_joint for task in tasks),
            "void_count": sum(one.is_void for one in self.showing.rounds),
            "drawn_count": len({(one.task_id, one.object_id) for one in self.showing.drawn}),
            "business_count": len({one.object_id for one in self.showing.drawn}),
            "result_count": len(results),
            "problem_count": sum(one.verdict == "problem" for one in results),
            "item_count": sum(map(len, self.showing.items.values())),
            "running": running,
            "coming": coming,
        }

    def items(self) -> Iterator[tuple[str, bytes]]:
        """Print the list of items and a page for each."""
        yield from self.parted(
            "items", [item for listed in self.showing.items.values() for item in listed], ITEMS_PER_PAGE
        )
        tasks_of: dict[str, list[Task]] = {}
        for task in self.showing.tasks.values():
            for item in task.items.values():
                tasks_of.setdefault(item.code, []).append(task)
        for listed in self.showing.items.values():
            for item in listed:
                tasks = tasks_of.get(item.code, [])
                yield self.page(
                    f"items/{item.code}.html", "item.html", section="items.html", item=item, tasks=tasks
                )

    def task(self, task: Task) -> Iterator[tuple[str, bytes]]:
        """Print a task: what it is with the first rows of its lists, and further pages for the other rows."""
        drawn, results = _parts(task.drawn, ROWS_PER_PAGE), _parts(task.results, ROWS_PER_PAGE)
        own = f"tasks/{task.task_id}"
        drawn_paths = [f"{own}.html", *(f"{own}-drawn-{n}.html" for n in range(2, len(drawn) + 1))]
        result_paths = [f"{own}.html", *(f"{own}-results-{n}.html" for n in range(2, len(results) + 1))]
        kinds = _by_count(Counter(kind for one in task.results for kind in one.kinds))
        for kind, parts, paths in (("drawn", drawn, drawn_paths), ("results", results, result_paths)):
            for number, part in enumerate(parts[1:], start=2):
                yield self.page(
                    paths[number - 1],
                    "task_list.html",
                    section="plan.html",
                    task=task,
                    kind=kind,
                    rows=part,
                    number=number,
                    paths=paths,
                )
        yield self.page(
            f"{own}.html",
            "task.html",
            section="plan.html",
            task=task,
            kinds=kinds,
            drawn=drawn[0],
            results=results[0],
            drawn_paths=drawn_paths,
            result_paths=result_paths,
        )

    def draw(self, one: Round) -> tuple[str, bytes]:
        """Print the proof page of a round."""
        found = self.site.evidence.get(one.serial, {})
        tasks = [self.showing.tasks[task] for task in one.task_ids if task in self.showing.tasks]
        counts = Counter(row.task_id for row in self.showing.drawn if row.serial == one.serial)
        return self.page(
            f"draws/{one.serial}/index.html",
            "draw.html",
            section="draws.html",
            round=one,
            tasks=tasks,
            counts=counts,
            files=sorted(found.items(), key=_evidence_order),
        )


def day(on: dt.date) -> str:
    """Return a date as people say it: 2027年3月1日."""
    return f"{on.year}年{on.month}月{on.day}日"


def size(byte_count: int) -> str:
    """Return a file's size: 812 字节, 3.4 KB, 1.2 MB."""
    if byte_count < 1024:
        return f"{byte_count} 字节"
    tenths = byte_count * 10 // 1024
    unit = "KB"
    if tenths >= 10240:
        tenths, unit = tenths // 1024, "MB"
    return f"{tenths // 10}.{tenths % 10} {unit}"


def _printable(value: object) -> object:
    """Pass what a page may print. Raises TypeError for None, a fraction or a function: a slip in a template."""
    if not isinstance(value, Undefined) and (value is None or isinstance(value, float) or callable(value)):
        raise TypeError(f"not for a page: {value!r}")
    return value


def _parts(rows: Sequence[T], length: int) -> list[Sequence[T]]:
    """Return the rows in parts of a length, at least one part."""
    return [rows[start : start + length] for start in range(0, max(len(rows), 1), length)]


def _by_count(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def _start_of(task: Task) -> tuple[dt.date, str]:
    return task.starts_on, task.task_id


def _end_of(task: Task) -> tuple[dt.date, str]:
    return task.ends_on, task.task_id


def _evidence_order(file: tuple[str, int]) -> tuple[int, str]:
    """Put files in the order a reader needs them; what is not described comes last."""
    order = list(EVIDENCE_NOTES)
    return (order.index(file[0]) if file[0] in order else len(order)), file[0]


def _open_files(found: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the open-data files with what they hold and how they open."""
    rows: list[dict[str, Any]] = []
    for name, byte_count in sorted(found.items(), key=_data_order):
        stem, dot, ending = name.rpartition(".")
        title = DATASETS[stem][1] if stem in DATASETS else {"SHA256SUMS": "校验和"}.get(name, stem or name)
        note = FORMATS.get(f"{dot}{ending}", "用 sha256sum -c 核对其余文件" if name == "SHA256SUMS" else "")
        rows.append({"name": name, "title": title, "note": note, "byte_count": byte_count})
    return rows


def _data_order(file: tuple[str, int]) -> tuple[int, str]:
    order = list(DATASETS)
    stem = file[0].rpartition(".")[0]
    return (order.index(stem) if stem in order else len(order)), file[0]


def _dictionary() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": title,
            "columns": [
                {
                    "name": column.name,
                    "title": column.title,
                    "type": TYPES[column.type],
                    "nullable": column.nullable,
                }
                for column in columns_of(model)
            ],
        }
        for name, (model, title) in DATASETS.items()
    ]


def _search_data(showing: Showing) -> bytes:
    """Return the data of the search page as a script: `fetch` does not work from a disk.

    Names are numbered, because the same departments and items come back thousands of times.
    """
    names: dict[str, int] = {}

    def number(name: str) -> int:
        return names.setdefault(name, len(names))

    item_names = {item.code: item.name for listed in showing.items.values() for item in listed}
    businesses: dict[str, dict[str, Any]] = {}
    for one in showing.drawn:
        business = businesses.setdefault(one.object_id, {"n": one.name, "d": [], "r": []})
        business["d"].append(
            [
                one.task_id,
                [number(item_names.get(code, code)) for code in one.items],
                [number(department) for department in one.departments],
                one.batch,
                int(one.is_substitute) + 2 * int(one.is_lost),
            ]
        )
    for one in showing.results:
        business = businesses.setdefault(one.object_id, {"n": one.name, "d": [], "r": []})
        kinds = [number(kind) for kind in one.kinds]
        on = one.checked_on.isoformat()
        business["r"].append([one.task_id, number(one.item_name), number(one.department), on, kinds])
    data = {
        "tasks": {
            task.task_id: [task.name, task.starts_on.isoformat(), task.ends_on.isoformat()]
            for task in showing.tasks.values()
        },
        "businesses": dict(sorted(businesses.items())),
        "names": list(names),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"window.ONEVISIT={text};\n".encode()
