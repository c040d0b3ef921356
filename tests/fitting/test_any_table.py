"""Whatever a file holds, it is read or refused in words; and what is read is what was written."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spectra.fitting.curves import read_curves
from spectra.fitting.log_bins import log_bins
from spectra.fitting.saved import csv_table
from spectra.fitting.saved.cells import numbers
from spectra.fitting.saved.formats import FORMATS
from spectra.fitting.saved_columns import read_columns
from tests.fitting.saved.written import event, scalar

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CELLS = st.one_of(
    st.floats().map(repr), st.integers().map(str), st.text(max_size=5), st.sampled_from(["", "--", "1,5", '"', "1e999"])
)
NAMES = st.sampled_from(["step", "loss", "run", "value", "quantity", "index", "a - loss", "_step", "", "x", "loss"])
POSITIVE = st.floats(1e-300, 1e300)


def read_or_refused(path, **columns):
    """The curves of a file, every one of them usable; None if it is refused by a message that names the file."""
    try:
        saved = read_curves(path, **columns)
    except ValueError as error:
        assert path.name in str(error)  # noqa: PT017
        return None
    for curve in saved.curves:
        assert len(curve.x) == len(curve.y) == len(curve.weights) >= 2
        assert (curve.x > 0).all()
        assert (curve.y > 0).all()
        assert np.isfinite([curve.x, curve.y]).all()
        assert (np.diff(curve.x) >= 0).all()
        log_bins(curve)
    return saved


@QUICK
@given(st.binary(max_size=300), st.sampled_from(["any.csv", "any.jsonl", "events.tfevents", "loss", "any.parquet"]))
def test_any_bytes(tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    read_or_refused(tmp_path / name)


@QUICK
@given(st.binary(max_size=200), st.sampled_from(sorted(FORMATS)))
def test_any_bytes_as_any_format(tmp_path, content, format):
    (tmp_path / "any").write_bytes(content)
    read_or_refused(tmp_path / "any", format=format)


@QUICK
@given(st.binary(max_size=200))
def test_any_end_of_a_good_file(tmp_path, content):
    (tmp_path / "any.csv").write_bytes(b"step,loss\n1,2\n2,1\n" + content)
    read_or_refused(tmp_path / "any.csv", x="step", y="loss")


@QUICK
@given(
    st.lists(NAMES, min_size=1, max_size=4), st.lists(st.lists(CELLS, max_size=5), max_size=8), st.sampled_from(",;\t ")
)
def test_any_table(tmp_path, names, rows, separator):
    lines = [separator.join(cells) for cells in (names, *rows)]
    (tmp_path / "any.csv").write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")
    read_or_refused(tmp_path / "any.csv")
    read_or_refused(tmp_path / "any.csv", x="step", y="loss", group="run")
    read_or_refused(tmp_path / "any.csv", y="*")


@QUICK
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_text_is_read_by_blocks_as_row_by_row(tmp_path, rows, end):
    """The quick way through Arrow and the way that can name every cell find the same."""
    path = tmp_path / "any.csv"
    text = end.join(["a,b", *(",".join(cells) for cells in rows), ""])
    path.write_text(text, encoding="utf-8", errors="replace", newline="")

    def found():
        try:
            batches = [batch for batch in csv_table.csv_table(path).rows(["a", "b"]) if len(batch.places)]
        except ValueError as error:
            return str(error)
        read = [numbers(batch.columns[name]) for batch in batches for name in ("a", "b")]
        return [(repr(one.values.tolist()), one.empty.tolist(), one.strange) for one in read] + [
            (batch.places.tolist(), batch.passed_over) for batch in batches
        ]

    with pytest.MonkeyPatch.context() as patch:
        quick = found()
        patch.setattr(csv_table, "_full_rows", lambda *_: None)
        assert found() == quick


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=3)),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(NAMES, inside, max_size=3),
    max_leaves=8,
)


@QUICK
@given(st.lists(st.dictionaries(NAMES, JSON, max_size=4), max_size=5), JSON)
def test_any_json(tmp_path, rows, document):
    for content in ("\n".join(map(json.dumps, rows)), json.dumps(document), json.dumps({"log_history": rows})):
        (tmp_path / "any.json").write_text(content)
        read_or_refused(tmp_path / "any.json")


@QUICK
@given(st.lists(st.tuples(st.integers(-5, 1 << 62), st.text(max_size=4), st.floats(width=32)), max_size=9), st.data())
def test_any_events(tmp_path, written, data):
    content = b"".join(event(step, scalar(tag or "loss", value)) for step, tag, value in written)
    path = tmp_path / "events.tfevents"
    path.write_bytes(content)
    read_or_refused(path, y="*")
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] + data.draw(st.binary(max_size=30)))
    read_or_refused(path)


@QUICK
@given(
    st.dictionaries(st.integers(1, 10**15), POSITIVE, min_size=2, max_size=30),
    st.sampled_from(["csv", "json", "parquet"]),
)
def test_what_is_read_is_what_was_written(tmp_path, points, kind):
    table = pd.DataFrame({"step": list(points), "loss": list(points.values())})
    path = tmp_path / f"curve.{kind}"
    if kind == "csv":
        table.to_csv(path, index=False)
    elif kind == "json":
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_dict("records")))
    else:
        table.to_parquet(path)
    (curve,) = read_or_refused(path).curves
    np.testing.assert_array_equal(curve.x, sorted(points))
    np.testing.assert_array_equal(curve.y, [points[step] for step in sorted(points)])
    columns = read_columns(path, ("loss", "step")).columns
    np.testing.assert_array_equal(columns["step"], table["step"])
    np.testing.assert_array_equal(columns["loss"], table["loss"])


@QUICK
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50), POSITIVE), max_size=40))
def test_a_long_table_is_read_as_its_runs_alone(tmp_path, rows):
    table = pd.DataFrame(rows, columns=["run", "step", "loss"])
    table.to_csv(tmp_path / "all.csv", index=False)
    together = read_or_refused(tmp_path / "all.csv")
    names = {curve.name: curve for curve in together.curves} if together else {}
    for run, own in table.groupby("run"):
        own[["step", "loss"]].to_csv(tmp_path / "one.csv", index=False)
        alone = read_or_refused(tmp_path / "one.csv")
        name = run if table["run"].nunique() > 1 else "all"
        assert (name in names) == (alone is not None)
        if alone:
            np.testing.assert_array_equal(names[name].x, alone.curves[0].x)
            np.testing.assert_array_equal(names[name].y, alone.curves[0].y)


def test_a_table_with_more_rows_than_can_be_held_or_fitted_is_refused_with_what_to_do(tmp_path, monkeypatch):
    path = tmp_path / "long.csv"
    path.write_text("step,size,loss\n" + "".join(f"{step},{2 * step},{1 / step}\n" for step in range(1, 31)))
    assert len(read_curves(path, x="step", y="loss").curves[0].x) == 30
    monkeypatch.setattr("spectra.fitting.saved.points.MOST_POINTS", 29)
    monkeypatch.setattr("spectra.fitting.saved_columns.MOST_FITTED", 29)
    with pytest.raises(ValueError, match=r"long\.csv holds more than 29 points.*keep every tenth line"):
        read_curves(path, x="step", y="loss")
    with pytest.raises(ValueError, match=r"long\.csv has more than 29 rows.*keep every tenth row"):
        read_columns(path, ("step", "size", "loss"))


@pytest.mark.slow
def test_ten_million_rows_take_little_memory(tmp_path):
    import subprocess
    import sys

    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("step,loss,lr\n")
        for start in range(1, 10**7, 10**5):
            steps = np.arange(start, start + 10**5)
            file.writelines(f"{step},{y:.6f},0.001\n" for step, y in zip(steps, 2 + 5 * steps**-0.3, strict=True))
    program = (
        "import sys; from spectra.store.provenance import peak_memory; from spectra.fitting.curves import read_curve;"
        "from spectra.fitting.log_bins import log_bins;"
        "peak = lambda: peak_memory('cpu') / 2**20; before = peak();"
        "curve = log_bins(read_curve(sys.argv[1])); print(peak() - before, curve.weights.sum())"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    megabytes, points = map(float, done.stdout.split())
    assert points == 10**7
    assert megabytes < 500
