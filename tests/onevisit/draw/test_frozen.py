"""Everything the protocol refuses at freeze, one by one."""

from collections.abc import Callable

import pytest

from onevisit.draw.frozen import check_manifest, read_frozen
from onevisit.errors import RefusedError
from tests.onevisit.draw.samples import vector

Files = dict[str, bytes]
Change = Callable[[bytes], bytes]


def codes(files: Files) -> set[str]:
    """The problem codes a set of frozen files is refused for."""
    try:
        read_frozen(files)
    except RefusedError as refused:
        return {one.code for one in refused.problems}
    return set()


def swap(old: str, new: str) -> Change:
    """Replace the first occurrence and sort the lines again."""

    def change(data: bytes) -> bytes:
        assert old.encode() in data
        return b"".join(sorted(data.replace(old.encode(), new.encode(), 1).splitlines(keepends=True)))

    return change


def more(line: str) -> Change:
    """Put one more line in its place."""
    return lambda data: b"".join(sorted([*data.splitlines(keepends=True), f"{line}\n".encode()]))


def without(number: int) -> Change:
    """Take a line out."""
    return lambda data: b"".join(line for i, line in enumerate(data.splitlines(keepends=True)) if i != number)


FIRST = "91510923MA056AJ4A2"
REFUSED: list[tuple[str, str, str, Change]] = [
    # vector, file, code, change
    ("open", "objects.tsv", "D019", more(f"{FIRST}\tN\t91510923MA070C4155")),
    ("witnessed", "objects.tsv", "D020", swap("wuqc2vp56lwxehpd5x6jr7", "hb6eg2dgqwbjchhbtmtdcr")),
    ("open", "objects.tsv", "D021", swap(f"{FIRST}\tN", f"{FIRST}\tA")),
    ("open", "objects.tsv", "D021", swap(f"N\t{FIRST}", "N\tDY-1")),
    ("open", "objects.tsv", "D018", swap(FIRST, "91510923MA056AJ4A3")),
    ("open", "objects.tsv", "D008", swap(FIRST, FIRST.lower())),
    ("open", "objects.tsv", "D008", swap(f"{FIRST}\tN", f"{FIRST}\tE")),
    ("witnessed", "objects.tsv", "D008", swap("hb6eg2dgqwbjchhbtmtdcr", "hb6eg2dgqwbjchhbtmtdc1")),
    ("open", "history.tsv", "D031", more(f"{FIRST}\t040b19c7e04df7d8\t0")),
    ("open", "history.tsv", "D008", swap("040b19c7e04df7d9", "040b19c7e04df7d")),
    ("open", "history.tsv", "D008", swap("\t0\n", "\t2\n")),
    ("open", "history.tsv", "D018", swap(FIRST, "91510923MA056AJ4A3")),
    ("witnessed", "scope.tsv", "D024", more("T001\tG01-1\tB\t91510923MA0159CF03")),
    ("witnessed", "plan.tsv", "D027", more("T001\tG01-1\tA\tgeneral\t142\trate\t131\t0")),
    ("open", "scope.tsv", "D022", more("T001\tG01-1\tN\tDY-1")),
    ("witnessed", "scope.tsv", "D023", swap("G01-1\tA\t91510923MA0159CF03", "G01-1\tB\t91510923MA0159CF03")),
    ("open", "plan.tsv", "D030", without(0)),
    ("open", "plan.tsv", "D029", swap("\t17\trate\t206", "\t16\trate\t206")),
    ("open", "plan.tsv", "D029", more("T009\tG09-1\tN\tgeneral\t1\trate\t100\t0")),
    ("open", "plan.tsv", "D028", swap("rate\t206", "rate\t10001")),
    ("open", "plan.tsv", "D026", swap("rate\t206", "share\t206")),
    ("open", "plan.tsv", "D025", swap("general\t17", "special\t17")),
    ("open", "plan.tsv", "D009", swap("rate\t206\t0", "rate\t206\t2147483648")),
    ("open", "plan.tsv", "D008", swap("rate\t206\t0", "rate\t206\t00")),
    ("open", "plan.tsv", "D008", swap("rate\t206\t0", "rate\t206\t٣")),
    ("open", "settings.tsv", "D012", swap("algorithm\tov1", "algorithm\tov2")),
    ("open", "settings.tsv", "D012", more("colour\tred")),
    ("open", "settings.tsv", "D012", swap("batches\t4", "batches\t0")),
    ("open", "settings.tsv", "D012", swap("substitutes\t8", "substitutes\t0")),
    ("open", "settings.tsv", "D012", swap("sparing\t9000", "sparing\t10001")),
    ("open", "settings.tsv", "D012", swap("exempt\tD", "exempt\tE")),
    ("open", "settings.tsv", "D012", swap("exempt\tD", "exempt\tDA")),
    ("open", "settings.tsv", "D012", swap("disclosure\topen", "disclosure\tsecret")),
    ("open", "settings.tsv", "D013", without(0)),
    ("open", "witnesses.tsv", "D014", swap("procuratorate", "beacon")),
    ("open", "sources.tsv", "D015", without(0)),
    ("open", "sources.tsv", "D008", swap("2027-03-02", "2027-02-30")),
    ("open", "sources.tsv", "D008", swap("+08:00", "Z")),
    ("open", "chains.tsv", "D016", swap("notary", "mayor")),
    ("open", "chains.tsv", "D017", without(0)),
    ("open", "scope.tsv", "D007", more("T001\tG01-1\tN")),
    ("open", "scope.tsv", "D006", lambda data: data + data.splitlines(keepends=True)[-1]),
    ("open", "scope.tsv", "D006", lambda data: b"".join(data.splitlines(keepends=True)[::-1])),
    ("open", "scope.tsv", "D005", lambda data: data + b"\n"),
    ("open", "witnesses.tsv", "D005", swap("notary", "notary ")),
    ("open", "scope.tsv", "D004", lambda data: data[:-1]),
    ("open", "scope.tsv", "D003", lambda data: data.replace(b"\n", b"\r\n")),
    ("open", "sources.tsv", "D003", swap("notary-hall-digits", "notary\0digits")),
    ("open", "sources.tsv", "D002", swap("notary-hall-digits", "cafe\u0301")),
    ("open", "objects.tsv", "D001", lambda data: data + b"\xff\n"),
]


