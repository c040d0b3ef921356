"""The literature behind what a page says: questions, tests, parameterizations, algorithms."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from spectra.report.law_study import LawStudy
from spectra.report.study import Study


@dataclass(frozen=True)
class Source:
    """One work.

    Attributes:
        text: Authors and year, with the journal where there is one.
        about: What of this page comes from it.
        arxiv: Its number there; empty where there is none.
    """

    text: str
    about: str
    arxiv: str = ""


CONSISTENCY = (
    Source("Noci et al. 2024", "the question whether the landscape is the same at every size", "2402.17457"),
    Source("Berger and Hsu 1996, Statistical Science 11, 283", "the test of consistency, by intersection and union"),
)
EDGE = (
    Source("Cohen et al. 2021", "the edge of stability of gradient descent", "2103.00065"),
    Source("Cohen et al. 2022", "the edge of stability of adaptive optimizers", "2207.14484"),
)
TRANSFER = (
    Source("Yang et al. 2022", "the transfer of learning rates between sizes", "2203.03466"),
    Source("Ghosh, Wu and Bietti 2025", "the cost of a transferred rate, and fast transfer", "2512.22768"),
    Source("Page 1963, J. Am. Statist. Assoc. 58, 216", "the test of the order of sizes"),
)
COLLAPSE = (Source("Qiu et al. 2025", "deviation and noise floor of normalised loss curves", "2507.02119"),)
EIGENVALUES = (Source("Wu and Simon 2000", "the eigensolver, thick-restart Lanczos"),)
QUANTITIES = {
    "kernel_movement": Source("Kornblith et al. 2019", "centred kernel alignment (CKA)", "1905.00414"),
    "effective_batch_sharpness": Source(
        "Andreyev and Beneventano 2024", "the curvature of a batch along its own gradient", "2412.20553"
    ),
    "kernel_alignment": Source(
        "Cortes, Mohri and Rostamizadeh 2012, J. Mach. Learn. Res. 13, 795", "the centred alignment of a kernel"
    ),
    "energy_kernel_alignment": Source(
        "Ortiz-Jimenez, Moosavi-Dezfooli and Frossard 2021", "the energy of targets in a kernel", "2106.06770"
    ),
    "limit_prediction": Source("Lee et al. 2019", "the law of wide networks along training", "1902.06720"),
    "spectral_density": Source("Ubaru, Chen and Saad 2017", "densities by stochastic Lanczos quadrature"),
}
LAPLACE = (
    Source("Deng, Zhou and Zhu 2022", "linearized Laplace with few tangent features (ELLA)", "2210.12642"),
    Source("Guo, Pleiss, Sun and Weinberger 2017", "the expected calibration error", "1706.04599"),
)
FEATURES = (Source("Zhou et al. 2022", "what orthogonality and dimension of features say of learning", "2203.16687"),)
MEASURES = (
    "quasi_orthogonality",
    "feature_dimension",
    "separability_feature_dimension",
    "neighbours_feature_dimension",
)
"""Of features: the question is that of `FEATURES`."""
EXPANSION = (Source("Lee et al. 2019", "the training of a linearized network", "1902.06720"),)
EIGENFUNCTIONS = (
    Source(
        "Ortiz-Jimenez, Moosavi-Dezfooli and Frossard 2021",
        "eigenvectors of the tangent kernel as targets",
        "2106.06770",
    ),
)
MODELS = {
    "surrogate_mlp": Source(
        "Eilers, Memmesheimer and Goedeke 2024", "the tangent kernel of surrogate gradients", "2405.15539"
    ),
    "thresholded": Source("Yang et al. 2023", "units that open late, and their kernel", "2301.00327"),
}
REGIMES = {
    "mup": Source("Yang et al. 2022", "muP", "2203.03466"),
    "ntk": Source("Jacot, Gabriel and Hongler 2018", "the NTK parameterization", "1806.07572"),
    "ntk_matched": Source("Jacot, Gabriel and Hongler 2018", "the NTK parameterization", "1806.07572"),
    "mean_field": Source("Bordelon et al. 2023", "the mean-field parameterization", "2309.16620"),
    "spectral": Source("Yang et al. 2023", "the spectral condition", "2310.17813"),
    "depth_mup": Source("Yang et al. 2023", "depth-muP", "2310.02244"),
    "completep": Source("Dey et al. 2025", "CompleteP", "2505.01618"),
}


def sources(study: Study | LawStudy) -> list[Source]:
    """What the page of a study rests on, without repetition: parameterizations, questions, quantities, algorithms."""
    table = study.table
    quantities = [] if table.empty else table["quantity"].astype(str).unique().tolist()
    regimes = table["regime"].dropna().unique().tolist() if "regime" in table else []
    models = table["model"].dropna().unique().tolist() if "model" in table else []
    asked = _questions(study) if isinstance(study, Study) else _laws(study)
    expanded = "expansion" in table and bool((table["expansion"].dropna() != "network").any())
    drawn = "data" in table and bool((table["data"] == "eigenfunctions").any())
    solved = EIGENVALUES if any(name.endswith("_matvecs") for name in quantities) else ()
    return once(
        [
            *asked,
            *(EIGENFUNCTIONS if drawn else ()),
            *(EXPANSION if expanded else ()),
            *(LAPLACE if any(name.startswith("laplace_") for name in quantities) else ()),
            *(FEATURES if any(name.removeprefix("test_") in MEASURES for name in quantities) else ()),
            *(found for name, found in MODELS.items() if name in models),
            *(found for name, found in REGIMES.items() if name in regimes),
            *(found for name, found in QUANTITIES.items() if name in quantities),
            *solved,
        ]
    )


def _questions(study: Study) -> list[Source]:
    cases = study.cases
    return [
        *(CONSISTENCY if any(case.consistency for case in cases) else ()),
        *(EDGE if any(case.edges for case in cases) else ()),
        *(TRANSFER if study.transfers() else ()),
        *(COLLAPSE if study.collapses() else ()),
    ]


def _laws(study: LawStudy) -> list[Source]:
    told = sorted({case.theory.sources for case in study.cases if case.theory is not None})
    found = [(text.removeprefix("Law: "), re.search(r" \(arXiv ([\d.]+)\)", text)) for text in told]
    return [
        Source(text.partition(" (arXiv")[0].rstrip("."), "the law of the loss", number[1] if number else "")
        for text, number in found
    ]


def once(found: Iterable[Source]) -> list[Source]:
    """Every work once, with all that comes from it."""
    known: dict[tuple[str, str], Source] = {}
    for source in found:
        key = source.text, source.arxiv
        about = [*(known[key].about.split("; ") if key in known else ()), *source.about.split("; ")]
        known[key] = Source(source.text, "; ".join(dict.fromkeys(about)), source.arxiv)
    return list(known.values())
