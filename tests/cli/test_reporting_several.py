"""`spectra report` with several recipes, for all pages, and while a sweep runs."""

import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spectra.cli import reporting_live
from spectra.cli.application import app
from spectra.cli.exits import BAD_INPUT, INTERRUPTED, SOME_RUNS_FAILED
from spectra.cli.reporting_several import comparison_folder
from spectra.report import style
from spectra.sweeps import RunStore, read_experiment, serial, sweep
from tests.cli.small_recipe import RECIPE

ONE = RECIPE.replace('["mup", "ntk_matched"]', '["mup"]').replace("A small one", "The first")
TWO = RECIPE.replace('["mup", "ntk_matched"]', '["ntk_matched"]').replace("A small one", "The <b>second</b>")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with two recipes, all their runs, and the page of the first."""
    folder = tmp_path_factory.mktemp("made")
    for name, text in (("one", ONE), ("two", TWO)):
        (folder / f"{name}.toml").write_text(text)
        assert [*sweep(read_experiment(folder / f"{name}.toml").specs, RunStore(folder / "runs"), serial())]
    return folder


@pytest.fixture
def report(made, tmp_path, monkeypatch):
    """The command, in a folder of its own with links to the recipes and their runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(style._SETTINGS, "pdf.fonttype", 3)
    for name in ("one.toml", "two.toml", "runs"):
        Path(name).symlink_to(made / name)
    return lambda *asked: CliRunner().invoke(app, ["report", *map(str, asked)])


def test_several_recipes_make_one_page_that_leads_to_those_there_are(report):
    assert report("one.toml").exit_code == 0
    done = report("one.toml", "two.toml")
    assert done.exit_code == 0, done.output
    assert "Page: reports/one-and-two/index.html" in done.output
    assert "Does the effective sharpness depend on the width?" in done.output
    text = Path("reports/one-and-two/index.html").read_text()
    assert 'href="../one/index.html"' in text
    assert "../two/" not in text
    assert "The &lt;b&gt;second&lt;/b&gt;" in text
    assert "spectra report one.toml two.toml" in text
    gallery = report("--all", "one.toml", "two.toml")
    assert "Gallery of 2 recipes: reports/index.html" in gallery.output
    text = Path("reports/index.html").read_text()
    assert 'href="one/index.html"' in text
    assert 'href="one-and-two/index.html"' in text
    assert "spectra run two.toml" in text


def test_all_recipes_are_those_in_experiments_if_none_is_named(report):
    Path("experiments").mkdir()
    Path("experiments/one.toml").write_text(ONE)
    Path("experiments/broken.toml").write_text("title = ")
    done = report("--all")
    assert done.exit_code == 0
    assert "Gallery of 2 recipes: reports/index.html" in done.output
    assert "not valid TOML" in Path("reports/index.html").read_text()


def test_a_gallery_stands_with_its_pages_and_a_folder_without_any_is_refused(report):
    refused = report("--all", "--out", "elsewhere", "one.toml")
    assert refused.exit_code == BAD_INPUT
    assert "elsewhere holds no page" in refused.output
    assert not Path("elsewhere").exists()
    assert report("one.toml", "--out", "elsewhere/one").exit_code == 0
    assert "Gallery of 1 recipes: elsewhere/index.html" in report("--all", "--out", "elsewhere", "one.toml").output


