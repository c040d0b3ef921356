import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.fitting import read_curve


@pytest.fixture
def written(tmp_path):
    def write(text, name="curve.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


def refused(path, x="step", y="loss"):
    with pytest.raises(ValueError, match=path.name) as error:
        read_curve(path, x=x, y=y)
    return str(error.value)


def test_two_columns_come_back_as_numbers(written):
    path = written("step,rate,loss\n1,0.1,2.5\n10,0.1,1e-1\n")
    curve = read_curve(path, x="step", y="loss")
    np.testing.assert_array_equal(curve.x, [1, 10])
    np.testing.assert_array_equal(curve.y, [2.5, 0.1])
    assert (curve.path, curve.x_name, curve.y_name, curve.notes) == (path, "step", "loss", ())


@pytest.mark.parametrize(("separator", "told"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_read_and_noted(written, separator, told):
    curve = read_curve(written(f"step{separator}loss\n1{separator}2\n2{separator}1\n"), x="step", y="loss")
    np.testing.assert_array_equal(curve.y, [2, 1])
    assert told in curve.notes[0]


def test_line_ends_and_byte_order_marks_of_spreadsheets_do_not_matter(written):
    curve = read_curve(written("\ufeffstep,loss\r\n1,2\r\n2,1\r\n"), x="step", y="loss")
    np.testing.assert_array_equal(curve.x, [1, 2])


def test_points_are_sorted_and_repeats_kept_and_both_are_noted(written):
    curve = read_curve(written("step,loss\n3,3\n1,1\n\n3,4\n"), x="step", y="loss")
    np.testing.assert_array_equal(curve.x, [1, 3, 3])
    np.testing.assert_array_equal(curve.y, [1, 3, 4])
    notes = " ".join(curve.notes)
    assert "line 3" in notes
    assert "sorted" in notes
    assert "repeats" in notes
    assert "line 4" in notes


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("nan", "not finite"),
        ("1e400", "not finite"),
        ("-inf", "not finite"),
        ("--", "not a number"),
        ("1_000", "not a number"),
        ("", "empty cells"),
        ("0", "zero"),
        ("-2", "negative"),
        ('"0,5"', "decimal comma"),
    ],
)
def test_a_cell_that_is_no_positive_number_is_named_with_its_line_and_column(written, cell, told):
    message = refused(written(f"step,loss\n1,2\n\n2,{cell}\n3,1\n"))
    assert told in message
    assert "line 4" in message
    assert "'loss'" in message
    assert "curve.csv" in message


def test_the_point_at_zero_is_left_out_with_a_note(written):
    curve = read_curve(written("step,loss\n0,9\n1,2\n2,1.5\n"), x="step", y="loss")
    assert curve.x.tolist() == [1, 2]
    assert any("step = 0: left out once (first: line 2)" in note for note in curve.notes)


def test_many_bad_cells_are_counted(written):
    assert "2, 3, 4, 5, 6 and 4 more" in refused(written("step,loss\n" + "1,nan\n" * 9))


def test_a_wrong_column_name_gets_the_columns_and_the_nearest_one(written):
    message = refused(written("Step,train_loss\n1,2\n2,1\n"))
    assert "'Step', 'train_loss'" in message
    assert "did you mean 'Step'" in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("step,loss\n", "0 rows"),
        ("step,loss\n1,2\n", "1 rows"),
        ("step,loss\n1,2\n3\n", "line 3 has 1 cells where the header has 2"),
        ("step,loss\n1,2,3\n", "line 2 has 3 cells"),
        ("step,loss,loss\n1,2,3\n", "2 columns named 'loss'"),
        ('step,loss\n1,"2\n3,4\n', "quotation marks"),
        (b"\xff\xfes\x00t\x00", "not UTF-8"),
    ],
)
def test_a_broken_file_is_refused_with_what_is_wrong(written, text, told):
    assert told in refused(written(text))


def test_a_missing_file_gets_the_nearest_name(written):
    path = written("step,loss\n1,2\n2,1\n")
    assert f"did you mean {path}" in refused(path.with_name("curves.csv"))
    assert "is a folder" in refused(path.parent)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused_in_words(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"step,loss\n1,2\n2,1\n" + content)
    try:
        curve = read_curve(path, x="step", y="loss")
    except ValueError as error:
        assert "any.csv" in str(error)  # noqa: PT017
    else:
        assert (curve.y > 0).all()
        assert np.isfinite(curve.x).all()
