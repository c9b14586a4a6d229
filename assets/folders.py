"""Where a county's data lies: the only place that knows the folder names under DATA."""

from dataclasses import dataclass
from pathlib import Path

from onevisit.filings.intake import ATTACHMENTS

SETTING_FILES = ("*.toml", "*.csv", "departments/*.toml", "platform/*.toml")
"""What a county's settings folder holds."""

PRIVATE = ("sealed", "exports", "bureau")
"""Folders under DATA that are the owner's alone."""


def settings_in(folder: Path) -> dict[str, bytes]:
    """Return the settings files of a county: relative path -> bytes."""
    files = sorted(path for pattern in SETTING_FILES for path in folder.glob(pattern))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders of one county's data; nothing is created by asking."""

    data: Path

    @property
    def database(self) -> Path:
        """The live DuckDB file, for the pipeline alone."""
        return self.data / "onevisit.duckdb"

    @property
    def format(self) -> Path:
        """The number of the data's form."""
        return self.data / "FORMAT"

    def private_files(self) -> list[Path]:
        """Return the files that nobody but their owner may read; what departments hand in is theirs too."""
        inside = [path for name in PRIVATE for path in (self.data / name).rglob("*") if path.is_file()]
        return inside + [path for path in (self.database, self.alerts) if path.exists()]

    @property
    def alerts(self) -> Path:
        """The log of failed runs."""
        return self.data / "alerts.log"

    def inbox(self, year: int) -> Path:
        """Where departments' files arrive: inbox/<year>/<department>/."""
        return self.data / "inbox" / str(year)

    def pools(self, year: int) -> Path:
        """Neighbours' lists of people they could lend: pools/<year>/<neighbour>/<department>/."""
        return self.data / "pools" / str(year)

    def exports(self, year: int) -> Path:
        """Every table as Parquet, for readers; internal, mode 600."""
        return self.data / "exports" / str(year)

    def public(self, year: int) -> Path:
        """The release anybody may see."""
        return self.data / "public" / str(year)

    def bureau(self, year: int) -> Path:
        """Workbooks and reports for officials."""
        return self.data / "bureau" / str(year)

    def reviews(self, year: int) -> Path:
        """Pairs of records to judge, one workbook a department."""
        return self.bureau(year) / "疑似重复"

    def recusal_reviews(self, year: int) -> Path:
        """Namesakes to answer for, one workbook a department."""
        return self.bureau(year) / "回避核对"

    def plan_review(self, year: int) -> Path:
        """The workbook in which the yearly plan is reviewed."""
        return self.bureau(year) / "年度抽查计划审核表.xlsx"

    def schemes(self, year: int) -> Path:
        """Joint schemes, one Word document a task."""
        return self.bureau(year) / "联合抽查方案"

    def entries(self, year: int) -> Path:
        """Sheets in which departments enter their results, one workbook a department."""
        return self.bureau(year) / "检查结果录入"

    def audits(self, year: int) -> Path:
        """Results that wait for a second or third person, one workbook a department."""
        return self.bureau(year) / "检查结果审核"

    def schedule(self, year: int) -> Path:
        """The workbook of the proposed days and of who is missing."""
        return self.bureau(year) / "上门日程.xlsx"

    def minutes(self, year: int) -> Path:
        """Minutes of the draws to print and sign, Word and PDF."""
        return self.bureau(year) / "抽取记录"

    def notices(self, year: int) -> Path:
        """What each department must mend after the yearly review: notice and workbook, a folder a department."""
        return self.bureau(year) / "督查"

    def duties(self, year: int) -> Path:
        """Who goes where and by when, one workbook a department."""
        return self.bureau(year) / "部门入户安排"

    def dossiers(self, year: int) -> Path:
        """The papers of visits, Word and PDF, a folder for each department that leads."""
        return self.bureau(year) / "入户检查卷宗"

    def indicators(self, year: int) -> Path:
        """The workbook of indicators, frequency warnings and what the results mean next year; mode 600."""
        return self.bureau(year) / "抽查工作指标.xlsx"

    def archive(self, year: int) -> Path:
        """One folder a task (一任务一档), written once; mode 600."""
        return self.bureau(year) / "档案"

    def data_docs(self, year: int) -> Path:
        """Great Expectations' own pages of the yearly review, for engineers; mode 600."""
        return self.exports(year) / "data_docs"

    def platform(self, year: int) -> Path:
        """Files for the provincial platform's batch import; mode 600."""
        return self.exports(year) / "省级平台"

    def platform_receipts(self, year: int) -> Path:
        """The append-only log of the rows the provincial platform refused."""
        return self.sealed(year) / "platform_receipts.jsonl"

    def sealed(self, year: int) -> Path:
        """Evidence, trail, salts and the decision log; mode 600."""
        return self.data / "sealed" / str(year)

    def sealed_years(self) -> list[int]:
        """Years that have a sealed folder, oldest first."""
        return sorted(int(path.name) for path in (self.data / "sealed").glob("[0-9][0-9][0-9][0-9]"))

    def decisions(self, year: int) -> Path:
        """The append-only decision log."""
        return self.sealed(year) / "decisions.jsonl"

    def review_tokens(self, year: int) -> Path:
        """Salted digests of the review page's tokens."""
        return self.sealed(year) / "review_tokens.json"

    def review_journal(self, year: int) -> Path:
        """The append-only journal of the review page: who did what, and what was refused."""
        return self.sealed(year) / "review_page.jsonl"

    def teams(self, year: int) -> Path:
        """The append-only log of who was drawn for which visit."""
        return self.sealed(year) / "teams.jsonl"

    def experts(self, year: int) -> Path:
        """The append-only log of which experts were drawn for which visit."""
        return self.sealed(year) / "experts.jsonl"

    def proposals(self, year: int) -> Path:
        """The append-only log of the days proposed for visits."""
        return self.sealed(year) / "schedule.jsonl"

    def draws(self, year: int) -> Path:
        """Evidence of every draw attempt: sealed/<year>/draws/<serial>/."""
        return self.sealed(year) / "draws"

    def ceremonies(self, year: int) -> Path:
        """Draw attempts still open, step by step: sealed/<year>/ceremonies/<serial>/<step>/."""
        return self.sealed(year) / "ceremonies"

    def audited(self, year: int) -> Path:
        """Results as they were checked, returned and approved: sealed/<year>/results/<fingerprint>.jsonl."""
        return self.sealed(year) / "results"

    def attachments(self, year: int, department: str) -> Path:
        """Reports of others that belong to a department's results."""
        return self.inbox(year) / department / ATTACHMENTS

    def plans(self, year: int) -> Path:
        """Signed plans as they were: sealed/<year>/plans/<fingerprint>/."""
        return self.sealed(year) / "plans"
