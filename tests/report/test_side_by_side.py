"""Several experiments in one figure: nothing is fitted again, and nothing is mixed up."""

from dataclasses import replace

import matplotlib.colors

from spectra.report.side_by_side import Side, labels, shared_exhibits
from spectra.report.side_by_side_verdicts import verdict_table
from spectra.report.style import size_colors
from tests.report.law_tables import STREAM, gathered, of_theory, table
from tests.report.side_studies import other


def titles(figure):
    return [panel.get_title(loc="left").replace("\n", " ") for panel in figure.axes if panel.get_title(loc="left")]


def test_experiments_of_one_name_are_numbered_and_names_are_words():
    assert labels(["width", "sgd_phases", "width"]) == ["width (1)", "sgd phases", "width (2)"]


def test_a_figure_has_the_cases_of_all_experiments_on_common_axes(sides):
    shown = {exhibit.name: exhibit for exhibit in shared_exhibits(sides)}
    figure = shown["effective_sharpness"].draw()
    assert titles(figure) == [
        f"{label}: {case}" for label in ("width", "other") for case in ("muP", "NTK, matched at the base width")
    ]
    panels = [panel for panel in figure.axes if panel.get_title(loc="left")]
    assert len({(panel.get_xlim(), panel.get_ylim()) for panel in panels}) == 1
    drawn = shown["effective_sharpness"].tables["effective_sharpness"]
    alone = drawn[drawn["case"].str.startswith("width: ")]
    again = drawn[drawn["case"].str.startswith("other: ")]
    assert (alone["value"].to_numpy() == again["value"].to_numpy()).all()


def test_a_size_has_one_colour_though_an_experiment_lacks_some_sizes(sides, known):
    few = replace(known, table=known.table[known.table["width"].isin([64, 256])].replace({"width": {256: 512}}))
    shown = {exhibit.name: exhibit for exhibit in shared_exhibits([sides[0], Side("few", few)])}
    figure = shown["effective_sharpness"].draw()
    wanted = size_colors([32, 64, 128, 256, 512])
    for panel in (panel for panel in figure.axes if panel.get_title(loc="left")):
        for line in (line for line in panel.lines if line.get_label().startswith("width ")):
            size = float(line.get_label().removeprefix("width "))
            assert matplotlib.colors.to_hex(line.get_color()) == wanted[size]


def test_what_one_experiment_alone_has_is_left_to_its_own_page(sides, known):
    lonely = replace(other(known), cases=tuple(replace(case, transfer=None) for case in known.cases))
    names = [exhibit.name for exhibit in shared_exhibits([sides[0], Side("other", lonely)])]
    assert "rates" not in names
    assert "trend" in names
    assert "rates" in [exhibit.name for exhibit in shared_exhibits(sides)]


def test_experiments_across_different_sizes_share_a_figure_each_but_no_axes(sides, known):
    deep = replace(
        known,
        question=replace(known.question, scale="depth"),
        table=known.table.rename(columns={"width": "depth", "depth": "width"}),
        exponents=known.exponents.rename(columns={"width": "depth"}),
    )
    shown = shared_exhibits([sides[0], Side("deep", deep)])
    found = {exhibit.name: exhibit for exhibit in shown}
    assert len(found) == len(shown)
    assert found["effective_sharpness"].heading == "Effective sharpness along training, by width"
    beside = found["effective_sharpness-depth"]
    assert beside.heading == "Effective sharpness along training, by depth"
    assert set(beside.tables) == {"effective_sharpness-depth", "effective_sharpness-seeds-depth"}
    assert [chart.table for chart in beside.charts] == ["effective_sharpness-depth"]
    assert all(title.startswith("deep") for title in titles(beside.draw()))


def test_rates_that_were_chosen_by_another_criterion_are_not_drawn_beside(sides, known):
    final = replace(other(known), question=replace(known.question, criterion="final_log_loss"))
    both = [sides[0], Side("other", final)]
    assert "rates" not in [exhibit.name for exhibit in shared_exhibits(both)]
    questions, _ = verdict_table(both)
    assert any("best learning rate" in question for question in questions)


def test_experiments_without_models_of_a_width_have_figures_of_their_own(laws):
    narrow = gathered(table(*of_theory(STREAM)))
    shown = shared_exhibits([Side("a", laws), Side("b", narrow)])
    assert [(exhibit.name, exhibit.heading) for exhibit in shown] == [
        ("losses", "How the test loss changes, by width"),
        ("losses-bare-laws", "How the test loss changes, models without a width"),
        ("exponents", "How fast it changes, by width"),
        ("exponents-bare-laws", "How fast it changes, models without a width"),
    ]
    assert titles(shown[1].draw())[0].startswith("b: ")


def test_losses_in_different_units_share_no_axis(known):
    """Nats and squared errors once stood on one axis, in "units of the criterion"."""
    other = replace(known, table=known.table.assign(criterion="squared_error"))
    alike = {exhibit.name for exhibit in shared_exhibits([Side("one", known), Side("two", known)])}
    apart = {exhibit.name for exhibit in shared_exhibits([Side("one", known), Side("two", other)])}
    assert alike - apart == {"loss"}
