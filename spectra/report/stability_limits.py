"""Up to where the optimizer of every case is stable on a quadratic."""

from spectra.report.question import limited
from spectra.report.study import Study


def limits_of(study: Study, quantity: str, index: int = 0) -> dict[str, float]:
    """Stability limits by the titles of the cases; none where they are not limits of this quantity."""
    found = {case.title: case.limit for case in study.cases if case.limit is not None}
    return {title: limit for title, limit in found.items() if limited(quantity, index, limit)}
