"""A small plan on a desk of its own, people with tokens, and what they do on the page."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from assets.kept_plans import keep_plan
from onevisit.decisions import Decision, parse_log
from onevisit.plan.questions import PlanTables
from onevisit.plan.rulings import rulings
from onevisit.plan.signoff import decisions_table
from onevisit.plan.tables import (
    Capacity,
    Conflicts,
    Decisions,
    Neighbours,
    Proposals,
    Refused,
    RulePrices,
    Rulings,
    Scope,
    Submitted,
    TaskItems,
    Tasks,
)
from onevisit.plan.versions import KeptPlan
from onevisit.registries.tables import Items, Objects
from onevisit.tables import Table, frame_of, stage_of, table_of
from pipelines.cli import app
from pipelines.review.access import Person, issue_token, wall_clock
from pipelines.review.app import review_page
from pipelines.settings import ROOT, Settings
from tests.onevisit.plan import reviews
from tests.onevisit.plan.samples import POLICE

Row = dict[str, object]

YEAR = reviews.YEAR
REVIEWER = Person("李审核", "reviewer")
APPROVER = Person("王签批", "approver")
PARTICIPANT = Person("赵警官", "participant", POLICE)

STEP = {"item_codes": ["GA-002", "SCJG-025"], "lost": ["WL-2027-01：事项过多，少减少上门1.0户次"]}
TASK_ITEM = {
    "task_id": "T001", "plan_row_id": "GA-2027-01", "department": POLICE, "item_code": "GA-002",
    "role": "initiator", "is_on_site": True,
}  # fmt: skip


@dataclass
class Bureau:
    """The data of one county and year, as the page and a run find them."""

    settings: Settings

    @property
    def log_path(self) -> Path:
        return self.settings.folders.decisions(YEAR)

    def log(self) -> list[Decision]:
        return parse_log(self.log_path.read_text("utf-8")) if self.log_path.exists() else []

    def run_plan(
        self,
        tables: PlanTables | None = None,
        *,
        capacity: Sequence[Row] = (),
        prices: Sequence[Row] = (),
        neighbours: Sequence[Row] = (),
    ) -> None:
        """Export the plan's tables as a run does, with every ruling of the log counted."""
        made = tables or reviews.plan(proposals=(STEP,))
        held = rulings([(YEAR, self.log())], YEAR)
        frames: dict[type[Table], pl.DataFrame] = {
            Submitted: made.submitted, Refused: made.refused, Conflicts: made.conflicts, Proposals: made.proposals,
            Tasks: made.tasks, Items: made.items, Rulings: held, Scope: frame_of(Scope, []),
            Objects: frame_of(Objects, []), TaskItems: frame_of(TaskItems, [TASK_ITEM]),
            Capacity: frame_of(Capacity, list(capacity)), RulePrices: frame_of(RulePrices, list(prices)),
            Neighbours: frame_of(Neighbours, list(neighbours)), Decisions: decisions_table(self.log()),
        }  # fmt: skip
        folder = self.settings.folders.exports(YEAR)
        folder.mkdir(parents=True, exist_ok=True)
        for model, frame in frames.items():
            frame.write_parquet(folder / f"{stage_of(model)}.{table_of(model)}.parquet")
        keep_plan(
            self.settings.folders,
            YEAR,
            KeptPlan(frames[Submitted], frames[Scope], frames[Tasks], frames[TaskItems]),
        )

    def token(self, person: Person) -> str:
        return issue_token(self.settings.folders, YEAR, person, expires_at=wall_clock().replace(year=2099))


class Browser:
    """Somebody's browser without scripts: pages got, forms filled."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.page = ""
        self.status = 0

    def get(self, path: str) -> str:
        return self._keep(self.client.get(path))

    def post(self, path: str, **fields: str) -> str:
        """Send a form with the mark of the last page that had one."""
        return self._keep(self.client.post(path, data={"csrf": self.csrf, **fields}))

    def login(self, token: str) -> str:
        self.get("/login")
        return self.post("/login", token=token)

    @property
    def csrf(self) -> str:
        return re.findall(r'name="csrf" value="([^"]+)"', self.page)[-1]

    def form_of(self, subject: str, topic: str = "") -> dict[str, str]:
        """Return the hidden fields of the first form that answers about a subject, as the page has it now."""
        for form in re.findall(r'<form method="post" action="/answer".*?</form>', self.page, re.DOTALL):
            fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
            if fields["subject"] == subject and topic in ("", fields["topic"]):
                return fields
        raise AssertionError(f"no form about {subject}")

    def _keep(self, response: object) -> str:
        self.page, self.status = response.text, response.status_code  # type: ignore[attr-defined]
        return self.page


def bureau(folder: Path) -> Bureau:
    """Return a bureau whose plan has been run once and nothing decided."""
    made = Bureau(Settings(ROOT / "county", folder / "data"))
    made.run_plan()
    return made


def visitors(made: Bureau) -> Callable[[Person | None], Browser]:
    """Return what opens a browser for somebody, logged in; for nobody, at the login."""
    page = review_page(made.settings, made.settings.county(), YEAR)

    def opened(person: Person | None) -> Browser:
        browser = Browser(TestClient(page, base_url="http://127.0.0.1:8800", raise_server_exceptions=False))
        if person:
            browser.login(made.token(person))
        return browser

    return opened


def command(made: Bureau, *arguments: str) -> Result:
    """Run `onevisit review` on a bureau's data."""
    shared = ["--year", str(YEAR), "--data", str(made.settings.data), "--county", str(made.settings.county_folder)]
    return CliRunner().invoke(app, ["review", *arguments, *shared])
