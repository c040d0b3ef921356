import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pandas as pd
import pytest
from pandas import DataFrame

from spectra.report.page import write_page
from spectra.report.question import EDGE
from spectra.report.verdicts import verdicts
from tests.report.drawn import NAMES
from tests.report.outline import Outline
from tests.report.synthetic_study import fitted, long_table

EVIL = '<script>alert("1")</script> $\\frac{$ \' & 千葉 😀 \x1b[31m =cmd ' + "z" * 300
SHOWN = '<script>alert("1")</script> $\\frac{$ \' & 千葉 😀 \ufffd[31m =cmd ' + "z" * 300


@pytest.fixture(scope="module")
def outline(page):
    return Outline(page.read_text(encoding="utf-8"))


def test_the_page_is_one_file_that_loads_nothing(page, outline):
    # Nor is a figure a picture of dots, whose colours would not follow a dark page.
    assert not outline.of("img", "image", "iframe", "object", "embed", "base", "form")
    assert [link["href"] for link in outline.of("link")] == ["data:,"]
    assert not [each for _, each in outline.elements if {"src", "srcset", "data"} & set(each)]
    text = page.read_text(encoding="utf-8")
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", text)
    assert page.stat().st_size < 1_000_000


def test_the_policy_names_every_script_and_allows_nothing_else(page, outline):
    (policy,) = [meta["content"] for meta in outline.of("meta") if meta.get("http-equiv")]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    scripts = re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)
    hashes = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    kinds = [each.get("type") for each in outline.of("script")]
    assert kinds.count(None) == len(scripts) == 3
    assert set(kinds) == {None, "application/json"}


def test_the_licence_of_the_library_of_charts_is_on_the_page(page):
    assert "Copyright (c) 2022 Leon Sorokin" in page.read_text(encoding="utf-8")


def test_the_literature_of_what_is_asked_is_named(outline):
    links = [each["href"] for each in outline.of("a") if (each["href"] or "").startswith("https://arxiv.org/abs/")]
    assert [link.rpartition("/")[2] for link in links] == [
        "2402.17457", "2103.00065", "2207.14484", "2203.03466", "2512.22768", "1806.07572",
    ]  # fmt: skip


def test_identifiers_are_unique_and_references_find_them(outline):
    names = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(names) == len(set(names)) > 100
    pointed = {
        value[1:]
        for _, each in outline.elements
        for key, value in each.items()
        if key == "href" and (value or "").startswith("#")
    }
    clipped = set(re.findall(r"url\(#([\w-]+)\)", " ".join(str(each) for _, each in outline.elements)))
    assert pointed
    assert clipped
    assert pointed | clipped <= set(names)


def test_every_figure_says_in_words_what_it_shows(outline):
    drawings = [each for each in outline.of("svg") if each.get("role") == "img"]
    assert len(drawings) == len(NAMES)
    assert all(len(each["aria-label"] or "") > 60 for each in drawings)
    assert "by width: 32: " in (drawings[0]["aria-label"] or "")


def test_every_head_of_a_table_has_a_scope_and_every_table_a_caption(outline):
    heads = outline.of("th")
    assert heads
    assert all(each.get("scope") in ("row", "col") for each in heads)
    assert len(outline.of("table")) == len(outline.of("caption"))


def test_the_verdict_comes_first_then_the_figures_in_order(page, real):
    text = page.read_text(encoding="utf-8")
    places = [text.index(f'id="about-{name}"') for name in NAMES]
    marks = [text.index('id="verdicts"'), *places, text.index('id="basis"'), text.index('id="again"')]
    assert marks == sorted(marks)
    for answer in (answer for card in verdicts(real) for answer in card.answers):
        assert f"</span> {answer.verdict}</span>" in text


def test_what_the_numbers_rest_on_is_told(outline):
    for words in (
        "of 2\u202f480", "muP", "4 of 4", "MemoryError", "git checkout 1234abcd", "spectra run width.toml",
        "2.13.0", 'kind = "residual_mlp"',
    ):  # fmt: skip
        assert words in outline.text, words


