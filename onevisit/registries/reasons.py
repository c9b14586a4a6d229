"""Why the register took one filed value and not another: the only words `ObjectFields.why` may say."""

TRUSTED = "代码可信"
REGISTRAR = "登记机关所填"
LICENSER = "许可部门所填"
MOST = "多数记录一致"
NEWEST = "最近更新"
CAUTIOUS = "同日更新，从严采用"
ONLY = "没有其他值"
UNMASKED = "其他值已打码"
FIRST = "不分先后，按名录顺序取前"

SAME = "与采用的值相同"
SPELLING = "只是写法不同"
OLD_NAME = "曾用名"
SUSPECT = "代码存疑，不采用"
MASKED = "已打码"
NOT_REGISTRAR = "登记机关的值优先"
NOT_LICENSER = "许可部门的值优先"
FEWER = "少数记录的写法"
OLDER = "其他记录更新"
LENIENT = "同日更新，从严采用其他值"
LATER = "不分先后，按名录顺序在后"
UNKNOWN_SUBJECT = "名录库中没有这个主体，或者不止一个"

TAKEN = (TRUSTED, REGISTRAR, LICENSER, MOST, NEWEST, CAUTIOUS, ONLY, UNMASKED, FIRST)
"""Of the value that was taken."""
LOST = (
    SAME, SPELLING, OLD_NAME, SUSPECT, MASKED, NOT_REGISTRAR, NOT_LICENSER, FEWER, OLDER, LENIENT, LATER,
    UNKNOWN_SUBJECT,
)  # fmt: skip
"""Of the others."""
