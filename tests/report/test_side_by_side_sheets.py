"""How experiments differ in their settings and in how they were made."""

from dataclasses import replace

from spectra.report.side_by_side import Side
from spectra.report.side_by_side_sheets import experiment_sheet, made_sheets, setting_sheets


def test_settings_that_differ_stand_beside_one_another_and_others_apart(sides):
    differing, shared = setting_sheets(sides)
    assert differing.columns == ("setting", "width", "other")
    assert {row[0]: row[1:] for row in differing.rows} == {"activation": ("relu", "tanh"), "depth": ("4", "8")}
    assert ("width", "32, 64, 128, 256") in shared.rows
    assert not {row[0] for row in shared.rows} & {row[0] for row in differing.rows}


def test_long_lists_that_look_alike_are_found_to_differ(known):
    tables = [known.table.head(14).assign(seed=[1, 2, 3, middle, *range(10, 20)]) for middle in (5, 6)]
    sides = [Side(name, replace(known, table=part)) for name, part in zip("ab", tables, strict=True)]
    differing, _ = setting_sheets(sides)
    assert [row for row in differing.rows if row[0] == "seed"] == [("seed", *["1, 2, 3, …, 19 (14 values)"] * 2)]


def test_a_setting_that_one_experiment_lacks_differs(known):
    without = replace(known, table=known.table.drop(columns="base_depth"))
    differing, _ = setting_sheets([Side("a", known), Side("b", without)])
    assert ("base_depth", "4", "–") in differing.rows


def test_how_runs_were_made_is_told_once_where_it_is_the_same(sides, known):
    newer = replace(known, provenance=known.provenance.assign(torch="2.14.0"))
    differing, shared = made_sheets([sides[0], Side("newer", newer)])
    assert differing.rows == (("torch", "2.13.0", "2.14.0"),)
    assert ("revision", "1234abcd") in shared.rows


def test_runs_are_counted_once_whatever_became_of_them(sides):
    rows = {row[0]: row[2:6] for row in experiment_sheet(sides).rows}
    diverged = sides[0].study.table.query("quantity == 'diverged' and value > 0")["run"].nunique()
    count = sides[0].study.table["run"].nunique()
    assert rows["width"] == (str(count), str(diverged), "1", "1")  # of the 2 missing one has failed
    assert rows["other"] == (str(count), str(diverged), "1", "0")
