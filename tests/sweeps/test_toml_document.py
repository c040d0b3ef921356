"""A file that is no recipe is refused by name; one that is slightly unusual is read."""

from pathlib import Path

from spectra.sweeps import read_experiment
from tests.sweeps.test_experiment import RECIPE, recipe, refusal


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = recipe(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_experiment(path).specs) == 24


def test_a_file_that_is_none_is_named(tmp_path):
    recipe(tmp_path)
    assert "there is no such file; did you mean 'widths.toml'?" in refusal(tmp_path / "width.toml")
    assert "there is no such file" in refusal(tmp_path / "nowhere" / "width.toml")
    assert "is a folder; name the recipe file in it; there are widths.toml" in refusal(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    assert "there is no such file; there are widths.toml" in refusal(tmp_path / "project.toml")
    for number in range(12):
        (tmp_path / f"v{number}.toml").touch()
    assert refusal(tmp_path).endswith("v6.toml, v7.toml and 3 more")
    assert "cannot be read" in refusal(tmp_path / ("x" * 1000))
    if Path("/dev/zero").exists():
        assert "not an ordinary file" in refusal(Path("/dev/zero"))


def test_a_file_in_another_encoding_is_named(tmp_path):
    path = recipe(tmp_path)
    path.write_bytes(RECIPE.encode("utf-16"))
    assert "not UTF-8: byte 0 is 0xff" in refusal(path)
