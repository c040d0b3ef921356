"""Tables to figures and pages. Never loads torch."""

from spectra.report.exhibits import exhibits
from spectra.report.figure_files import write_figures
from spectra.report.figures import FIGURES
from spectra.report.law_page import write_law_page
from spectra.report.law_study import LawStudy, law_study
from spectra.report.look import Look, drawn_for, look
from spectra.report.page import write_page
from spectra.report.question import Question
from spectra.report.study import Study, study
from spectra.report.verdict_latex import verdict_latex

__all__ = [
    "FIGURES",
    "LawStudy",
    "Look",
    "Question",
    "Study",
    "drawn_for",
    "exhibits",
    "law_study",
    "look",
    "study",
    "verdict_latex",
    "write_figures",
    "write_law_page",
    "write_page",
]
