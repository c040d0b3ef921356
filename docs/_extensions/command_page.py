"""The page of the command line, from the commands themselves."""

from __future__ import annotations

import re

import typer
from sphinx.application import Sphinx

from spectra.cli.application import app as commands

_PLACEHOLDERS = {ord("{"): "<", ord("}"): ">"}
_OPTION = re.compile(r"(?<![\w`-])--[a-z][\w-]*")
_AS_WRITTEN = "\b"


def setup(_app: Sphinx) -> dict[str, bool]:
    """Nothing of its own: `reference_pages` writes the page."""
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def command_page() -> str:
    """Markdown with a section for every command: what it does, how it is called, all options."""
    group = typer.main.get_command(commands)
    lines = ["# Commands", "", group.help or "", ""]
    for name, command in group.commands.items():
        lines += [f"## spectra {name}", "", *_section(f"spectra {name}", command)]
    return "\n".join(lines)


def _section(name: str, command: typer.core.TyperCommand) -> list[str]:
    context = typer.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)]).translate(_PLACEHOLDERS)
    lines = [*map(_paragraph, (command.help or "").split("\n\n")), "```text", usage, "```", ""]
    rows = [_row(parameter, context) for parameter in command.params]
    return [*lines, "| argument or option | default | what |", "| --- | --- | --- |", *rows, ""]


def _paragraph(text: str) -> str:
    """Prose with options as code; or the lines as they are written, where typer was told so."""
    if text.startswith(_AS_WRITTEN):
        return "\n".join(["```text", *text.splitlines()[1:], "```", ""])
    return _OPTION.sub(r"`\g<0>`", text) + "\n"


def _row(parameter: typer.core.TyperArgument, context: typer.Context) -> str:
    told = parameter.name.upper() if parameter.param_type_name == "argument" else ", ".join(parameter.opts)
    default = parameter.get_default(context)
    shown = "" if default is None or default is False or default == () else f"`{getattr(default, 'value', default)}`"
    return f"| `{told}` | {shown} | {_cell(getattr(parameter, 'help', None) or '')} |"


def _cell(text: str) -> str:
    return _OPTION.sub(r"`\g<0>`", text).replace("\n", " ").replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")
