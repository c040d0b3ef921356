"""A plugin of pytest that writes down each error and warning of the package with the tests in which it was raised.

Modules of the package are compiled with a call around everything that they raise, as pytest does with assertions.
At the end the table of the documents is brought up to date: `python -m pytest -p tests.messages.recorder`.
"""

from __future__ import annotations

import ast
import builtins
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from hypothesis import settings

from tests.messages.places import PACKAGE, WARN, Place, places, raised
from tests.messages.table import Heard, add, plain, update

RECORDED = "_recorded_by_tests"
SENT = "messages"  # under this name a worker of xdist sends what it heard
heard: Heard = {}
ran: set[str] = set()


class _Loader(SourceFileLoader):
    """Compiles the source anew each time, so that no compiled file has the recorder in it."""

    def get_code(self, fullname: str) -> CodeType:
        path = Path(self.get_filename(fullname))
        tree = _Wrapped(path).visit(ast.parse(path.read_bytes()))
        return compile(ast.fix_missing_locations(tree), str(path), "exec")


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name.split(".")[0] == PACKAGE.name else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Wrapped(ast.NodeTransformer):
    """The tree of a file, with a call around each thing that is raised."""

    def __init__(self, path: Path) -> None:
        self.places = places(path)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        self.generic_visit(node)
        if node.exc is not None:
            node.exc = self._around(node.exc, at=node.exc)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if raised(node) is not None:
            node.args[0] = self._around(node.args[0], at=node)
        return node

    def _around(self, inner: ast.expr, at: ast.expr) -> ast.expr:
        named = ast.Tuple([ast.Constant(part) for part in self.places[at.lineno, at.col_offset]], ast.Load())
        return ast.copy_location(ast.Call(ast.Name(RECORDED, ast.Load()), [inner, named], []), inner)


def _recorded(thrown: Any, named: tuple[str, str, str]) -> Any:
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" (")[0].partition("[")[0]
    if test:
        add(heard, Place(*named), test, plain(_said(thrown, named[1])))
    return thrown


def _said(thrown: Any, kind: str) -> str:
    if kind == WARN:
        return str(thrown)
    made = thrown() if isinstance(thrown, type) else thrown
    return f"{type(made).__name__}: {made}"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Before any test or its configuration imports the package."""
    setattr(builtins, RECORDED, _recorded)
    sys.meta_path.insert(0, _Finder())


class _Gathering:
    """The hook of pytest-xdist, which pytest itself does not know."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for *named, test, said in node.workeroutput.get(SENT, ()):
            add(heard, Place(*named), test, said)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Gathering())
    settings.register_profile("messages", derandomize=True)
    settings.load_profile("messages")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and not report.skipped:
        ran.add(report.nodeid.partition("[")[0])


def pytest_sessionfinish(session: pytest.Session) -> None:
    sent = getattr(session.config, "workeroutput", None)
    if sent is None:
        return
    sent[SENT] = [[*place, test, said] for place, tests in heard.items() for test, said in tests.items()]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workeroutput"):
        update(heard, ran)
