"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Recipe = Annotated[Path, typer.Argument(help="Recipe of the experiment, a TOML file.", show_default=False)]
Store = Annotated[Path, typer.Option(help="Folder of finished runs, shared by all experiments.")]
Smoke = Annotated[
    bool, typer.Option("--smoke", metavar="", help="The small version, as the section \\[smoke] of the recipe has it.")
]
