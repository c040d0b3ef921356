"""Pages of reference: one for every package, made of the docstrings, and one for the command line."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

from command_page import command_page
from docstring_text import escaped, summary
from public_names import handed_on, packages
from sphinx.application import Sphinx

import spectra


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before any page is read."""
    app.connect("builder-inited", _write, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "reference"
    folder.mkdir(exist_ok=True)
    pages = {f"{package}.rst": _page(package, names) for package, names in packages().items()}
    pages |= {"index.rst": _overview(), "commands.md": command_page()}
    for old in {path.name for path in folder.iterdir()} - pages.keys():
        (folder / old).unlink()
    for name, text in pages.items():
        # A page that stays as it is need not be read again.
        if not (folder / name).exists() or (folder / name).read_text() != text:
            (folder / name).write_text(text)


def _page(package: str, names: tuple[str, ...]) -> str:
    doc = inspect.getdoc(import_module(package)) or ""
    lines = [package, "=" * len(package), "", *(escaped(line) for line in doc.splitlines()), ""]
    for name in names:
        lines += [
            f".. {_directive(getattr(import_module(package), name))}:: {package}.{name}",
            *_options(package, name),
        ]
    return "\n".join(lines)


def _directive(thing: object) -> str:
    if inspect.isclass(thing):
        return "autoclass"
    return "autofunction" if inspect.isroutine(thing) else "autodata"


def _options(package: str, name: str) -> list[str]:
    kind = _directive(getattr(import_module(package), name))
    return {"autoclass": ["   :members:", ""], "autodata": ["   :no-value:", ""]}.get(kind, [""])


def _overview() -> str:
    title = "Reference"
    lines = [
        title,
        "=" * len(title),
        "",
        "Every public name, from its docstring. These can be imported from ``spectra`` itself:",
        "",
    ]
    lines += [".. list-table::", "   :widths: 30 70", ""]
    for name, home in sorted(handed_on().items(), key=lambda place: place[0].lower()):
        first = summary(getattr(spectra, name))
        lines += [f"   * - :py:obj:`{name} <{home}>`", f"     - {escaped(first)}"]
    lines += ["", "The packages have more:", "", ".. toctree::", "   :maxdepth: 1", ""]
    return "\n".join([*lines, *(f"   {package}" for package in packages()), ""])
