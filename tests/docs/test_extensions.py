"""What the site makes of links, docstrings, formulas, names and commands."""

import sys
from dataclasses import dataclass

import pytest

from tests.docs.site_pages import ROOT

pytest.importorskip("sphinx", reason="the extra docs is not installed")
sys.path.append(str(ROOT / "docs" / "_extensions"))


@dataclass(frozen=True)
class Pair:
    """Two numbers."""

    first: float  # what comes first, (P,)
    second: float


def test_links_of_included_files_lead_to_pages_or_to_the_files():
    from included_links import site_link

    links = {
        "experiments/README.md#large-sweeps": "large_sweeps.md",
        "experiments/README.md#models": "recipes.md#models",
        "CHANGELOG.md": "changelog.md",
        "LICENSE": "../LICENSE",
        "#conventions": "#conventions",
    }
    assert {target: site_link(target, ROOT, ROOT) for target in links} == links
    assert site_link("width.toml", ROOT / "experiments", ROOT) == "../experiments/width.toml"


def test_every_page_that_links_lead_to_exists():
    from included_links import PAGES

    for source, page in PAGES.items():
        assert (ROOT / source.partition("#")[0]).exists()
        assert (ROOT / "docs" / page).exists()


def test_signs_of_a_docstring_are_text_and_only_backticks_are_code():
    from docstring_text import escaped

    assert escaped("E|f - f*|^2 of `x_y` and values_") == r"E\|f - f\*\|^2 of ``x_y`` and values\_"
    assert escaped("an `unknown`s value") == r"an ``unknown``\ s value"
    assert escaped("see `top_eigenpairs`") == "see :py:obj:`top_eigenpairs <spectra.eigen.top_eigenpairs>`"


def test_a_formula_keeps_its_lines_and_a_sentence_with_a_colon_is_no_type():
    from docstring_text import prepared

    assert prepared(["With", "    a_b = c_", "", "holds."]) == ["With", "", "::", "", "    a_b = c_", "", "", "holds."]
    assert prepared(["Returns:", "    Loss: one number."])[-1] == "    : Loss: one number."


def test_comments_of_fields_are_the_attributes_of_a_dataclass():
    from docstring_text import attributes

    assert attributes(Pair) == ["", "Attributes:", "    first: what comes first, (P,)", ""]


def test_a_default_without_a_name_in_python_is_a_name_or_dots():
    from signatures import readable

    assert readable("(a=<function mean at 0x7f>, b=<Missing>, c: int = 3)") == "(a=mean, b=..., c: int = 3)"


def test_every_public_name_of_the_package_has_one_description():
    from public_names import handed_on, packages

    import spectra

    described = {f"{package}.{name}" for package, names in packages().items() for name in names}
    assert set(handed_on()) == set(spectra.__all__)
    assert set(handed_on().values()) <= described


def test_a_formula_becomes_mathml_and_an_unknown_command_a_warning():
    from docutils.utils.math import MathError
    from mathml import mathml

    assert "<mfrac>" in mathml(r"\frac{2}{\eta}", as_block=False)
    assert "<mtable" in mathml(r"\begin{align} a &= b \\ c &= d \end{align}", as_block=True)
    with pytest.raises(MathError, match="nonsense"):
        mathml(r"\nonsense", as_block=False)


def test_what_scrolls_is_in_reach_of_the_keyboard_and_headings_have_levels():
    from accessible import levelled, reachable

    assert reachable("<pre>1</pre>") == '<pre tabindex="0">1</pre>'
    assert reachable('<div class="table-wrapper x">') == '<div tabindex="0" class="table-wrapper x">'
    assert reachable("<prefix>") == "<prefix>"
    assert reachable("(<dl>\n<dd>a</dd>\n</dl>)") == '(<span class="sig-line">a</span>\n)'
    terms = "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>"
    assert reachable(terms) == terms
    assert levelled('<p class="caption" role="heading">Use') == '<p class="caption" role="heading" aria-level="2">Use'


def test_every_figure_is_in_the_table_of_figures():
    from figure_table import figures_markdown

    from spectra.report import FIGURES

    lines = figures_markdown().splitlines()
    assert len(lines) == len(FIGURES) + 2
    for name, figure in FIGURES.items():
        (line,) = (line for line in lines if line.startswith(f"| `{name}` | "))
        assert figure.file in line.replace("\\*", "*")
        assert len(line.replace("\\|", "").split("|")) == 5


def test_the_page_of_commands_keeps_lines_as_they_are_written_and_shows_options_as_code():
    from command_page import command_page

    page = command_page()
    assert "\b" not in page
    assert "```text\n  run        name of the run\n" in page
    assert "delete what is chosen, with `--yes`." in page


def test_the_page_of_commands_has_every_option():
    import typer
    from command_page import command_page

    from spectra.cli.application import app

    page = command_page()
    for name, command in typer.main.get_command(app).commands.items():
        section = page.split(f"## spectra {name}\n")[1].split("\n## ")[0]
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
        assert all(option in section for option in options)


def test_messages_are_shown_as_they_are_whatever_signs_they_have():
    from message_table import messages_markdown

    row = {
        "place": "spectra.cli.door.opened",
        "kind": "ValueError",
        "text": "a | `b`\n*",
        "example": "''",
        "test": "t.py::t",
    }
    lines = messages_markdown([row, {**row, "place": "spectra.__init__.f"}]).splitlines()
    assert [line for line in lines if line.startswith("##")] == ["## spectra.cli", "## spectra"]
    assert "| ` door.opened `<br>` ValueError ` | `` a \\| `b` * `` | ` '' `<br>` t.py::t ` |" in lines
