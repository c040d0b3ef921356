"""`spectra verdict` on tables that another program might have written."""

import numpy as np
import pandas as pd
import pytest

from spectra.cli import verdict_files, verdict_tables
from tests.cli.judged import asked
from tests.verdicts.simulated import tuning_table


@pytest.mark.slow
@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz", "table.parquet"])
def test_every_regime_is_judged_from_every_kind_of_file(name, both, tmp_path):
    path, out = tmp_path / name, tmp_path / "out"
    both.to_parquet(path) if name.endswith("parquet") else both.to_csv(path, index=False)
    done = asked(path, "--out", out)
    assert done.exit_code == 0, done.output
    rows = pd.read_csv(out / "verdicts.csv").query("question == 'consistency'").set_index("case")
    assert rows.loc["NTK", "verdict"] == "inconsistent"
    assert rows.loc["NTK", "estimate"] == pytest.approx(0.3, abs=0.02)
    assert rows.loc["muP", "verdict"] != "inconsistent"
    assert f"muP: {rows.loc['muP', 'verdict']}." in done.stdout
    assert set(pd.read_csv(out / "trend.csv")["case"]) == {"muP", "NTK"}
    assert "trend.svg, trend.pdf, trend.csv" in done.stdout
    assert all((out / f"trend.{kind}").stat().st_size > 1000 for kind in ("svg", "pdf"))


def test_the_learning_rate_is_judged_where_there_are_several(tmp_path):
    tuning_table([0.0, 0.5, 1.0, 1.5], noise=0.02).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", "--quantity", "loss", "--rate", 1)
    assert done.exit_code == 0, done.output
    assert "all runs: drifts." in done.stdout


def test_one_regime_another_scale_and_another_margin_can_be_asked_for(both, tmp_path):
    table = both.rename(columns={"width": "channels"})
    table.to_csv(tmp_path / "table.csv", index=False)
    margins = ("--margin", 0.5, "--total-margin", 2)
    done = asked(tmp_path / "table.csv", "--scale", "channels", "--regime", "ntk", *margins, "--level", 0.8)
    assert done.exit_code == 0, done.output
    # Three times over three doublings is the cube root of three for each.
    assert "allowed: −31\u00a0% to +44\u00a0%, which adds up to a factor of 3 over all sizes" in done.stdout
    assert "80\u00a0% interval" in done.stdout
    assert "all runs: inconsistent" not in done.stdout


def test_columns_that_are_no_settings_are_left_out_and_named(both, tmp_path):
    table = both.assign(seconds=np.arange(len(both)) * 0.1, host=both["run"].map(hash).astype(str), layers=3)
    table.to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv")
    assert done.exit_code == 0, done.output
    assert "The column seconds changes within a run" in done.stdout
    assert "The column host is different in every run" in done.stdout
    assert "layers" not in done.stdout


def test_an_empty_value_is_a_number_that_is_none(both, tmp_path):
    table = both.query("quantity != 'diverged'").copy()
    table.loc[table["run"] == "256-3mup", "value"] = np.nan
    table.to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", "--regime", "mup")
    assert done.exit_code == 0, done.output
    assert "diverged" in done.stdout


def broken(table, column, value):
    table = table.astype({column: object})
    table.loc[7, column] = value
    return table


WRONG = {
    "no quantity column": (lambda t: t.drop(columns="quantity"), "lacks the column quantity"),
    "a wide table": (
        lambda t: t.drop(columns=["quantity", "value"]).assign(loss=1.0),
        "loss is a column here: turn columns into rows first",
    ),
    "no seeds": (lambda t: t.drop(columns="seed"), "lacks the column seed"),
    "an empty seed": (lambda t: broken(t, "seed", ""), "row 8: seed is empty or not finite"),
    "half a seed": (lambda t: broken(t, "seed", 0.5), "seed is 0.5 in some row; every row needs a whole number"),
    "text in value": (lambda t: broken(t, "value", "high"), "row 8: value is 'high', which is no number"),
    "text in width": (lambda t: broken(t, "width", "wide"), "row 8: width is 'wide', which is no number"),
    "one size": (lambda t: t[t["width"] == 64], "the only width is 64"),
    "no such quantity": (lambda t: t.replace("effective_sharpness", "effective_sharpnes"), "did you mean"),
    "no size": (lambda t: t.assign(width=0), "width and rate must be positive"),
    "several rates": (lambda t: t.assign(rate=t["seed"] + 1), "has several rates; say with --rate"),
    "no rows": (lambda t: t.iloc[:0], "has no quantity 'effective_sharpness'; it has no rows"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_table_is_refused_with_the_reason(case, both, tmp_path):
    change, told = WRONG[case]
    change(both).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv")
    assert done.exit_code == 2, done.output
    assert told in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--rate", "0.7"], "has no rate 0.7; say with --rate"),
        (["--regime", "mub"], "has no regime 'mub'; it has mup, ntk: did you mean 'mup'?"),
        (["--criterion", "best"], "no criterion 'best'; there are mean_log_loss, final_log_loss"),
        (["--margin", "0"], "a margin of 0.0 was given"),
        (["--total-margin", "-1"], "a total margin of -1.0 was given"),
        (["--level", "2"], "a level of 2.0 was given; use a number between 0 and 1"),
        (["--index", "-1"], "an index of -1 was given"),
        (["--scale", "depth"], "lacks the column depth"),
    ],
)
def test_a_wrong_option_is_refused_with_what_there_is(options, told, both, tmp_path):
    both.to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", *options)
    assert done.exit_code == 2, done.output
    assert told in done.stderr, done.stderr


def test_files_that_are_no_tables_are_refused(tmp_path):
    (tmp_path / "table.csv").write_bytes(b"\xff\xfe\x00a,b\n")
    (tmp_path / "table.parquet").write_text("a,b\n")
    (tmp_path / "table.txt").write_text("a,b\n")
    (tmp_path / "empty.csv").write_text("")
    for name in ("table.csv", "table.parquet", "table.txt", "empty.csv", "none.csv"):
        done = asked(tmp_path / name)
        assert done.exit_code == 2, (name, done.output)
        assert name in done.stderr


def test_a_table_that_would_fill_the_memory_is_refused(both, tmp_path, monkeypatch):
    monkeypatch.setattr(verdict_tables, "MOST_ROWS", 100)
    both.to_csv(tmp_path / "table.csv", index=False)
    assert "holds more than 100 rows" in asked(tmp_path / "table.csv").stderr


def test_small_pieces_of_a_file_make_the_same_table(both, tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    both.assign(seconds=0.5).to_csv(path, index=False)
    wanted = verdict_files.Wanted(("effective_sharpness",), "width")
    whole, _ = verdict_tables.read_table(path, wanted)
    monkeypatch.setattr(verdict_files, "CHUNK", 7)
    pieces, _ = verdict_tables.read_table(path, wanted)
    pd.testing.assert_frame_equal(whole, pieces)


def test_judging_a_table_never_loads_torch(both, tmp_path):
    import subprocess
    import sys

    both.to_csv(tmp_path / "table.csv", index=False)
    script = (
        "import sys; from typer.testing import CliRunner; from spectra.cli.application import app; "
        f"done = CliRunner().invoke(app, ['verdict', {str(tmp_path / 'table.csv')!r}]); "
        "print(done.exit_code, 'torch' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 False False"
