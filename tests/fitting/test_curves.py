import numpy as np
import pytest

from spectra.fitting.curves import read_curve, read_curves


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
        ("--", "not a number"),
        ("1_000", "not a number"),
        ("0x10", "not a number"),
        ("٣", "not a number"),
        ("0", "zero"),
        ("-2", "negative"),
        ('"0,5"', "a comma within a number"),
    ],
)
def test_a_cell_that_is_no_positive_number_is_named_with_its_line_and_column(written, cell, told):
    message = refused(written(f"step,loss\n1,2\n\n2,{cell}\n3,1\n"))
    assert told in message
    assert "line 4" in message
    assert "'loss'" in message
    assert "curve.csv" in message


@pytest.mark.parametrize("cell", ["nan", "NaN", "inf", "-inf", "1e400"])
def test_single_values_that_are_not_finite_are_left_out_with_a_note(written, cell):
    curve = read_curve(written(f"step,loss\n1,2\n2,{cell}\n3,1\n"), x="step", y="loss")
    assert curve.x.tolist() == [1, 3]
    assert curve.notes == ("'loss' is not finite at line 3: left out once.",)
    assert "'step': not finite at line 3" in refused(written(f"step,loss\n1,2\n{cell},1\n3,1\n"))


def test_a_run_that_diverged_is_refused_with_its_last_finite_value(written):
    message = refused(written("step,loss\n1,2\n2,3\n3,nan\n4,inf\n"))
    assert "lines 4, 5" in message
    assert "its last finite value is 3 at step = 2" in message


def test_rows_without_a_value_are_no_points_and_counted(written):
    curve = read_curve(written("step,loss\n1,2\n2,\n3, \n,1\n4,1\n"), x="step", y="loss")
    assert curve.x.tolist() == [1, 4]
    assert "2 rows have no 'loss' and are no points (first: line 3)." in curve.notes
    assert "1 rows have no 'step' and are no points (first: line 5)." in curve.notes


def test_rows_may_grow_as_loggers_that_meet_new_quantities_write_them(written):
    curve = read_curve(written("step,loss,lr\n1,4\n2,3\n3,2,0.1\n4,1,\n"), x="step", y="loss")
    assert curve.y.tolist() == [4, 3, 2, 1]
    assert "line 4 has 2 cells where the header has 3" in refused(written("step,loss,lr\n1,4\n2,3,1\n3,2\n"))


def test_a_last_line_without_line_break_is_doubted(written):
    curve = read_curve(written("step,loss\n1,2\n2,1"), x="step", y="loss")
    assert any("does not end with a line break" in note for note in curve.notes)
    curve = read_curve(written("step,loss\n1,2\n2,1\n3"), x="step", y="loss")
    assert any("a last line that is cut off at line 4" in note for note in curve.notes)


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
        ("step;loss\n1,5;2\n3;1\n", "a comma within a number"),
        ("step loss\n1,2\n", "line 2 has 1 cells"),
        ("\n\n \n", "is empty"),
        (b"\xff\xfes\x00t\x00", "line 1 is not UTF-8"),
        ("step,loss\n1,2\nä,3\n".encode("latin-1"), "line 3 is not UTF-8"),
        (b"step,loss\n1,2\n\0\0\0\0", "line 3 holds zero bytes"),
        (b"PK\x03\x04zip", "a zip archive"),
        (b"\x80\x05pickle", "a pickle, which is never opened"),
    ],
)
def test_a_broken_file_is_refused_with_what_is_wrong(written, text, told):
    assert told in refused(written(text))


def test_a_missing_file_gets_the_nearest_name(written):
    path = written("step,loss\n1,2\n2,1\n")
    for format in (None, "csv", "json", "parquet", "feather", "events", "mlflow"):
        with pytest.raises(ValueError, match="did you mean") as error:
            read_curve(path.with_name("curves.csv"), format=format)
        assert f"did you mean {path}" in str(error.value)
    with pytest.raises(ValueError, match="known are csv, json"):
        read_curve(path, format="hdf")


def test_plain_numbers_and_numbers_in_quotation_marks_are_the_same(written):
    rows = [(step, 10 / step**0.37) for step in range(1, 3000)]
    plain = written("step,loss\n" + "".join(f"{a},{b!r}\n" for a, b in rows))
    first = read_curve(plain)
    quoted = read_curve(written('"step","loss"\n' + "".join(f'"{a}","{b!r}"\n' for a, b in rows)))
    np.testing.assert_array_equal(first.y, [b for _, b in rows])
    np.testing.assert_array_equal(first.y, quoted.y)


def test_places_are_right_beyond_the_first_block(written, monkeypatch):
    monkeypatch.setattr("spectra.fitting.saved.text_blocks.BLOCK_BYTES", 100)
    rows = [f"{step},{10 / step:.6f}" for step in range(1, 200)]
    assert len(read_curve(written("\n".join(["step,loss", *rows, ""]))).x) == 199
    rows[150] = '151,"x\ny"'
    rows[160] = "161,z"
    assert "lines 153, 163" in refused(written("\n".join(["step,loss", *rows, ""])))
    assert read_curves(written("\n".join(["step,loss", *rows[:140], ""]))).curves[0].x[-1] == 140
