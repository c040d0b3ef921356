"""The gallery leads to every page, says what each says, and shows nothing that it should not."""

import base64
import re
from dataclasses import replace
from pathlib import Path

import pytest

from spectra.cli.reporting_all import headings
from spectra.plain_text import clean
from spectra.report import write_page
from spectra.report.gallery import gallery_entries, grouped
from spectra.report.gallery_page import write_gallery
from spectra.report.verdicts import verdicts
from tests.report.browser import opened
from tests.report.outline import Outline
from tests.report.planted_pages import DRAWING, planted, recipe
from tests.report.test_side_by_side_page import EVIL


def test_recipes_with_a_page_come_first_then_other_pages_then_the_rest(tmp_path):
    for name in ("b", "compared", "tried-smoke"):
        planted(tmp_path / name)
    entries = gallery_entries([recipe("a"), recipe("b"), recipe("c")], tmp_path)
    assert [entry.name for entry in entries] == ["b", "compared", "a", "c"]
    assert [entry.page is None for entry in entries] == [False, False, True, True]
    assert [entry.title for entry in entries] == ["About b", "A page", "About a", "About c"]


def test_of_a_description_the_first_sentence_is_shown(tmp_path):
    words = "Noci et al. 2024 report that\nit holds. Does it?\n\nMore."
    (entry,) = gallery_entries([recipe("a", description=words)], tmp_path)
    assert entry.sentence == "Noci et al. 2024 report that it holds."


def test_answers_to_the_first_question_are_shown_and_others_counted(page, real):
    (entry,) = gallery_entries([recipe(page.parent.name)], page.parent.parent)[:1]
    cards = [card for card in verdicts(real) if card.first]
    assert {question: len(pills) for question, pills in entry.questions.items()} == {
        cards[0].question: len(cards[0].answers)
    }
    assert entry.further == sum(len(card.answers) for card in cards[1:])


@pytest.mark.parametrize(
    ("text", "shown"),
    [(DRAWING.format(height=200), True), ("<svg", False), ("", False), ("\xff", False), (None, False)],
)
def test_a_picture_that_is_damaged_or_gone_is_left_out(tmp_path, text, shown):
    planted(tmp_path / "a")
    path = tmp_path / "a/figures/trend.svg"
    path.unlink() if text is None else path.write_text(text, encoding="latin-1")
    (entry,) = gallery_entries([recipe("a")], tmp_path)
    assert (entry.picture is not None) == shown
    assert 'alt="The trend &amp; more"' in write_gallery([recipe("a")], tmp_path).read_text() or not shown


def test_a_picture_is_an_image_in_the_page_with_its_own_height_over_width(tmp_path):
    for name, height in (("flat", 210.0), ("tall", 400.0)):
        planted(tmp_path / name, height=height)
    pictures = {entry.name: entry.picture for entry in gallery_entries([], tmp_path)}
    assert {name: picture.height for name, picture in pictures.items()} == {"flat": 210.0, "tall": 400.0}
    assert {picture.width for picture in pictures.values()} == {496.8}
    kind, _, text = pictures["flat"].url.partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert b"M0 0h9v9z" in base64.b64decode(text)


def test_names_are_shown_as_text_and_links_reach_their_pages(tmp_path):
    name = "a b#c?d"
    planted(tmp_path / name, title="&lt;i&gt;x&lt;/i&gt;", case="&lt;script&gt;alert(2)&lt;/script&gt;")
    recipes = [recipe("evil", title=EVIL, description=EVIL, path=EVIL), recipe("bad", fault=f"no TOML: {EVIL}")]
    text = write_gallery(recipes, tmp_path).read_text(encoding="utf-8")
    outline = Outline(text)
    assert not re.search(r"<script>alert|<i>x", text)
    assert outline.text.count(clean(EVIL)) == 3  # title, sentence and fault; commands have it quoted for a shell
    assert "<i>x</i>" in outline.text
    links = [each["href"] for tag, each in outline.elements if tag == "a" and "index.html" in each["href"]]
    assert links == ["a%20b%23c%3Fd/index.html"]


