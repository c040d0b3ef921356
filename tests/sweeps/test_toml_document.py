"""A file that is no recipe is refused by name; one that is slightly unusual is read."""

from pathlib import Path

import pytest

from spectra.sweeps import read_experiment
from spectra.sweeps.toml_document import LONG_KEY
from tests.sweeps.written_recipe import RECIPE, recipe, refusal


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
    assert refusal(tmp_path).endswith("v4.toml, v5.toml and 5 more")
    assert "cannot be read" in refusal(tmp_path / ("x" * 1000))
    if Path("/dev/zero").exists():
        assert "not an ordinary file" in refusal(Path("/dev/zero"))


def test_a_file_in_another_encoding_is_named(tmp_path):
    path = recipe(tmp_path)
    path.write_bytes(RECIPE.encode("utf-16"))
    assert "not UTF-8: byte 0 is 0xff" in refusal(path)


def test_a_file_much_longer_than_any_recipe_is_not_read(tmp_path):
    path = recipe(tmp_path)
    path.write_bytes(path.read_bytes() + b"#" * 2**20)
    assert f"has {path.stat().st_size} bytes, and a recipe at most 1048576; is it another file?" in refusal(path)


@pytest.mark.timeout(20)
def test_a_key_of_very_many_parts_takes_no_time(tmp_path):
    assert "line 4: a key of more than 20 parts; no value is nested" in refusal(
        recipe(tmp_path, "steps = 12", "steps = 12\n" + "a." * 99_999 + "b = 1")
    )


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text", ["a" * 10**6, " " * 10**6, "a " * 500_000, '"' * 10**6, "a." * 15 + "b", "1.5, " * 10**5]
)
def test_looking_for_such_a_key_takes_no_time_and_finds_no_other(text):
    assert LONG_KEY.search(text) is None