def test_runs_are_found_beside_pages_and_in_every_store_that_is_named(report, made, tmp_path):
    """A second --store once won in silence, and runs beside a page were not looked at."""
    for name in ("one", "two"):
        Path("reports", name).mkdir(parents=True)
        stores = RunStore(tmp_path / name), RunStore(tmp_path / "reports" / name / "runs")
        for store in stores:
            assert [*sweep(read_experiment(f"{name}.toml").specs, store, serial())]
    Path("runs").unlink()
    text = Path("reports/one-and-two/index.html")
    assert "missing" not in report("one.toml", "two.toml").output
    assert "spectra report one.toml two.toml --store reports/one/runs --store reports/two/runs" in text.read_text()
    assert "missing" not in report("one.toml", "two.toml", "--store", "one", "--store", "two").output
    assert "spectra report one.toml two.toml --store one --store two" in text.read_text()
    assert "two: 6 of 6 runs are missing in one" in report("one.toml", "two.toml", "--store", "one").output
    assert "missing" not in report("two.toml").output


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([], "name one or several"),
        (["--all", "--smoke"], "leave one of them out"),
        (["--all", "--watch", "5"], "leave one of them out"),
        (["--all", "--store", "runs"], "--store was passed with --all"),
        (["one.toml", "--watch", "0"], "pass a positive number"),
        (["one.toml", "--watch", "5", "--store", "runs", "--store", "more"], "looks at one store"),
        (["one.toml", "--watch", "5", "--style", "talk"], "when all runs are done"),
        (["one.toml", "./one.toml"], "name each recipe once"),
        (["one.toml", "absent.toml"], "there is no such file"),
        (
            ["one.toml", "two.toml", "--store", "empty"],
            "make them with: spectra run one.toml --store empty\nspectra: no run",
        ),
    ],
)
def test_what_cannot_be_done_is_said(report, asked, said):
    done = report(*asked)
    assert done.exit_code == BAD_INPUT
    assert said in done.output
    assert not Path("reports").exists()


def test_a_folder_is_named_after_all_of_a_few_and_the_first_of_many(report):
    one, two = read_experiment("one.toml"), read_experiment("two.toml")
    assert comparison_folder([one, two]) == Path("reports/one-and-two")
    assert comparison_folder([one, *[two] * 20]) == Path("reports/one-and-20-more")


@pytest.mark.slow
def test_a_running_sweep_is_watched_until_its_last_run(report):
    wanted, store = read_experiment("one.toml").specs, RunStore("growing")
    pages = []
    watched = reporting_live.write_live

    def write_live(write, place, lines, *, seconds):
        page = watched(write, place, lines, seconds=seconds)
        pages.append((lines[0], page.read_text()))
        if len(pages) == 1:
            assert [*sweep(wanted[:2], store, serial())]
        else:
            threading.Thread(target=lambda: [*sweep(wanted, store, serial())]).start()
        return page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reporting_live, "write_live", write_live)
        done = report("one.toml", "--store", "growing", "--watch", "0.2")
    assert done.exit_code == 0, done.output
    assert "6 missing, 0 under way; to make them: spectra run one.toml --store growing" in pages[0][0]
    assert "one: 6 runs, 2 done (0 diverged)" in pages[1][0]
    assert all("live-note" in text for _, text in pages)
    assert "live-note" not in Path("reports/one/index.html").read_text()
    assert "6 runs" in Path("reports/one/index.html").read_text()
    assert done.output.splitlines()[-1] == "Page: reports/one/index.html"


@pytest.mark.parametrize("recipe", ["several", "laws"])
def test_before_the_first_run_there_is_a_page_and_ctrl_c_leaves_it_plain(report, monkeypatch, recipe):
    def sleep(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(reporting_live.time, "sleep", sleep)
    text = ONE.replace("rate = [0.1]", "rate = [0.1, 0.2]")  # several rates and no judge
    Path("laws.toml").write_text(text)
    asked = ["one.toml", "two.toml"] if recipe == "several" else ["laws.toml"]
    done = report(*asked, "--store", "empty", "--watch", "5", "--out", "page")
    assert done.exit_code == INTERRUPTED
    assert "interrupted; the page shows what had finished: page/index.html" in done.output
    text = Path("page/index.html").read_text()
    assert "live-note" not in text
    assert not [*Path("page").glob(".draft-*")]


def test_runs_that_failed_are_waited_for_no_longer(report):
    for spec in read_experiment("one.toml").specs:
        RunStore("bad").fail(spec, error="no luck")
    done = report("one.toml", "--store", "bad", "--watch", "5")
    assert done.exit_code == SOME_RUNS_FAILED
    assert "6 of 6 runs failed" in done.output
    assert "no luck" in Path("reports/one/index.html").read_text()
