"""Tables for papers: structure, escaping, digits; and that a real LaTeX takes them, where there is one."""

import re
import shutil
import subprocess
from dataclasses import replace
from math import inf, nan

import pytest

from spectra.report import latex
from spectra.report.law_answers import answers
from spectra.report.law_latex import law_latex
from spectra.report.verdict_latex import verdict_latex
from spectra.report.verdict_rows import verdict_rows
from tests.report.law_tables import SPHERE, STREAM, gathered, of_theory, table

EVIL = r"100 % & $x_1$ #2 {~^} \input{/etc/passwd} <b> [1] *" + "\n\nnext"


def body(text):
    """Rows between the rules, the cells of each."""
    inner = text.partition("\\midrule\n")[2].partition("\\bottomrule")[0]
    return [line.removesuffix(r" \\").split(" & ") for line in inner.splitlines() if line != r"\addlinespace"]


def test_every_answer_has_a_row_under_the_title_of_its_case(known):
    rows, text = verdict_rows(known), verdict_latex(verdict_rows(known))
    titles = re.findall(r"\\emph\{(.*)\}\}", text)
    assert titles == list(dict.fromkeys(rows["case"]))
    answers = [cells for cells in body(text) if len(cells) > 1]
    assert [cells[0] for cells in answers] == list(rows["question"])
    assert [cells[2] for cells in answers] == list(rows["verdict"])
    assert {len(cells) for cells in answers} == {6}


def test_an_estimate_has_the_digits_of_its_interval_and_a_note_with_unit_level_and_margin(known):
    text = verdict_latex(verdict_rows(known))
    worst = next(cells for cells in body(text) if cells[:3:2] == ["consistency", "inconsistent"])
    mark = re.fullmatch(r"\\num\{-0.350\}\\rlap\{\\textsuperscript\{(\w)\}\}", worst[3])[1]
    assert worst[5] == "step 120"
    assert (
        rf"\textsuperscript{{{mark}}}~log units per doubling of width, simultaneous band; 95 \% interval; margin 0.0488"
        in text
    )
    marks = set(re.findall(r"\\rlap\{\\textsuperscript\{(\w)\}\}", text))
    assert marks == set(re.findall(r"footnotesize \\textsuperscript\{(\w)\}", text))


def test_what_is_unknown_is_empty_and_what_has_no_end_is_infinite():
    assert latex.number(nan, 2) == ""
    assert latex.number(-inf, 2) == r"\ensuremath{-\infty}"
    assert latex.number(-1e-9, 2) == r"\num{0.00}"
    assert latex.decimals(0.9, 1.1, 1.0) == 2
    assert latex.decimals(-inf, 1.1, 123.4) == 0


@pytest.mark.parametrize(
    ("low", "high", "cells"),
    [
        (-inf, inf, [r"not determined\rlap{\textsuperscript{a}}", ""]),
        (-inf, 1.0, [r"\num{0.500}\rlap{\textsuperscript{a}}", r"at most \num{1.000}"]),
        (0.25, inf, [r"\num{0.500}\rlap{\textsuperscript{a}}", r"at least \num{0.250}"]),
        (nan, nan, [r"\num{0.500}\rlap{\textsuperscript{a}}", ""]),
    ],
)
def test_an_interval_without_ends_determines_nothing(known, low, high, cells):
    row = verdict_rows(known).head(1).assign(estimate=0.5, low=low, high=high)
    *_, estimate, span, _ = body(verdict_latex(row))[-1]
    assert [estimate, span] == cells


def test_text_is_never_a_command():
    told = latex.escaped(EVIL)
    plain = re.sub(r"\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater)\{\}|\\[%&$_#{}]", "", told)
    assert not re.search(r"[\\%&$_#~^<>\n]", plain)
    assert r"\textbackslash{}input\{/etc/passwd\}" in told


def test_signs_that_pages_use_have_a_command():
    assert latex.escaped("−2\u00a0% … γ₀ ≤ ∞") == (
        r"\ensuremath{-}2~\% \ldots{} \ensuremath{\gamma}\ensuremath{_{0}} \ensuremath{\leq} \ensuremath{\infty}"
    )


def test_an_empty_table_is_a_table(known):
    text = verdict_latex(verdict_rows(replace(known, cases=())))
    assert body(text) == []
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 1


def laws():
    settings = [SPHERE | {"width": width} for width in (64, 128)]
    return gathered(table(*(one for each in settings for one in of_theory(each))))


def test_exponents_of_laws_stand_beside_theory_with_the_digits_of_their_intervals():
    study = laws()
    text = law_latex(study.exponents, answers(study))
    first, second = (cells for cells in body(text) if len(cells) > 1)
    assert re.findall(r"\\emph\{(.*)\}\}", text) == ["indicator, d = 2"]
    row = study.exponents.iloc[1]
    places = latex.decimals(row["low"], row["high"], row["measured"])
    assert second[:4] == [
        r"loss in steps (\ensuremath{\xi})", r"\num{128}", rf"\num{{{row['from']:.0f}}} to \num{{2000}}",
        rf"\num{{{row['measured']:.{places}f}}}",
    ]  # fmt: skip
    assert second[5] == rf"\num{{{0.5:.{places}f}}}"
    assert (first[-1], second[-1]) == ("", latex.escaped(answers(study)[0].verdict))
    assert r"Intervals at 95 \%, over 4 repetitions." in text


def test_exponents_without_a_width_have_no_such_column():
    study = gathered(table(*of_theory(STREAM)))
    (cells,) = [cells for cells in body(law_latex(study.exponents, answers(study))) if len(cells) > 1]
    assert len(cells) == 7
    assert "width" not in law_latex(study.exponents, [])


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex; structure is tested above")
def test_a_real_latex_takes_the_table(known, tmp_path):
    cases = (known.cases[0], replace(known.cases[1], title=EVIL))
    (tmp_path / "verdicts.tex").write_text(verdict_latex(verdict_rows(replace(known, cases=cases))), encoding="utf-8")
    (tmp_path / "paper.tex").write_text(
        r"\documentclass{article}\usepackage{booktabs}\begin{document}\input{verdicts}\end{document}", encoding="utf-8"
    )
    # Without a draft it would ask for fonts, which is not the matter of this test.
    command = ["pdflatex", "-draftmode", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]


def test_it_stands_beside_the_page(page, real):
    assert (page.parent / "verdicts.tex").read_text(encoding="utf-8") == verdict_latex(verdict_rows(real))
