import pytest

from onevisit.county import parse_county
from onevisit.errors import RefusedError

TEXTS = {
    "county.toml": 'name = "甲县"\ncode = "510000"\nid_prefix = "JX"\nlist_version = "2027版"\ntowns = ["东镇"]\n',
    "synonyms.toml": "",
    "items.csv": "",
    "guides.csv": "",
    "calendar.csv": "date,is_workday,state,note\n",
    "departments/ga.toml": 'key = "ga"\nname = "县公安局"\nprefix = "GA"\nowner = "team:ga"\n',
}


def refusal(**changed: str | None) -> RefusedError:
    texts = {name.replace("__", "/"): text for name, text in {**TEXTS, **changed}.items() if text is not None}
    with pytest.raises(RefusedError) as caught:
        parse_county(texts)
    return caught.value


def test_a_county_is_read_from_its_files():
    county = parse_county(TEXTS)
    assert county.department_by_name["县公安局"].key == "ga"
    assert county.demonstration is None


def test_every_missing_file_is_named_at_once():
    refused = refusal(**{"items.csv": None, "guides.csv": None})
    assert [one.file for one in refused.problems] == ["items.csv", "guides.csv"]


def test_an_unknown_setting_is_named_with_its_file():
    refused = refusal(**{"departments/ga.toml": TEXTS["departments/ga.toml"] + 'colour = "red"\n'})
    assert refused.problems[0].file == "departments/ga.toml"
    assert refused.problems[0].column == "colour"


def test_a_typing_mistake_in_toml_is_named_with_its_line():
    assert "line 2" in str(refusal(**{"county.toml": 'name = "甲县"\ncode = \n'}))


def test_refusals_read_in_chinese_too():
    assert "县级设置" in refusal(**{"items.csv": None}).zh()


def test_the_reviews_thresholds_are_read_from_their_own_file():
    review = "[shares.objects]\nphone = 0.5\n[departments.ga.objects]\nphone = 0.25\n"
    rules = parse_county({**TEXTS, "review.toml": review}).review
    assert rules.share("objects", "phone") == 0.5
    assert rules.share("objects", "phone", "ga") == 0.25
    assert rules.share("objects", "address", "ga") == parse_county(TEXTS).review.share("objects", "address")


@pytest.mark.parametrize(
    ("review", "column"),
    [
        ("[shares.objects]\nfax = 0.5\n", "shares.objects.fax"),
        ("[shares.objects]\nphone = 85\n", "shares.objects.phone"),
        ("[departments.xx.objects]\nphone = 0.5\n", "departments.xx"),
    ],
)
def test_a_wrong_threshold_is_named_with_its_key(review, column):
    [wrong] = refusal(**{"review.toml": review}).problems
    assert (wrong.file, wrong.column) == ("review.toml", column)


@pytest.mark.parametrize(
    ("plan", "column"),
    [
        ("[plan.frequency]\ndepartments = { xx = 1 }\n", "plan.frequency.departments.xx"),
        ("[plan.frequency]\ntimes_per_year = 0\n", "plan.frequency.times_per_year"),
        ("[plan.raises]\ncomplaints_from = 0\n", "plan.raises.complaints_from"),
        ('[plan.feedback]\n"查到问题" = "+1"\n', "plan.feedback"),
        ('[plan.feedback]\n"注销" = "E"\n', "plan.feedback.注销"),
        ("[plan]\nclass_multipliers = { A = 100, B = 90, C = 250, D = 400, N = 100 }\n", "plan"),
        ("[plan]\nclass_multipliers = { A = 100, B = 150, C = 250, D = 400 }\n", "plan"),
    ],
)
def test_a_rule_of_the_plan_that_cannot_be_is_refused(plan: str, column: str):
    refused = refusal(**{"county.toml": TEXTS["county.toml"] + plan})
    assert [(one.code, one.column) for one in refused.problems] == [("C003", column)]


def test_a_department_may_have_a_frequency_cap_of_its_own():
    own = "[plan.frequency]\ntimes_per_year = 2\ndepartments = { ga = 1 }\n"
    county = parse_county({**TEXTS, "county.toml": TEXTS["county.toml"] + own})
    assert county.plan.frequency.limit(county.departments[0]) == 1
    assert parse_county(TEXTS).plan.frequency.limit(county.departments[0]) == 2


def test_what_a_county_does_not_say_of_a_result_is_as_it_comes():
    own = '[plan.feedback]\n"注销" = "+1"\n"处置未完结" = "="\n'
    feedback = parse_county({**TEXTS, "county.toml": TEXTS["county.toml"] + own}).plan.feedback
    assert (feedback["注销"], feedback["处置未完结"], feedback["未发现问题"]) == ("+1", "=", "=")
    assert feedback["不配合检查情节严重"] == "D"


@pytest.mark.parametrize(
    ("pools", "column"),
    [
        ('[[pools]]\nname = "邻县"\ndepartments = ["xx"]\n', "pools.邻县.departments.xx"),
        ('[[pools]]\nname = "../邻县"\n', "pools.0.name"),
        ('[[pools]]\nname = "邻县"\n[[pools]]\nname = "邻县"\n', "pools"),
    ],
)
def test_a_pool_that_cannot_be_is_refused(pools: str, column: str):
    refused = refusal(**{"county.toml": TEXTS["county.toml"] + pools})
    assert [(one.code, one.column) for one in refused.problems] == [("C003", column)]


def test_a_pool_lends_to_the_departments_it_names_else_to_all():
    pools = '[[pools]]\nname = "甲县"\ndepartments = ["ga"]\n[[pools]]\nname = "乙县"\n'
    county = parse_county({**TEXTS, "county.toml": TEXTS["county.toml"] + pools})
    lent = [[one.key for one in county.lent_by(pool)] for pool in county.pools]
    assert lent == [["ga"], [one.key for one in county.departments]]


def test_where_objections_go_has_a_service_number_and_never_a_line_of_somebody():
    assert parse_county(TEXTS).contact.hotline == "12345"
    refused = refusal(**{"county.toml": TEXTS["county.toml"] + '[contact]\nhotline = "13800138000"\n'})
    assert "contact" in str(refused)
