"""Tables to figures and pages. Never loads torch."""

from spectra.report.exhibits import exhibits
from spectra.report.law_page import write_law_page
from spectra.report.law_study import LawStudy, law_study
from spectra.report.page import write_page
from spectra.report.question import Question
from spectra.report.study import Study, study

__all__ = ["LawStudy", "Question", "Study", "exhibits", "law_study", "study", "write_law_page", "write_page"]
