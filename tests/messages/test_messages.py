"""Everything that the package can say stands in one table of the documents, and has been said in a test."""

from tests.messages.places import ROOT, Place, all_places, places
from tests.messages.table import Example, chosen, exists, plain, read_table

AGAIN = "run `make messages`, which runs the tests and writes docs/messages.csv"


def test_the_table_has_every_message_and_no_other():
    written, there = set(read_table()), all_places()
    assert not there - written, f"not in the table: {AGAIN}"
    assert not written - there, f"no longer in the source: {AGAIN}"


def test_every_message_has_an_example_and_its_test_exists():
    for place, (example, test) in read_table().items():
        assert example, f"no test has {place}: write one, and {AGAIN}"
        assert exists(test), f"{test} has the example of {place}: {AGAIN}"


def test_places_are_known_by_function_kind_and_text(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.messages.places.PACKAGE", tmp_path / "package")
    file = tmp_path / "package" / "module.py"
    file.parent.mkdir()
    file.write_text(
        'class A:\n    def f(self, x):\n        raise ValueError(f"{x!r} was given; " "a positive one is needed")\n'
        'try:\n    warnings.warn("slow", stacklevel=2)\nexcept OSError as error:\n    raise\n'
    )
    assert set(places(file).values()) == {
        Place("package.module", "warnings.warn", "slow"),
        Place("package.module.A.f", "ValueError", "{x} was given; a positive one is needed"),
    }


def test_a_row_keeps_its_test_as_long_as_that_gives_the_message():
    here = "tests/messages/test_messages.py::test_a_row_keeps_its_test_as_long_as_that_gives_the_message"
    before, others = Example("words", here), {"test_c": "a word", "test_a": "a word"}
    assert chosen(others, {"test_a", "test_c"}, before) == before  # its test did not run
    assert chosen({**others, here: "other words"}, {here}, before) == Example("other words", here)
    assert chosen(others, {here}, before) == chosen(others, {}, Example("words", f"{here}_no_more"))
    assert chosen(others, {here}, before) == Example("a word", "test_a")
    assert chosen({}, {here}, before) == Example("", "")


def test_an_example_has_nothing_that_changes_from_run_to_run(tmp_path):
    assert plain(f"ValueError: {tmp_path}/a.csv is empty") == "ValueError: FOLDER/a.csv is empty"
    assert plain(f"{ROOT}/spectra/a.py") == "spectra/a.py"
    assert plain("run 3a82ce66416cc16b of <A at 0x7f4b96a9c940>") == "run DIGEST of <A at DIGEST>"
    assert plain("at most 1000000000 bytes") == "at most 1000000000 bytes"
