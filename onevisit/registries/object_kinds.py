"""What kind of subject an object is: its credit code says, else the department's label, else its name.

GB 32100: the first two characters of a credit code are the registering authority and the kind.
"""

import polars as pl

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
    "企业": "企业",
    "个体工商户": "个体工商户",
    "农民专业合作社": "农民专业合作社",
    "机关事业单位": "机关事业单位",
    "在建工程": "场所项目",
}
"""By a supervision tag or the department's own column 对象类别."""

KIND_OF_NAME = (
    (r"工程|项目|工地|标段|供水站|污水处理", "场所项目"),
    (r"村委会|居委会|村民委员会|居民委员会|经济合作联?社|经济联合社|经济合作联合社", "村集体"),
    (r"合作社|专合社|合作联社", "农民专业合作社"),
    (r"公司|合伙\)|集团", "企业"),
    (r"协会|商会|学会|基金会|卫生室|卫生站|幼儿园", "社会组织"),
    (r"人民政府|委员会|(?:局|小学|中学|学校|医院|卫生院|事务所|服务中心|管理站)$", "机关事业单位"),
    (r"(?:店|部|馆|行|坊|厂|场|楼|吧|室|屋|城|所|摊|美容院|超市|门市|经营户)$", "个体工商户"),
)
"""By words of the name, the first that fits; a name is brought to plain form and rid of remarks before."""


def object_kind(uscc: pl.Expr, labels: pl.Expr, name: pl.Expr) -> pl.Expr:
    """Return the kind of each object; `labels` is a list of tags and types, `name` a plain name."""
    by_code = [pl.when(uscc.str.starts_with(start)).then(pl.lit(kind)) for start, kind in _longest_first(KIND_OF_CODE)]
    other_code = pl.when(uscc.is_not_null()).then(pl.lit("其他"))
    by_label = [pl.when(labels.list.contains(label)).then(pl.lit(kind)) for label, kind in KIND_OF_LABEL.items()]
    by_name = [pl.when(name.str.contains(pattern)).then(pl.lit(kind)) for pattern, kind in KIND_OF_NAME]
    return pl.coalesce(*by_code, other_code, *by_label, *by_name, pl.lit("其他"))


def _longest_first(table: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(table.items(), key=lambda entry: -len(entry[0]))
