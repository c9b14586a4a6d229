import csv
import datetime as dt
import hashlib
import io
import os
import re
import subprocess
import sys
from collections import Counter

import fastexcel
import polars as pl
import pytest

from onevisit.codes import is_id_card, is_registration_number, is_uscc
from onevisit.demo.catalogue import DRIFTS, items_of
from onevisit.demo.generator import demonstration_county, demonstration_inbox, next_year
from onevisit.demo.plans import FAULTS, SPECIAL
from onevisit.demo.staff import FEW_PEOPLE, LEAST_SPECIALISTS
from onevisit.filings.intake import Document, file_department, kind_of
from onevisit.filings.kinds import KINDS
from onevisit.filings.rows import rows_of
from onevisit.plan.rows import judge_plan
from onevisit.plan.tables import Rulings
from onevisit.registries.crosswalk import crosswalk
from onevisit.registries.ids import ID_COLUMNS, RECORD_COLUMNS
from onevisit.registries.items import item_drift, items
from onevisit.registries.objects import register
from onevisit.registries.subjects import with_own_codes
from onevisit.registries.tables import Signals
from onevisit.tables import frame_of
from tests.onevisit.registries.samples import sources_of

YEAR = 2027

FINGERPRINT = """
import hashlib
from pathlib import Path
from onevisit.demo.generator import demonstration_inbox
from pipelines.settings import read_county
files = demonstration_inbox(read_county(Path("county")), year=2027, entities=240, seed="s")
print(hashlib.sha256(b"".join(name.encode() + data for name, data in files.items())).hexdigest())
"""


@pytest.fixture(scope="module")
def demonstration(county):
    return demonstration_county(county, year=YEAR, entities=3000, seed="测试")


@pytest.fixture(scope="module")
def filed(county, demonstration):
    """Every line of every file, as intake judges it."""
    frames = []
    for department in county.departments:
        own = f"{department.name}/"
        documents = [Document(n.removeprefix(own), d) for n, d in demonstration.files.items() if n.startswith(own)]
        frames.append(file_department(department, documents, county, secret="-"))  # noqa: S106
    return frames


@pytest.fixture(scope="module")
def judged(county, filed):
    """The plan rows, as the plan stage judges them."""
    objects = rows_of("objects", filed)
    unjudged = pl.DataFrame(schema={"left_key": pl.String, "right_key": pl.String, "is_same": pl.Boolean})
    no_ids = (pl.DataFrame(schema=ID_COLUMNS), pl.DataFrame(schema=RECORD_COLUMNS))
    sources = crosswalk(objects, unjudged, *no_ids, year=YEAR, county=county).sources
    return judge_plan(
        rows_of("plan", filed),
        items=items(county),
        objects=register(objects, sources, frame_of(Signals, []), county).objects,
        sources=sources,
        own_limits={},
        rulings=frame_of(Rulings, []),
        county=county,
        year=YEAR,
    )


def test_the_same_county_gives_the_same_bytes_in_any_process(repository):
    prints = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=repository,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(prints) == 1


def test_another_seed_year_or_size_is_another_county(county):
    def fingerprint(**changes):
        files = demonstration_inbox(county, **{"year": YEAR, "entities": 240, "seed": "a"} | changes)
        return hashlib.sha256(b"".join(files.values())).hexdigest()

    assert len({fingerprint(), fingerprint(seed="b"), fingerprint(year=2028), fingerprint(entities=250)}) == 4


def test_a_county_too_small_for_its_traps_is_refused(county):
    with pytest.raises(ValueError, match="at least 200"):
        demonstration_inbox(county, year=YEAR, entities=199, seed="s")


@pytest.mark.parametrize("entities", [200, 777])
def test_the_county_has_as_many_subjects_as_asked_for(county, entities):
    found = demonstration_county(county, year=YEAR, entities=entities, seed="s").truth.subjects
    assert len({one.entity_id for one in found}) == entities


def test_every_kind_of_list_is_filed(demonstration):
    kinds = {kind_of(name.split("/")[1]).key for name in demonstration.files}
    assert kinds == set(KINDS) - {"results"}


def test_every_department_files_its_four_lists(county, demonstration):
    kinds = Counter((n.split("/")[0], kind_of(n.split("/")[1]).key) for n in demonstration.files)
    for department in county.departments:
        for kind in ("objects", "inspectors", "items", "plan"):
            assert kinds[department.name, kind] >= 1, (department.name, kind)


