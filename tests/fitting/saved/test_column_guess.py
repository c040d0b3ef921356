import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from spectra.fitting.curves import read_curve, read_curves


def written(tmp_path, header, rows=("1,4,9", "2,2,8", "3,1,7")):
    path = tmp_path / "log.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    ("header", "x", "y"),
    [
        ("step,loss,lr", "step", "loss"),
        ("lr,Loss,Step", "Step", "Loss"),
        ("_step,train/loss,val/loss", "_step", "train/loss"),
        ("epoch,train_loss_epoch,train_loss_step", "epoch", "train_loss_step"),
        ("trainer/global_step,loss_scale,val_loss", "trainer/global_step", "val_loss"),
        ("iter,losses/lm loss,time", "iter", "losses/lm loss"),
        ("tokens,ppl,lr", "tokens", "ppl"),
        ("Wall time,Step,Value", "Step", "Value"),
    ],
)
def test_columns_are_told_from_their_names_and_shown(tmp_path, header, x, y):
    curve = read_curve(written(tmp_path, header))
    assert (curve.x_name, curve.y_name) == (x, y)
    assert f"Guessed: x is column {x!r}, y is column {y!r}." in curve.notes


def test_named_columns_are_taken_and_nothing_is_said(tmp_path):
    curve = read_curve(written(tmp_path, "step,loss,other"), x="step", y="other", group="")
    assert curve.y.tolist() == [9, 8, 7]
    assert not any("Guessed" in note for note in curve.notes)


@pytest.mark.parametrize(("header", "told"), [("a,b,c", "name it with x="), ("step,b,c", "name it with y=")])
def test_what_cannot_be_told_is_asked_with_the_columns(tmp_path, header, told):
    with pytest.raises(ValueError, match=told) as error:
        read_curve(written(tmp_path, header))
    assert all(repr(name) in str(error.value) for name in header.split(","))


def test_two_columns_need_no_names(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("1 4.5\n2 2.5\n3 1.5\n")
    curve = read_curve(path)
    assert (curve.x_name, curve.y_name) == ("column 1", "column 2")
    assert curve.y.tolist() == [4.5, 2.5, 1.5]
    assert any("no header line" in note for note in curve.notes)


def test_long_tables_give_a_curve_per_run(tmp_path):
    path = written(tmp_path, "run,step,loss", ["a,1,4", "b,1,5", "a,2,2", "b,2,3"])
    curves = read_curves(path).curves
    assert [(curve.name, curve.y.tolist()) for curve in curves] == [("a", [4, 2]), ("b", [5, 3])]
    with pytest.raises(ValueError, match="2 curves"):
        read_curve(path)


def test_one_broken_run_of_a_long_table_does_not_stop_the_others(tmp_path):
    saved = read_curves(written(tmp_path, "run,step,loss", ["a,1,4", "b,1,x", "a,2,2", "b,2,3"]))
    assert [curve.name for curve in saved.curves] == ["a"]
    with pytest.raises(ValueError, match=r"line 3 .*run 'b'"):
        read_curve(tmp_path / "log.csv")
    assert "line 3" in saved.problems[0]
    assert "'b'" in saved.problems[0]


def test_wide_tables_give_a_curve_per_column_of_a_pattern(tmp_path):
    path = written(tmp_path, "step,seed1,seed2")
    curves = read_curves(path, y="seed*").curves
    assert [(curve.name, curve.y.tolist()) for curve in curves] == [("seed1", [4, 2, 1]), ("seed2", [9, 8, 7])]


def test_exports_of_weights_and_biases_give_a_curve_per_run_without_their_bounds(tmp_path):
    names = [f"{run} - {quantity}{end}" for run in ("calm-sea-1", "red-sun-2") for quantity in ("train/loss", "acc")
             for end in ("", "__MIN", "__MAX")]  # fmt: skip
    header = ",".join(f'"{name}"' for name in ("Step", *names))
    rows = [f'"{step}",' + ",".join([f'"{4 / step}"'] * 6 + [f'"{8 / step}"'] * 6) for step in (1, 2, 4)]
    path = written(tmp_path, header, rows)
    assert [curve.name for curve in read_curves(path, y="acc").curves] == ["calm-sea-1", "red-sun-2"]
    curves = read_curves(path).curves
    assert [(curve.name, curve.y.tolist()) for curve in curves] == [("calm-sea-1", [4, 2, 1]), ("red-sun-2", [8, 4, 2])]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("step,loss,val_loss,train/loss", ["'val_loss', 'train/loss' could be y as well: name it with y=... (--y)."]),
        ("step,epoch,loss,lr", ["'epoch' could be x as well: name it with x=... (--x)."]),
        ("step,loss,loss_scale,lr", []),
        ("step,loss,val_loss,test_loss,a_loss,b_loss,c_loss,d_loss", ["'c_loss' and 1 more could be y as well"]),
        ("Step,red - train/loss,red - val/loss,red - lr", ["'val/loss' could be y as well: name it with y=... (--y)."]),
        ("seed,step,loss,run", ["'seed' could be group as well: name it with group=... (--group)."]),
    ],
)
def test_what_else_a_guess_could_have_taken_is_named(tmp_path, header, told):
    rows = [",".join("7" if name == "run" else str(step) for name in header.split(",")) for step in (1, 2, 3)]
    notes = [note for note in read_curves(written(tmp_path, header, rows)).curves[0].notes if "as well" in note]
    assert len(notes) == len(told)
    assert all(expected in note for expected, note in zip(told, notes, strict=True))


@pytest.mark.parametrize("header", ["step,loss,step", "loss,step,loss", "run,step,loss,run", "step,value,tag,value"])
@pytest.mark.parametrize("kind", ["csv", "parquet", "feather"])
def test_a_guess_that_is_there_twice_is_refused(tmp_path, header, kind):
    names = header.split(",")
    path, columns = tmp_path / f"log.{kind}", [["a", "b"] if name in ("run", "tag") else [2, 1] for name in names]
    table = pa.Table.from_arrays(list(map(pa.array, columns)), names)
    if kind == "csv":
        csv.write_csv(table, path)
    elif kind == "parquet":
        parquet.write_table(table, path)
    else:
        with pa.ipc.new_file(path, table.schema) as file:
            file.write_table(table)
    with pytest.raises(ValueError, match=f"log.{kind} has 2 columns named .*; rename all but one in the header line"):
        read_curves(path)


def test_nothing_else_is_named_for_columns_that_were_asked_for(tmp_path):
    curve = read_curve(written(tmp_path, "step,loss,val_loss"), y="loss", x="step")
    assert not any("as well" in note for note in curve.notes)


@pytest.mark.parametrize(("name", "told"), [("eval/perplexity", True), ("red - val_ppl", True), ("loss", False)])
def test_a_perplexity_is_told_not_to_follow_the_law_of_its_loss(tmp_path, name, told):
    (tmp_path / "log.csv").write_text(f"step,{name}\n" + "".join(f"{step},{9 / step}\n" for step in range(1, 30)))
    notes = " ".join(read_curves(tmp_path / "log.csv", y=name).curves[0].notes)
    assert ("Save its logarithm" in notes) is told