def test_files_beside_the_page_hold_the_same_numbers(page, real):
    folder = page.parent
    fits = pd.read_csv(folder / "fits.csv")
    powers = fits[fits["model"] == "size power"]
    assert len(fits) == len(real.exponents) + len(powers)
    assert len(powers) == sum(len(case.consistency[EDGE].trend) for case in real.cases)
    verdicts = pd.read_csv(folder / "verdicts.csv")
    questions = ["consistency", "accumulation", "stability", "transfer", "transfer", "fast transfer", "order of sizes"]
    assert list(verdicts["question"]) == questions * 2
    for name in NAMES:
        for ending in ("svg", "pdf", "csv"):
            assert (folder / "figures" / f"{name}.{ending}").stat().st_size > 500
    assert not list(folder.rglob("*.partial"))


def test_every_link_leads_to_a_file_that_is_there(page, outline):
    links = [each["href"] or "" for each in outline.of("a")]
    links = [link for link in links if not link.startswith(("#", "https://arxiv.org/abs/"))]
    assert len(links) > 25
    assert all((page.parent / link).is_file() for link in links)


def test_the_same_study_gives_the_same_bytes(page, real, plain_fonts, tmp_path):
    again = write_page(real, tmp_path)
    for first in sorted(path for path in page.parent.rglob("*") if path.is_file()):
        assert first.read_bytes() == (again.parent / first.relative_to(page.parent)).read_bytes(), first


def test_users_text_stands_on_the_page_as_it_is(plain_fonts, tmp_path):
    table = long_table(regimes=("mup",), widths=(32, 64), seeds=(0, 1), rates=(0.75, 1.5, 3.0))
    table = table.assign(regime=EVIL, model=EVIL, run=table["run"] + EVIL)
    provenance = DataFrame({"run": table["run"].unique(), EVIL: EVIL, "seconds": 1.0})
    studied = fitted(
        table, name=EVIL, title=EVIL, description=EVIL, recipe=EVIL, provenance=provenance,
        failures=DataFrame({"run": ["=1+1"], "error": [EVIL]}),
    )  # fmt: skip
    (tmp_path / "notes.md").write_text(EVIL, encoding="utf-8")
    page = write_page(studied, tmp_path)
    shown = Outline(page.read_text(encoding="utf-8"))
    assert shown.of("script")
    assert all(not each or each == {"type": "application/json", "class": "points"} for each in shown.of("script"))
    assert shown.text.count(SHOWN) >= 8
    assert "=1+1" in shown.text
    for path in tmp_path.rglob("*.csv"):
        assert not re.search(r'(^|[,"\n])[=@+]', path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    "table",
    [
        DataFrame(),
        long_table(regimes=("mup",), widths=(32,), seeds=(0,), rates=(1.5,)),
        long_table(regimes=("mup",), widths=(32, 64), seeds=(0,), rates=(1.5, 3.0)),
        long_table(regimes=("mup",), widths=(64,), seeds=(0, 1), rates=(1.5,)),
        long_table(regimes=("mup",), widths=(32, 64), seeds=(0, 1), rates=(1.5, 3.0), all_diverged=True),
        long_table(regimes=("mup",), widths=(32, 64), seeds=(0, 1), rates=(1.5, 3.0), steps=(0, 10)),
    ],
    ids=["empty", "one run", "one seed", "one width", "all diverged", "two checkpoints"],
)
def test_a_poor_table_gives_a_page_that_says_what_is_missing(table, plain_fonts, tmp_path):
    studied = fitted(table, provenance=DataFrame(), failures=DataFrame(columns=["run", "error"]))
    text = Outline(write_page(studied, tmp_path).read_text(encoding="utf-8")).text
    assert re.search(r"inconclusive|censored|no run of this experiment has finished", text)
    assert "nan" not in re.findall(r"\w+", text)


def test_notes_by_hand_are_shown_and_left_alone(known, tmp_path):
    notes = tmp_path / "notes.md"
    notes.write_text("# Mine\n<b>not bold</b>", encoding="utf-8")
    page = write_page(replace(known, table=known.table.iloc[:0], cases=()), tmp_path)
    assert "<b>not bold</b>" in Outline(page.read_text(encoding="utf-8")).text
    assert notes.read_text(encoding="utf-8") == "# Mine\n<b>not bold</b>"


def test_importing_the_package_loads_neither_torch_nor_seaborn():
    import subprocess
    import sys

    script = "import sys, spectra.report; print({'torch', 'seaborn', 'matplotlib.pyplot'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