def test_files_come_in_three_encodings_with_titles_several_sheets_and_notes(demonstration):
    tables = [data for name, data in demonstration.files.items() if name.endswith(".csv")]
    with_mark = [data for data in tables if data.startswith(b"\xef\xbb\xbf")]
    other = [data for data in tables if not _is_utf8(data)]
    assert with_mark and other and len(with_mark) + len(other) < len(tables)
    books = [fastexcel.read_excel(d) for n, d in demonstration.files.items() if n.endswith(".xlsx")]
    assert any(len(book.sheet_names) == 3 for book in books)
    cells = [book.load_sheet(0, header_row=None, dtypes="string").to_polars() for book in books]
    assert any(frame.row(1)[0].startswith("填报单位") for frame in cells)
    assert any((frame.row(-1)[0] or "").startswith("填报人") for frame in cells)


def test_departments_write_different_headers(county, demonstration):
    headers = set()
    for name, data in demonstration.files.items():
        if "检查对象名录" in name and name.endswith(".csv"):
            text = data.decode("utf-8-sig" if _is_utf8(data) else "gb18030")
            headers.add(tuple(next(csv.reader(io.StringIO(text)))))
    assert len(headers) == sum(1 for n in demonstration.files if "检查对象名录" in n and n.endswith(".csv"))


def test_every_number_holds_its_check_digit_and_belongs_to_nobody(demonstration):
    truth = demonstration.truth
    codes = [code for one in truth.subjects for code in (one.code, one.old_code) if code]
    assert len(codes) == len(set(codes))
    assert all(is_uscc(code) and (code[8:10] == "MY" or (code.isdigit() and code[8:10] == "99")) for code in codes)
    assert all(is_registration_number(n) for one in truth.subjects if (n := one.registration_number))
    numbers = [one.id_number for one in truth.people] + [one.representative_id for one in truth.subjects]
    assert all(is_id_card(n) and n.startswith("510923") and n[14:17] >= "996" for n in numbers)
    phones = [one.phone for one in truth.people] + [one.phone for one in truth.subjects]
    assert all(re.fullmatch(r"154\d{8}|0825-1\d{6}", phone) for phone in phones)


def test_no_file_holds_a_number_of_a_real_person(demonstration):
    text = "\n".join(_text(name, data) for name, data in demonstration.files.items())
    id_numbers = re.findall(r"(?<![0-9A-Z])[1-9]\d{5}(?:19|20)\d{9}[\dX](?![0-9A-Z])", text)
    mobiles = re.findall(r"(?<![0-9A-Z-])1[3-9]\d{9}(?![0-9A-Z])", text)
    assert id_numbers and all(number[14:17] >= "996" for number in id_numbers)
    assert mobiles and all(number.startswith("154") for number in mobiles)


def test_intake_refuses_exactly_the_lines_that_were_spoilt(demonstration, filed):
    lines = pl.concat(filed).filter(pl.col("state") == "refused")
    refused = Counter(lines.select("department", "kind").iter_rows())
    truth = demonstration.truth
    planted = Counter((name, "objects") for name, record in truth.records if record.fault)
    planted += Counter((name, "inspectors") for name, line in truth.listings if line.fault)
    planted += Counter([("县市场监管局", "credit"), ("县市场监管局", "complaints")])
    assert refused == planted
    assert {record.fault for _, record in truth.records} > {"unknown_town", "impossible_date", "missing_name"}


def test_every_sound_line_is_kept_with_the_truth_behind_it(demonstration, filed):
    kept = {(d, i) for d, i in rows_of("objects", filed).select("department", "source_id").iter_rows()}
    assert kept == {(name, record.record_id) for name, record in demonstration.truth.records if not record.fault}


def test_the_plan_stage_names_exactly_the_planted_mistakes(demonstration, judged):
    faults = {number: row.fault for number, row in demonstration.truth.plan_rows if row.fault}
    conflicts = {number for number, fault in faults.items() if fault.startswith("partner_")}
    assert sorted(faults.values()) == sorted(FAULTS)
    assert set(judged.refused["plan_row_id"]) == set(faults) - conflicts
    partners = judged.conflicts.filter(pl.col("kind").str.starts_with("partner_"))
    assert set(partners["plan_row_id"]) == conflicts


