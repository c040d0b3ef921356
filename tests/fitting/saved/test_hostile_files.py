"""Files that are far too large somewhere, or written to do harm: read in little time, or refused in words."""

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from spectra.fitting.curves import read_curve, read_curves
from spectra.fitting.log_bins import log_bins
from spectra.fitting.saved_columns import read_columns
from tests.fitting.saved.written import event, inner, restart, scalar, varint


@pytest.fixture
def written(tmp_path):
    def write(text, name="curve.csv"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / name

    return write


@pytest.mark.timeout(30)
def test_time_grows_as_the_number_of_columns(written):
    names = [f"layer{place}/norm" for place in range(10_000)]
    rows = [",".join([str(step), str(9 / step)] + ["1"] * len(names)) for step in (1, 2, 3)]
    path = written("\n".join([",".join(["step", "loss", *names]), *rows, ""]))
    assert read_curve(path).y_name == "loss"
    assert len(read_curves(path, x="step", y="layer1*").curves) == 1_111


@pytest.mark.timeout(30)
def test_time_grows_as_the_number_of_runs(written):
    path = written(
        "run,step,loss\n" + "".join(f"r{run},{step},{9 / step}\n" for run in range(5_000) for step in (1, 2))
    )
    assert len(read_curves(path).curves) == 5_000


@pytest.mark.timeout(20)
def test_time_grows_as_the_number_of_restarts(written):
    steps = b"".join(event(step, scalar("loss", 1 + 1 / step)) for step in range(1, 3001))
    path = written(steps + event(2001, restart()) * 3000 + event(2500, scalar("loss", 1.0)), "a.tfevents")
    curve = read_curve(path)
    assert curve.x.tolist() == [*range(1, 2001), 2500]
    assert any("1000 scalars were written again" in note for note in curve.notes)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "tail", [b"1" * 80_000_000, b"1," * 40_000_000, b'"' + b"2,1\n" * 20_000_000], ids=["digits", "commas", "quoted"]
)
def test_a_line_of_eighty_megabytes_is_refused_with_its_place(written, tail):
    with pytest.raises(ValueError, match=r"curve\.csv, line \d: no line ends from there on over 64 MB"):
        read_curve(written(b"step,loss\n1,2\n2," + tail))


@pytest.mark.timeout(10)
def test_pipes_in_a_folder_are_not_waited_for(tmp_path, written):
    written("step,loss\n1,2\n2,1\n")
    for name in ("a.json", "b.tfevents", "c.csv", "d"):
        os.mkfifo(tmp_path / name)
    saved = read_curves(tmp_path)
    assert len(saved.curves) == 1
    assert len([note for note in saved.notes if "no file that can be read twice" in note]) == 4


def test_a_text_in_place_of_a_path_is_refused_with_its_beginning():
    with pytest.raises(ValueError, match=r"^step,loss\\n1,2.* File name too long; check the path") as error:
        read_curve("step,loss\n" + "1,2\n" * 10_000)
    assert len(str(error.value)) < 1200


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_runs_keep_the_names_that_the_file_has(tmp_path, kind):
    ids = [2**53, 2**53 + 1]
    table = pd.DataFrame({"run": np.repeat(ids, 3), "step": [1, 2, 3] * 2, "loss": [3.0, 2, 1] * 2})
    path = tmp_path / f"curve.{kind}"
    getattr(table, f"to_{kind}")(path, index=False)
    assert [curve.name for curve in read_curves(path).curves] == [str(each) for each in ids]
    assert set(read_columns(path, ("step",), labels="run").labels) == {str(each) for each in ids}


def test_a_run_has_one_name_in_all_blocks_of_a_file(written, monkeypatch):
    """Blocks of plain numbers go through Arrow; one with quotation marks goes row by row."""
    monkeypatch.setattr("spectra.fitting.saved.text_blocks.BLOCK_BYTES", 100)
    rows = "".join(f"007,{step},{9 / step}\n" for step in range(1, 99))
    (curve,) = read_curves(written(f'run,step,loss\n{rows}"007",99,0.01\n')).curves
    assert len(curve.x) == 99


def test_escapes_in_names_do_not_reach_a_terminal(written):
    text = "\x1b[31m step,loss,run\n0,3,a\x1b[2J\n2,2,a\x1b[2J\n1,3,a\x1b[2J\n1,1,b\n2,1,b\n"
    saved = read_curves(written(text))
    curves = [log_bins(curve) for curve in saved.curves]
    shown = [repr(saved), *map(repr, curves), *(curve.name for curve in curves)]
    columns = read_curves(written("step,\x1b[2Ja,\x1b[2Jb\n1,2,2\n2,1,1\n"), y="*").curves
    assert all(part.isprintable() for curve in columns for part in (curve.name, repr(curve)))
    assert all(part.isprintable() for part in (*shown, *(note for curve in curves for note in curve.notes)))


