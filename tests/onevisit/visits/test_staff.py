"""The frozen staff: who is in it, in which form, and that nothing later changes who may be drawn."""

import polars as pl
import pytest

from onevisit.draw.frozen import STAFF_FILES
from onevisit.errors import RefusedError
from onevisit.tables import frame_of
from onevisit.visits.lots import commitment
from onevisit.visits.staff import COLUMNS, Registers, ids_of, read_staff, staff_files
from onevisit.visits.tables import Recusals
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, KEYS, POLICE, SALT, SHOP, YEAR, day

ITEMS = samples.items(
    {"is_expert_needed": True, "qualification": "卫生监督"},
    {"item_code": "GA-001", "department": POLICE, "tags": ["旅馆"]},
)
PEOPLE = samples.people(
    {"qualifications": ["卫生监督"]},
    {"certificate_valid_to": day("12-31")},
    {"department": POLICE, "item_codes": ["GA-001", "GA-002"]},
    {"department": POLICE, "item_codes": ["GA-002"]},
    {"is_eligible": False},
)
EXPERTS = samples.experts({}, {"expert_id": "E2", "specialty": "网吧"}, {"expert_id": "E3", "is_valid": False})
RECUSALS = samples.recusals(
    {"person_id": "P-0001"}, {"expert_id": "E1", "object_id": INN}, {"person_id": "P-0001", "object_id": "DY-0009"}
)
TASK_ITEMS = samples.task_items(
    {}, {"department": POLICE, "item_code": "GA-001"}, {"plan_row_id": "R2", "is_on_site": False}
)
SCOPE = pl.DataFrame({"plan_row_id": ["R1", "R1", "R2"], "object_id": [SHOP, INN, "DY-0009"]})


def freeze(shuffle: int | None = None) -> dict[str, bytes]:
    def mixed(frame: pl.DataFrame) -> pl.DataFrame:
        return frame if shuffle is None else frame.sample(fraction=1, shuffle=True, seed=shuffle)

    objects = samples.objects({}, {"object_id": INN}, {"object_id": "DY-0009"})
    return staff_files(
        Registers(*(mixed(frame) for frame in (ITEMS, objects, *PEOPLE, EXPERTS, RECUSALS))),
        task_items=mixed(TASK_ITEMS),
        scope=mixed(SCOPE),
        seat_count=2,
        year=YEAR,
        department_keys=KEYS,
        secret=SALT,
    )


def name(number: str) -> str:
    return commitment(SALT, number)


def lines(data: bytes) -> list[list[str]]:
    return [line.split("\t") for line in data.decode().splitlines()]


def test_the_files_say_who_may_check_what_at_which_doors_and_who_stays_away():
    files = freeze()
    assert tuple(sorted(files)) == STAFF_FILES == tuple(COLUMNS)
    assert lines(files["demands.tsv"]) == [
        ["T001", "R1", "GA-001", "ga", "2", "0", "-"],
        ["T001", "R1", "WJ-001", "wj", "2", "1", "卫生监督"],
    ]
    assert sorted(lines(files["people.tsv"])) == sorted(
        [
            ["wj", name("00000001"), "WJ-001", "1", "2027-12-31"],
            ["wj", name("00000002"), "WJ-001", "0", "2027-12-31"],
            ["ga", name("00000003"), "GA-001", "1", "2027-12-31"],
        ]
    )
    assert lines(files["experts.tsv"]) == [[name("expert|E1"), "旅馆"]]
    assert lines(files["fields.tsv"]) == [["WJ-001", SHOP, "旅馆"], ["WJ-001", INN, "旅馆"]]
    assert sorted(lines(files["recusals.tsv"])) == sorted([[name("00000001"), SHOP], [name("expert|E1"), INN]])


@pytest.mark.parametrize("shuffle", range(3))
def test_the_order_of_the_registers_makes_no_difference(shuffle: int):
    assert freeze(shuffle) == freeze()


def test_what_is_read_is_what_was_frozen_with_todays_ids():
    ids = ids_of(PEOPLE[0], EXPERTS, secret=SALT)
    staff = read_staff(
        freeze(), departments={"wj": HEALTH, "ga": POLICE}, ids=ids, avoided={name("00000002"): frozenset({INN})}
    )
    assert sorted(staff.people.select("department", "person_id", "is_qualified").rows()) == sorted(
        [(HEALTH, "P-0001", True), (HEALTH, "P-0002", False), (POLICE, "P-0003", True)]
    )
    assert staff.experts["expert_id"].to_list() == ["E1"]
    assert staff.avoided == {
        name("00000001"): frozenset({SHOP}),
        name("00000002"): frozenset({INN}),
        name("expert|E1"): frozenset({INN}),
    }


def test_who_left_the_register_since_keeps_a_name_of_their_own():
    staff = read_staff(freeze(), departments={"wj": HEALTH, "ga": POLICE}, ids={}, avoided={})
    assert staff.people["person_id"].n_unique() == 3
    assert staff.people["person_id"].str.starts_with("P-离库-").all()


def test_a_department_gone_from_the_settings_since_keeps_its_key():
    staff = read_staff(freeze(), departments={"wj": HEALTH}, ids={}, avoided={})
    assert set(staff.people["department"]) == set(staff.demands["department"]) == {HEALTH, "ga"}


def test_no_name_or_number_of_a_person_is_in_the_files():
    whole = b"\n".join(freeze().values()).decode()
    for column in ("certificate_no", "name", "person_id"):
        assert not any(value in whole for value in PEOPLE[0][column])


def test_a_register_that_no_frozen_file_may_hold_is_refused_with_its_place():
    broken = samples.experts({"specialty": "旅馆 "})
    with pytest.raises(RefusedError) as refused:
        staff_files(
            Registers(
                samples.items({"is_expert_needed": True, "tags": ["旅馆 "]}),
                samples.objects(),
                *PEOPLE,
                broken,
                frame_of(Recusals, []),
            ),
            task_items=samples.task_items({}),
            scope=SCOPE.head(1),
            seat_count=2,
            year=YEAR,
            department_keys=KEYS,
            secret=SALT,
        )
    assert {one.code for one in refused.value.problems} == {"D005"}
