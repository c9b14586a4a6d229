"""The kinds of lists a department hands in, and the fields of each.

A field name here is the one English term for a column, whatever sixteen departments call it. Which
header means which field stands in `county/synonyms.toml` and `county/departments/*.toml`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of list.

    `title` is how its files' names begin. `required` columns must be in the header; `filled` ones
    must also hold a value in every row. A row is identified to people by its `record` field.
    """

    key: str
    title: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    filled: tuple[str, ...]
    record: str

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field of the kind."""
        return self.required + self.optional


KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            "objects",
            "检查对象名录",
            required=("name", "code"),
            optional=(
                "source_id",
                "address",
                "legal_rep",
                "phone",
                "opened_on",
                "status",
                "town",
                "updated_on",
                "tags",
                "entity_type",
                "responsible_name",
                "responsible_code",
                "business_scope",
            ),
            filled=("name",),
            record="source_id",
        ),
        Kind(
            "inspectors",
            "执法检查人员名录",
            required=("name", "item_codes", "certificate_no", "certificate_valid_to", "status"),
            optional=(
                "source_id",
                "sex",
                "id_number",
                "phone",
                "employer",
                "person_kind",
                "qualifications",
                "level",
                "unavailability",
                "former_employer",
                "left_on",
            ),
            filled=("name",),
            record="source_id",
        ),
        Kind(
            "experts",
            "专家名录",
            required=("source_id", "name", "specialty", "status"),
            optional=("employer", "title", "id_number", "phone"),
            filled=("source_id", "name", "specialty"),
            record="source_id",
        ),
        Kind(
            "items",
            "随机抽查事项清单",
            required=("item_code", "item_name", "tier"),
            optional=(
                "category",
                "object_scope",
                "tags",
                "methods",
                "ratio_text",
                "qualification",
                "legal_basis",
            ),
            filled=("item_code", "item_name"),
            record="item_code",
        ),
        Kind(
            "plan",
            "年度抽查计划",
            required=("plan_row_id", "item_code", "scope_text", "ratio_text", "method", "window_text"),
            optional=(
                "task_name",
                "draw_type",
                "item_name",
                "area",
                "credit_requirement",
                "lead_department",
                "partners",
                "partner_items",
                "matching",
                "note",
            ),
            filled=("plan_row_id",),
            record="plan_row_id",
        ),
        Kind(
            "credit",
            "信用风险分类",
            required=("code", "credit_class"),
            optional=("name", "assessed_on"),
            filled=("code", "credit_class"),
            record="code",
        ),
        Kind(
            "abnormal",
            "经营异常名录",
            required=("code", "reason"),
            optional=("name", "listed_on", "lifted_on"),
            filled=("code", "reason"),
            record="code",
        ),
        Kind(
            "complaints",
            "投诉举报",
            required=("source_id", "received_on", "name"),
            optional=("channel", "code", "category", "is_substantiated"),
            filled=("source_id", "received_on"),
            record="source_id",
        ),
        Kind(
            "interests",
            "利害关系回避申报",
            required=("person_source_id", "person_name", "object_name", "relation"),
            optional=("employer", "code", "declared_by"),
            filled=("person_name", "object_name", "relation"),
            record="person_source_id",
        ),
        Kind(
            "other_checks",
            "其他检查记录",
            required=("source_id", "name", "checked_on", "cause"),
            optional=("code", "checked_by", "item_code", "item_name"),
            filled=("name", "checked_on"),
            record="source_id",
        ),
        Kind(
            "rosters",
            "任务参加人员名单",
            required=("person_name",),
            optional=("task_id", "plan_row_id", "certificate_no", "leave_from", "leave_to", "note"),
            filled=("person_name",),
            record="task_id",
        ),
        Kind(
            "results",
            "检查结果",
            required=("plan_row_id", "task_id", "object_id", "item_code", "checked_on", "result_types"),
            optional=(
                "name",
                "checked_by",
                "problem",
                "disposal",
                "is_disposed",
                "note",
                "inspectors",
                "substitute_reason",
                "scanned_at",
                "scanned_place",
                "disposal_to",
                "dispose_by",
                "disposed_on",
                "report_file",
                "report_sha256",
                "entered_by",
            ),
            filled=("plan_row_id", "task_id", "object_id", "item_code"),
            record="plan_row_id",
        ),
    )
}

PERSONAL_FIELDS = {"inspectors": ("id_number", "phone"), "experts": ("id_number", "phone")}
"""Fields replaced at intake: `id_number` by `id_masked` and `person_key` (salted digest of the full
18-character number, empty when the number is masked or broken) and `birth_year`; `phone` of an
inspector or expert by `phone_masked` and `phone_key`. A legal representative's phone stays in the objects'
rows (internal, mode 600) and additionally gets `phone_key`, so that an inspector's own shop is found."""