@pytest.mark.parametrize("quantity", ["tag", "metric"])
def test_a_column_of_numbers_is_no_column_of_names(written, quantity):
    content = b"".join(event(step, scalar(quantity, 9 / step), scalar("value", 1 / step)) for step in (1, 2, 3))
    assert read_curve(written(content, "a.tfevents")).y.tolist() == pytest.approx([1, 1 / 2, 1 / 3])
    assert read_curve(written(f"step,{quantity},value\n1,3,2\n2,2,1\n")).y.tolist() == [2, 1]


@pytest.mark.parametrize("y", [1.7e308, 5e-324])
def test_values_at_the_ends_of_the_range_of_doubles_keep_their_mean(written, y):
    curve = read_curve(written("step,loss\n" + "".join(f"{step},{y}\n" for step in range(1, 100))))
    np.testing.assert_allclose(log_bins(curve).y, y, rtol=1e-15)


def test_bins_span_the_range_of_doubles(written):
    binned = log_bins(read_curve(written("step,loss\n1e-300,3\n1,2\n1e300,1\n")))
    np.testing.assert_array_equal(binned.y, [3, 2, 1])


def test_names_of_thousands_of_letters_are_not_repeated(written):
    long = "step" + "9" * 30_000
    for text in (f"{long},loss\n1,2\n", f"{long},loss\n1,-1\n2,0\n", f"{long},a,b\n1,2,3\n"):
        with pytest.raises(ValueError, match=r"curve\.csv") as error:
            read_curves(written(text), x=long if "loss" in text else None)
        assert len(str(error.value)) < 1500
    assert sum(map(len, read_curve(written(f"{long},loss\n1,2\n2,1\n"), x=None).notes)) < 1500


@pytest.mark.timeout(20)
def test_more_columns_than_any_log_has_are_refused(written):
    with pytest.raises(ValueError, match=r"curve\.csv, line 1 has 10000001 cells, and a table at most 100000 columns"):
        read_curve(written(b"," * 10**7 + b"\n1,2\n"))


@pytest.mark.parametrize("depth", [*range(940, 1000, 4), 20_000])
def test_objects_in_objects_have_an_end(written, depth):
    deep = '{"a":' * depth + "1" + "}" * depth
    path = written(f'{{"step": 1, "loss": 2, "deep": {deep}}}\n{{"step": 2, "loss": 1}}\n', "curve.jsonl")
    try:
        found = str(read_curve(path).y.tolist())
    except ValueError as error:
        found = str(error)
    assert found == "[2.0, 1.0]" or "nested too deeply" in found


@pytest.mark.timeout(20)
def test_the_size_of_a_tensor_of_many_dimensions_is_not_computed(written):
    shape = inner(2, inner(2, b"\x08" + varint(2**62)) * 100_000)
    plugin = inner(9, inner(1, inner(1, b"scalars")))
    tensor = inner(8, b"\x08\x01" + shape + inner(4, b"\0\0\0\0"))
    hostile = inner(5, inner(1, inner(1, b"loss") + plugin + tensor))
    content = b"".join(event(step, scalar("loss", 1 / step)) for step in (1, 2)) + event(3, hostile)
    assert read_curve(written(content, "a.tfevents")).x.tolist() == [1, 2]


def test_dates_that_python_does_not_have_are_refused(tmp_path):
    path = tmp_path / "curve.parquet"
    pq.write_table(pa.table({"step": pa.array([1, 2**30], pa.date32()), "loss": [2.0, 1.0]}), path)
    with pytest.raises(ValueError, match=r"curve\.parquet cannot be read as a table: .*days=1073741824"):
        read_curve(path)


def test_a_feather_file_whose_texts_lie_outside_of_it_is_refused(tmp_path):
    """Arrow does not look, and would end the process."""
    path = tmp_path / "curve.feather"
    table = pa.table({"step": [1, 2, 3], "loss": [3.0, 2.0, 1.0], "run": ["aaaa", "bbbb", "cccc"]})
    feather.write_feather(table, path, compression="uncompressed")
    places = np.array([0, 4, 8, 12], "<i4").tobytes()
    data = path.read_bytes()
    assert data.count(places) == 1
    path.write_bytes(data.replace(places, np.array([0, 4, 2**30, 12], "<i4").tobytes()))
    with pytest.raises(ValueError, match=r"curve\.feather cannot be read as a table: .*offset"):
        read_curves(path)


def test_what_arrow_says_of_a_damaged_file_steers_no_terminal(tmp_path):
    path = tmp_path / "curve.parquet"
    pd.DataFrame({"step": [1, 2], "loss": [2.0, 1.0]}).to_parquet(path)
    data, shown = path.read_bytes(), []
    for at in range(len(data) - 400, len(data)):
        path.write_bytes(data[:at] + b"\x1b" + data[at + 1 :])
        try:
            read_curves(path)
        except ValueError as error:
            shown.append(str(error))
    assert len(shown) > 20
    assert all(sign.isprintable() or sign == "\n" for text in shown for sign in text)