def test_the_page_of_another_program_is_not_replaced(tmp_path):
    (tmp_path / "index.html").write_text("<h1>Mine</h1>")
    with pytest.raises(ValueError, match="move it away"):
        write_gallery([], tmp_path)
    assert (tmp_path / "index.html").read_text() == "<h1>Mine</h1>"


def test_without_anything_the_page_says_what_to_do(tmp_path):
    page = write_gallery([], tmp_path / "new")
    assert "no recipe and no page yet" in page.read_text()
    assert write_gallery([replace(recipe("a"), path="my recipes/a.toml")], tmp_path / "new") == page
    assert "spectra run &#39;my recipes/a.toml&#39;" in page.read_text()


@pytest.mark.parametrize(("scheme", "width"), [("dark", 390), pytest.param("light", 1280, marks=pytest.mark.slow)])
def test_in_a_browser_all_pictures_load_and_nothing_is_too_wide(chromium, tmp_path, scheme, width):
    for name, height in (("flat", 210.0), ("tall", 400.0)):
        planted(tmp_path / name, height=height)
    page = write_gallery([recipe("flat"), recipe("none")], tmp_path)
    with opened(chromium, page, width=width, color_scheme=scheme) as (tab, _):
        assert tab.evaluate("[...document.images].map((each) => each.naturalWidth > 0)") == [True, True]
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
        assert [each["id"] for each in axe.Axe().run(tab).response["violations"]] == []
        assert tab.get_by_role("link", name="About flat").is_visible()


def test_recipes_stand_under_the_headings_of_their_guide_in_its_order(tmp_path):
    guide = (
        "# Recipes\nSee [all](all.md).\n## Second\n| [b.toml](b.toml) |\n```toml\n# no heading\n```\n"
        "| [a](./a.toml) |\n## Third\n[c](c.toml) [b](b.toml)"
    )
    (tmp_path / "README.md").write_text(guide)
    assert headings(tmp_path / "README.md") == {"b.toml": "Second", "a.toml": "Second", "c.toml": "Third"}
    assert headings(tmp_path / "absent.md") == {}
    names = [("b", "Second"), ("a", "Second"), ("c", "Third"), ("d", "")]
    for name, _ in names:
        planted(tmp_path / "reports" / name)
    entries = gallery_entries([recipe(name, group=group) for name, group in names], tmp_path / "reports")
    found = {group: [entry.name for entry in here] for group, here in grouped(entries).items()}
    assert list(found.items()) == [("Second", ["b", "a"]), ("Third", ["c"]), ("", ["d"])]


def test_the_recipes_of_this_project_begin_with_the_quickstart_and_all_have_a_heading():
    folder = Path(__file__).parents[2] / "experiments"
    found = headings(folder / "README.md")
    assert next(iter(found)) == "quickstart.toml"
    assert set(found) == {path.name for path in folder.glob("*.toml")}


def test_a_recipe_that_is_checked_is_not_run_and_reported():
    assert recipe("a", command="check").commands == "spectra check a.toml"
    assert recipe("a").commands == "spectra run a.toml\nspectra report a.toml"


@pytest.mark.usefixtures("plain_fonts")
def test_a_card_has_the_questions_that_the_recipe_asks(real, tmp_path):
    asking = replace(real, question=replace(real.question, asks=("transfer", "consistency")))
    write_page(asking, tmp_path / "a")
    (entry,) = gallery_entries([recipe("a")], tmp_path)
    moves, depends = entry.questions
    assert moves.startswith("Does the best learning rate move with the width?")
    assert depends == "Does the effective sharpness depend on the width?"
    assert (entry.page.figure, entry.further) == ("figures/rates.svg", 0)
