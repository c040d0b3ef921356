"""Tables for papers: structure, escaping, digits; and that a real LaTeX takes them, where there is one."""

import re
import shutil
import subprocess
from dataclasses import replace
from math import inf, nan

import pytest

from spectra.report import latex
from spectra.report.verdict_latex import verdict_latex
from spectra.report.verdict_rows import verdict_rows

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
    assert worst[3:] == [r"\num{-0.350}\rlap{\textsuperscript{a}}", r"\num{-0.362} to \num{-0.338}", "step 120"]
    assert r"\textsuperscript{a}~log units per doubling of width; 90 \% interval; margin 0.0488" in text
    marks = set(re.findall(r"\\rlap\{\\textsuperscript\{(\w)\}\}", text))
    assert marks == set(re.findall(r"footnotesize \\textsuperscript\{(\w)\}", text))


def test_what_is_unknown_is_empty_and_what_has_no_end_is_infinite():
    assert latex.number(nan, 2) == ""
    assert latex.number(-inf, 2) == r"\ensuremath{-\infty}"
    assert latex.number(-1e-9, 2) == r"\num{0.00}"
    assert latex.decimals(0.9, 1.1, 1.0) == 2
    assert latex.decimals(-inf, 1.1, 123.4) == 0


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
