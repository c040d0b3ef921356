"""A page takes away what an older one left among its figures, and nothing that is not of its making."""

from dataclasses import replace

import pytest

from spectra.report.leftovers import own_page, remove_leftovers
from spectra.report.page import write_page

STRANGERS = ("notes.md", "photograph.png", "data.csv.gz", ".hidden.svg", "TREND.SVG", "svg")


@pytest.fixture
def figures(tmp_path):
    folder = tmp_path / "figures"
    (folder / "old.svg").mkdir(parents=True)
    for name in (*STRANGERS, "sharpness.svg", "sharpness.pdf", "sharpness.csv", "trend.svg"):
        (folder / name).write_text("kept?")
    (folder / "link.svg").symlink_to(folder / "trend.svg")
    (folder / "old.svg" / "inner.svg").write_text("kept?")
    (tmp_path / "loss.svg").write_text("kept?")
    return folder


def test_only_plain_files_of_its_kinds_that_are_not_shown_are_removed(figures):
    gone = remove_leftovers(figures, {"trend.svg", "trend.csv"})
    assert [path.name for path in gone] == ["sharpness.csv", "sharpness.pdf", "sharpness.svg"]
    left = {path.name for path in figures.iterdir()}
    assert left == {*STRANGERS, "trend.svg", "link.svg", "old.svg"}
    assert (figures / "old.svg" / "inner.svg").is_file()
    assert (figures.parent / "loss.svg").is_file()


def test_a_second_page_removes_figures_that_it_does_not_show(known, plain_fonts, figures):
    folder, bare = figures.parent, replace(known, cases=(), table=known.table.iloc[:0])
    (folder / "notes.md").write_text("mine")
    assert not own_page(folder)
    write_page(bare, folder)
    # The folder held no page: these files are somebody's.
    assert (figures / "sharpness.svg").is_file()
    assert own_page(folder)
    write_page(bare, folder)
    assert not (figures / "sharpness.svg").exists()
    assert {path.name for path in figures.iterdir()} > set(STRANGERS)
    assert (folder / "notes.md").read_text() == "mine"


def test_a_page_of_somebody_else_is_not_ours(tmp_path):
    (tmp_path / "index.html").write_text("<p>Written by spectra fans.</p>")
    assert not own_page(tmp_path)
