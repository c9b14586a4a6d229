"""What kind an object is: its credit code says, else the department's label, else its name.

Subjects (主体) answer for themselves: enterprises, institutions, village bodies, sites. Things (客体)
are the products, projects and conduct that a subject answers for (policy III.3.1).

GB 32100: the first two characters of a credit code are the registering authority and the kind.
"""

import polars as pl

THINGS = ("产品", "项目", "行为")
"""Kinds that a responsible subject (责任主体) stands behind."""

KIND_OF_CODE = {
    "91": "企业",
    "92": "个体工商户",
    "93": "农民专业合作社",
    "54": "村集体",
    "55": "村集体",
    "N": "村集体",
    "1": "机关事业单位",
    "A": "机关事业单位",
    "3": "社会组织",
    "5": "社会组织",
    "7": "社会组织",
    "8": "社会组织",
}
"""By the longest beginning that fits. 1 机构编制, 3 司法行政, 5 民政, 7 宗教, 8 工会, 9 市场监管,
A 军队, N 农业农村."""

KIND_OF_LABEL = {
    **{kind: kind for kind in THINGS},
    "企业": "企业",
    "个体工商户": "个体工商户",
    "农民专业合作社": "农民专业合作社",
    "机关事业单位": "机关事业单位",
    "社会组织": "社会组织",
    "村集体": "村集体",
    "场所": "场所",
    "在建工程": "项目",
}
"""By a supervision tag or the department's own column 对象类别, the first that fits."""

KIND_OF_NAME = (
    (r"(?:工程|项目|工地|标段)\)?$", "项目"),
    (r"(?:供水站|水厂|污水处理站|污水处理厂|垃圾中转站|变电站|公共厕所|公厕)$", "场所"),
    (r"村委会|居委会|村民委员会|居民委员会|经济合作联?社|经济联合社|经济合作联合社", "村集体"),
    (r"合作社|专合社|合作联社", "农民专业合作社"),
    (r"公司|合伙\)|集团", "企业"),
    (r"协会|商会|学会|基金会|卫生室|卫生站|幼儿园", "社会组织"),
    (r"人民政府|委员会|(?:局|小学|中学|学校|医院|卫生院|事务所|服务中心|管理站)$", "机关事业单位"),
    (r"(?:店|部|馆|行|坊|厂|场|楼|吧|室|屋|城|所|摊|美容院|超市|门市|经营户)$", "个体工商户"),
)
"""By words of the name, the first that fits; a name is brought to plain form before."""

CODE_OF_KIND = {"企业": "91", "个体工商户": "92", "农民专业合作社": "93", "机关事业单位": "1", "社会组织": "5"}
"""How the credit code of an object without one would begin: who would register it."""


def object_kind(uscc: pl.Expr, labels: pl.Expr, name: pl.Expr) -> pl.Expr:
    """Return the kind of each object; `labels` is a list of tags and types, `name` a plain name."""
    by_code = [pl.when(uscc.str.starts_with(start)).then(pl.lit(kind)) for start, kind in _longest_first(KIND_OF_CODE)]
    other_code = pl.when(uscc.is_not_null()).then(pl.lit("其他"))
    by_label = [pl.when(labels.list.contains(label)).then(pl.lit(kind)) for label, kind in KIND_OF_LABEL.items()]
    by_name = [pl.when(name.str.contains(pattern)).then(pl.lit(kind)) for pattern, kind in KIND_OF_NAME]
    return pl.coalesce(*by_code, other_code, *by_label, *by_name, pl.lit("其他"))


def code_start(uscc: pl.Expr, kind: pl.Expr, name: pl.Expr) -> pl.Expr:
    """Return how an object's credit code begins or, for one without, would begin; null where none is given.

    Of village bodies the collectives have codes of 农业农村 (N), the committees of 民政 (5).
    """
    of_village = pl.when(name.str.contains("经济")).then(pl.lit("N")).otherwise(pl.lit("5"))
    of_kind = kind.replace_strict(CODE_OF_KIND, default=None, return_dtype=pl.String)
    return pl.coalesce(uscc, pl.when(kind == "村集体").then(of_village).otherwise(of_kind))


def _longest_first(table: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(table.items(), key=lambda entry: -len(entry[0]))
