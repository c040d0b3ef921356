"""What to type to make a page again."""

import shlex

from pandas import Series

from spectra.plain_text import clean
from spectra.report.law_study import LawStudy
from spectra.report.study import Study


def from_store(study: Study | LawStudy) -> str:
    """What makes the page from the runs that are there, at the root of a clone."""
    return f"spectra report {_recipe(study)}{stored(study.store)}{_small(study)}"


def from_scratch(study: Study | LawStudy) -> str:
    """What makes the runs too, with the version that made them, into the usual store: one command on a line."""
    revisions = set(study.provenance.get("revision", Series(dtype=object)).dropna().astype(str))
    checkout = [f"git checkout {revision}" for revision in revisions if len(revisions) == 1 and revision.isalnum()]
    made = [f"spectra {command} {_recipe(study)}{_small(study)}" for command in ("run", "report")]
    return "\n".join([*checkout, *made])


def stored(folder: str) -> str:
    """The option that names the folder of the runs; nothing for the usual one."""
    return f" --store {shlex.quote(clean(folder))}" if folder else ""


def _recipe(study: Study | LawStudy) -> str:
    return shlex.quote(clean(study.path or f"{study.name}.toml"))


def _small(study: Study | LawStudy) -> str:
    return " --smoke" if study.small else ""
