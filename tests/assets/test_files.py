import stat

from assets.clock import secret
from assets.files import write_whole
from assets.folders import Folders


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "new" / "a.txt"
    write_whole(path, b"old")
    write_whole(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_what_a_crash_left_half_written_is_no_content(tmp_path):
    (tmp_path / ".a.txt.part").write_bytes(b"ha")
    write_whole(tmp_path / "a.txt", b"whole")
    assert (tmp_path / "a.txt").read_bytes() == b"whole"


def test_a_demonstration_has_the_same_secret_on_every_machine(tmp_path, county):
    folders = [Folders(tmp_path / name) for name in ("here", "there")]
    assert len({secret(one, county, 2027) for one in folders}) == 1
    assert secret(folders[0], county, 2027) != secret(folders[0], county, 2028)


def test_a_real_county_has_a_secret_of_its_own_and_keeps_it(tmp_path, county):
    real = county.model_copy(update={"demonstration": None})
    here, there = Folders(tmp_path / "here"), Folders(tmp_path / "there")
    kept = secret(here, real, 2027)
    assert secret(here, real, 2027) == kept != secret(there, real, 2027)
    assert len(bytes.fromhex(kept)) == 32
    assert stat.S_IMODE((here.sealed(2027) / "secret").stat().st_mode) == 0o600


def test_the_sealed_folder_is_closed_to_others(tmp_path, county):
    folders = Folders(tmp_path)
    secret(folders, county, 2027)
    assert stat.S_IMODE(folders.sealed(2027).stat().st_mode) == 0o700