@pytest.mark.parametrize(("name", "file", "code", "change"), REFUSED)
def test_what_may_not_be_frozen_is_refused(name: str, file: str, code: str, change: Change) -> None:
    files = vector(name)
    assert code in codes(files | {file: change(files[file])})


@pytest.mark.parametrize(
    "look_alike", ["9151О923MA056AJ4A2", "９1510923MA056AJ4A2", "91510923MA056AJ4A2\u200b", "91510923MA056AJ4А2"]
)
def test_an_id_that_only_looks_like_one_is_refused_not_repaired(look_alike: str) -> None:
    files = vector("open")
    objects = swap(f"{FIRST}\tN\t{FIRST}", f"{look_alike}\tN\t{look_alike}")(files["objects.tsv"])
    assert "D008" in codes(files | {"objects.tsv": objects})


def test_every_problem_is_said_at_once() -> None:
    files = vector("open")
    wrong = {
        "plan.tsv": swap("rate\t206", "rate\t10001")(files["plan.tsv"]),
        "settings.tsv": without(0)(files["settings.tsv"]),
        "scope.tsv": more("T001\tG01-1\tN\tDY-1")(files["scope.tsv"]),
    }
    assert {"D013", "D022", "D028"} <= codes(files | wrong)


def test_a_missing_frozen_file_is_refused() -> None:
    files = vector("open")
    del files["chains.tsv"]
    assert codes(files) == {"D011"}


def test_a_secret_mark_is_never_in_a_problem() -> None:
    files = vector("witnessed")
    doubled = swap("wuqc2vp56lwxehpd5x6jr7", "hb6eg2dgqwbjchhbtmtdcr")(files["objects.tsv"])
    with pytest.raises(RefusedError) as refused:
        read_frozen(files | {"objects.tsv": doubled})
    assert "hb6eg2dgqwbjchhbtmtdcr" not in str(refused.value)


def test_a_frozen_file_that_manifest_does_not_list_or_that_changed_is_reported() -> None:
    files = vector("open")
    assert not check_manifest(files)
    shorter = files | {"MANIFEST": b"".join(files["MANIFEST"].splitlines(keepends=True)[1:])}
    assert {one.code for one in check_manifest(shorter)} == {"D033"}
    changed = files | {"history.tsv": b""}
    assert {one.code for one in check_manifest(changed)} == {"D034"}
    turned = files | {"MANIFEST": b"".join(files["MANIFEST"].splitlines(keepends=True)[::-1])}
    assert {one.code for one in check_manifest(turned)} == {"D032"}
