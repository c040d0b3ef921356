import hashlib
import shutil
import subprocess

import pytest

from spectra.data.checksum import checksum, require_content


def test_one_file_has_its_own_checksum(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert checksum([tmp_path / "a"], tmp_path) == hashlib.sha256(b"abc").hexdigest()


def test_names_and_contents_of_all_files_count_and_their_order_does_not(tmp_path):
    (tmp_path / "sub").mkdir()
    one, two, three = tmp_path / "b", tmp_path / "sub" / "a", tmp_path / "c"
    for path, content in ((one, b"1"), (two, b"2"), (three, b"2")):
        path.write_bytes(content)
    whole = checksum([one, two], tmp_path)
    assert whole == checksum([two, one], tmp_path)
    assert whole != checksum([one, three], tmp_path)
    one.write_bytes(b"3")
    assert whole != checksum([one, two], tmp_path)


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not here")
def test_the_checksum_of_several_files_is_that_of_the_list_of_sha256sum(tmp_path):
    for name in ("x", "y z"):
        (tmp_path / name).write_text(name)
    listing = subprocess.run(["sha256sum", "x", "y z"], cwd=tmp_path, capture_output=True, check=True).stdout
    assert checksum(tmp_path.iterdir(), tmp_path) == hashlib.sha256(listing).hexdigest()


def test_without_a_checksum_nothing_is_read(tmp_path):
    require_content(None, [tmp_path / "missing"], tmp_path)


def test_another_content_is_refused_with_both_checksums(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    with pytest.raises(ValueError, match=f"{hashlib.sha256(b'abc').hexdigest()}.*sha256 = {'0' * 64} was given"):
        require_content("0" * 64, [tmp_path / "a"], tmp_path)