def test_ratios_that_leave_the_classes_to_the_county_and_one_upside_down_are_planted(demonstration, judged):
    number_of = {row.special: number for number, row in demonstration.truth.plan_rows if row.special}
    assert set(number_of) == set(SPECIAL)
    stands = {row["plan_row_id"]: row for row in judged.submitted.iter_rows(named=True)}
    flat, count = stands[number_of["flat_by_class"]], stands[number_of["count_by_class"]]
    assert flat["is_by_class"] and len(set(flat["rate_bp"])) > 1
    assert sum(count["class_counts"]) == count["object_count"]
    upside_down = judged.conflicts.filter(pl.col("kind") == "class_order")
    assert upside_down["plan_row_id"].to_list() == [number_of["class_inverted"]]


def test_a_county_of_3000_expects_a_few_hundred_checks_at_the_door(judged):
    at_door = judged.submitted.filter("is_on_site")
    assert 150 <= at_door["expected_count"].sum() <= 600
    assert 120 <= judged.submitted.height <= 220


def test_plans_use_every_way_of_saying_how_many(demonstration):
    texts = {row.ratio_text for _, row in demonstration.truth.plan_rows}
    for pattern in (r"\d+%", r"\d+‰", r"A类.+、B类.+、C类.+、D类.+", r"\d+户", r"不少于\d+户", r"不低于\d+%"):
        assert any(re.fullmatch(pattern, text) for text in texts), pattern


def test_some_windows_open_without_any_row_by_risk_class(judged):
    first = judged.submitted.group_by("starts_on").agg(pl.col("is_by_class").any())
    assert set(first["is_by_class"]) == {True, False}


def test_departments_lists_of_items_drift_where_planted(demonstration, county, filed):
    drift = item_drift(rows_of("items", filed), items(county))
    assert set(drift["item_code"]) == {*demonstration.truth.drifted_items, "WL-913"}
    assert set(demonstration.truth.drifted_items) == set(DRIFTS)


def test_every_item_reaches_somebody_on_its_department_s_list(demonstration, county):
    shown = {
        (name, tag) for name, record in demonstration.truth.records for tag in record.cells["tags"].split("、") if tag
    }
    for item in items_of(county):
        for tag in item.tags:
            assert tag == "全部市场主体" or (item.department, tag) in shown, item.item_code


def test_two_able_people_stand_ready_for_all_but_the_planted_items(demonstration, county):
    able = [one for one in demonstration.truth.people if one.is_eligible(YEAR)]
    for item in items_of(county):
        who = [one for one in able if item.item_code in one.item_codes]
        skilled = [one for one in who if not item.qualification or item.qualification in one.qualifications]
        if item.item_code in FEW_PEOPLE:
            assert len(skilled) == FEW_PEOPLE[item.item_code]
        else:
            assert len(who) >= 2 and len(skilled) >= min(2, LEAST_SPECIALISTS), item.item_code


def test_lists_of_inspectors_hold_the_usual_cases(demonstration):
    truth = demonstration.truth
    slips = Counter(slip for _, line in truth.listings for slip in line.slip.split(";"))
    for slip in ("twice", "second_department", "masked_id", "id15", "no_id", "full_width"):
        assert slips[slip], slip
    assert any(one.certificate_valid_to < dt.date(YEAR, 1, 1) for one in truth.people)
    assert any(one.unavailability != "无" for one in truth.people)
    assert any(YEAR - int(one.id_number[6:10]) >= 60 for one in truth.people)
    assert {one.person_kind for one in truth.people} == {"执法人员", "日常监管人员", "专家"}


def test_experts_stand_ready_for_every_item_that_needs_one(demonstration, county):
    valid = Counter(one.specialty for one in demonstration.truth.experts if one.status == "有效")
    for item in items_of(county):
        if item.is_expert_needed:
            assert any(valid[tag] for tag in item.tags), item.item_code


def test_interests_name_people_on_the_lists_and_one_shop_nobody_knows(demonstration):
    truth = demonstration.truth
    known = {line.record_id for _, line in truth.listings} | {one.expert_id for one in truth.experts}
    subjects = {one.entity_id: one.name for one in truth.subjects}
    assert {one.record_id for one in truth.interests} <= known
    assert sum(one.entity_id == "" for one in truth.interests) == 1
    assert all(subjects[one.entity_id] == one.cells["object_name"] for one in truth.interests if one.entity_id)
    assert len(truth.interests) >= 15


