"""Tables to figures and pages. Never loads torch."""

from spectra.report.figures import FIGURES
from spectra.report.page import write_page
from spectra.report.study import Study, study

__all__ = ["FIGURES", "Study", "study", "write_page"]
