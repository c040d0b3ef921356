"""What is asked of `spectra report`, and which page answers it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spectra.cli.clone_paths import STORE
from spectra.cli.exits import door
from spectra.report.look import Look


@dataclass(frozen=True)
class ReportRequest:
    """What was asked on the command line."""

    recipes: tuple[Path, ...]
    stores: tuple[Path, ...]  # none: the usual one, and that beside the page of each recipe
    out: Path | None
    everything: bool  # the gallery
    watch: float | None  # seconds between two looks; None looks once
    look: Look | None  # in which figures are written once more
    smoke: bool

    def check(self) -> None:
        """Refuse what goes not together.

        Raises:
            ValueError: If it does not.
        """
        if not self.recipes and not self.everything:
            raise ValueError("no recipe was named; name one or several, or pass --all for the gallery of all pages")
        others = {
            "--watch": self.watch is not None,
            "--style": self.look is not None,
            "--smoke": self.smoke,
            "--store": bool(self.stores),
        }
        if self.everything and any(others.values()):
            given = " and ".join(name for name, given in others.items() if given)
            raise ValueError(
                f"{given} was passed with --all, which makes no page but the gallery; leave one of them out"
            )
        if self.watch is not None and len(self.stores) > 1:
            raise ValueError("--watch looks at one store, and --store was passed several times; name one")
        if self.watch is not None and self.look is not None:
            raise ValueError("--style was passed with --watch; write figures for print when all runs are done")


def write_report(request: ReportRequest) -> None:
    """Write the gallery, the page of a recipe or of several, once or as long as they run."""
    with door():
        request.check()
    recipes, folders, out = request.recipes, request.stores, request.out
    if request.everything:
        from spectra.cli.reporting_all import report_all

        report_all(recipes, out)
    elif request.watch is not None:
        from spectra.cli.reporting_live import watch_recipes

        watch_recipes(recipes, folders[0] if folders else Path(STORE), out, seconds=request.watch, smoke=request.smoke)
    elif len(recipes) > 1:
        from spectra.cli.reporting_several import report_recipes

        report_recipes(recipes, folders, out, smoke=request.smoke, look=request.look)
    else:
        from spectra.cli.reporting import report_recipe

        report_recipe(recipes[0], folders, out, smoke=request.smoke, look=request.look)