def test_lists_of_objects_hold_the_usual_slips(demonstration):
    truth = demonstration.truth
    slips = Counter(slip for _, record in truth.records for slip in record.slips)
    for slip in (
        "no_code", "placeholder", "lower_case", "full_width", "blanks", "reg15", "org9", "code_typo", "id_card",
        "parent_code", "wrong_code", "old_code", "rounded", "prefix_drop", "prefix_add", "suffix", "trad", "homophone",
        "space", "old_name", "town_drop", "town_alias", "stale", "stale_state", "other_phone", "masked_rep",
        "abbrev", "char_drop", "old_addr", "old_rep", "rep_typo", "other_contact", "old_phone",
    ):  # fmt: skip
        assert slips[slip], slip


def test_the_registering_authority_makes_fewer_slips(demonstration):
    def share(is_registrar):
        lines = [r for name, r in demonstration.truth.records if (name == "县市场监管局") == is_registrar]
        return sum(bool(line.slips) for line in lines) / len(lines)

    assert share(True) < share(False) / 2


def test_same_named_shops_stand_in_two_towns(demonstration):
    cores = {}
    for one in demonstration.truth.subjects:
        if one.trap == "same_name":
            cores.setdefault(one.core, set()).add(one.town)
    assert cores and all(len(towns) == 2 for towns in cores.values())


def test_a_renewed_business_has_another_code_than_the_closed_one(demonstration):
    by_name = {}
    for one in demonstration.truth.subjects:
        if one.trap == "rereg":
            by_name.setdefault(one.name, []).append(one)
    pairs = [found for found in by_name.values() if len(found) == 2]
    assert pairs
    for left, right in pairs:
        assert left.code != right.code and {left.state, right.state} == {"注销", "存续"}


def _is_utf8(data):
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _text(name, data):
    if name.endswith(".csv"):
        return data.decode("utf-8-sig" if _is_utf8(data) else "gb18030")
    book = fastexcel.read_excel(data)
    sheets = [book.load_sheet(s, header_row=None, dtypes="string").to_polars() for s in book.sheet_names]
    return "\n".join(cell for sheet in sheets for column in sheet for cell in column.drop_nulls())


def test_projects_products_and_conduct_are_filed_with_who_answers_for_them(filed, demonstration):
    rows = rows_of("objects", filed).filter(pl.col("entity_type").is_in(["项目", "产品", "行为"]))
    assert dict(rows.group_by("entity_type").agg(pl.col("department").unique().first()).iter_rows()) == {
        "项目": "县住房城乡建设局",
        "产品": "县市场监管局",
        "行为": "县交通运输局",
    }
    per_kind = rows.group_by("entity_type").agg(named=pl.col("responsible_name").is_not_null().mean())
    assert per_kind["named"].gt(0.5).all() and (per_kind["named"] < 1).all()
    answers = demonstration.truth.answers
    known = {one.entity_id for one in demonstration.truth.subjects}
    things = {one.entity_id for one in demonstration.truth.things}
    assert {who for who in answers.values() if who} <= known
    assert things and things <= set(answers) and not things & known


def test_the_register_finds_who_answers_and_names_nobody_else(filed, demonstration, county):
    frame = with_own_codes(rows_of("objects", filed))
    sources = sources_of(frame, county)
    found = register(frame, sources, frame_of(Signals, []), county).objects
    entity = pl.DataFrame(
        {"source_id": list(demonstration.truth.entity_ids), "entity": list(demonstration.truth.entity_ids.values())}
    )
    of_object = sources.join(entity, on="source_id").group_by("object_id").agg(pl.col("entity").mode().min())
    named = dict(of_object.iter_rows())
    answered = found.filter(pl.col("subject_id").is_not_null()).select("object_id", "subject_id").rows()
    truth = demonstration.truth.answers
    assert all(truth[named[thing]] == named[subject] for thing, subject in answered)
    assert len(answered) >= 0.9 * sum(1 for who in truth.values() if who)


def test_a_county_goes_on_from_the_year_it_was_made_up_in(county):
    first = demonstration_county(county, year=YEAR, entities=240, seed="a")
    again = demonstration_inbox(county, year=YEAR + 1, entities=240, seed="a", first=YEAR)
    assert again == next_year(county, first, year=YEAR + 1).files
    assert again != demonstration_inbox(county, year=YEAR + 1, entities=240, seed="a")
