"""Every block of code on the site says what is so, without being run."""

import ast
import json
import shlex
from importlib import import_module

import pytest
import typer

from spectra.cli.application import app
from spectra.sweeps import read_experiment
from tests.docs.site_pages import PAGES, ROOT, blocks_of, commands_of

PARSED = {"python", "sh", "toml", "json", "text"}


def blocks(language):
    return [
        pytest.param(block, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, block in enumerate(blocks_of(page))
        if block.language == language
    ]


def test_every_block_is_of_a_language_that_is_tested():
    assert {block.language for page in PAGES for block in blocks_of(page)} <= PARSED


@pytest.mark.parametrize("block", blocks("python"))
def test_every_name_that_is_imported_is_public(block):
    for node in ast.walk(ast.parse(block.code)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("spectra"):
            package = import_module(node.module)
            assert all(getattr(package, alias.name) is not None for alias in node.names)
            assert {alias.name for alias in node.names} <= set(package.__all__)


@pytest.mark.parametrize("block", blocks("sh"))
def test_every_command_and_option_exists(block):
    group = typer.main.get_command(app)
    for line in commands_of(block):
        program, *words = shlex.split(line)
        if program == "make":
            assert f"\n{words[0]}:" in (ROOT / "Makefile").read_text()
            continue
        if program == "pip":
            assert words[0] == "install"
            continue
        assert program == "spectra", line
        command = group.commands[words[0]]
        context = typer.Context(command, info_name=words[0])
        command.make_parser(context).parse_args(words[1:])  # raises at an option that does not exist


@pytest.mark.parametrize("block", blocks("toml"))
def test_every_recipe_is_accepted(block, tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(block.code)
    assert read_experiment(path).specs


@pytest.mark.parametrize("block", blocks("json"))
def test_every_document_can_be_read(block):
    assert json.loads(block.code)
