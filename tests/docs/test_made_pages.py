"""Pages made from the code are those the code makes now: `make pages` writes them anew."""

import dagster as dg
import pytest

from onevisit.tables import STAGES
from pipelines.handbook import TITLES, WITH_GRAPH, made_pages, stage_graph


@pytest.fixture(scope="module")
def made(repository):
    return made_pages(repository)


@pytest.mark.parametrize("name", [*WITH_GRAPH, "docs/dictionary.md"])
def test_a_page_says_what_the_code_says_now(made, repository, name):
    assert (repository / name).read_text("utf-8") == made[name], "run `make pages`"


@pytest.mark.parametrize("name", WITH_GRAPH)
def test_the_graph_is_there(made, name):
    assert made[name].count("```mermaid\n") == 1
    assert all(f'{stage}["{stage}<br/>{TITLES[stage]}"]' in made[name] for stage in STAGES)


def test_an_arrow_that_follows_from_others_is_left_out_and_one_back_is_dotted():
    def asset(stage, *, reads=()):
        return dg.AssetSpec(stage, group_name=stage, deps=list(reads))

    specs = [
        asset("filings"),
        asset("registries", reads=["filings", "results"]),
        asset("plan", reads=["filings", "registries"]),
        asset("results"),
    ]
    arrows = [
        line.strip() for line in stage_graph(dg.Definitions(assets=specs)).splitlines() if ">" in line.split('"')[0]
    ]
    assert arrows == ["filings --> registries", "registries --> plan", "results -.-> registries"]
