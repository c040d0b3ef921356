"""A bad recipe is answered with every mistake by its place, and with nothing else."""

import pytest

from spectra.sweeps.axes import RUN_LIMIT
from tests.sweeps.written_recipe import RECIPE, recipe, refusal


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("steps = 12", "steps == 12", ["not valid TOML", "line 3, column 8"]),
        ("steps = 12", "steps = 12\nsteps = 13", ["not valid TOML", "line 4", "overwrite"]),
        ("rate = 0.25\n", "rate = ", ["not valid TOML", "line 28, column 8"]),
        ("[optimizer]", "[optimiser]", ["optimiser: ", "did you mean 'optimizer'?"]),
        ("batch_size = 64", "batch_size = 64\nmomentun = 0.9", ["optimizer.momentun: ", "decay", "mean 'momentum'?"]),
        ("batch_size = 64", 'batch_size = "abc"', ["optimizer.batch_size: must be an integer", "'abc'"]),
        ("batch_size = 64", "batch_size = true", ["optimizer.batch_size: must be an integer", "True"]),
        ("batch_size = 64", "batch_size = 1.5", ["optimizer.batch_size: must be an integer", "1.5"]),
        ("batch_size = 64", "batch_size = 0", ["optimizer.batch_size: must be greater than 0", "0 was given"]),
        ("batch_size = 64", "batch_size = 2020-01-01", ["optimizer.batch_size: is a date or time", "2020-01-01"]),
        ("batch_size = 64", "momentum = inf", ["optimizer.momentum: must be a finite number", "inf"]),
        ("batch_size = 64", "batch_size = 0x" + "f" * 9000, ["optimizer.batch_size: ", "64 bits"]),
        ("batch_size = 64", "batch_size = " + "9" * 9000, ["not valid TOML"]),
        ("batch_size = 64", "batch_size = " + "[" * 2000 + "]" * 2000, ["nested"]),
        ("batch_size = 64", "batch_size = " + "[" * 9 + "]" * 9, ["optimizer.batch_size", "nested"]),
        ("richness = 1.0", "richness = true", ["regime.richness: must be a number", "True"]),
        ("base_width = 32\n", "", ["regime.base_width: is missing", "[sweep]"]),
        ("base_width = 32\n", "base_width = 48\n", ["regime: the base width 48 is larger than the network's width 32"]),
        ("steps = 12\n", "", ["steps: is missing"]),
        ('kind = "sgd"', 'kind = "SGD"', ["optimizer.kind: 'SGD' is unknown", "did you mean 'sgd'?"]),
        ("steps = 12", 'steps = "12"', ["steps: must be an integer", "'12'"]),
        ("steps = 12", 'steps = 12\nprecision = "flaot32"', ["precision: ", "'float64'", "did you mean 'float32'?"]),
        ("steps = 12", "steps = 12\nthreads = 0", ["threads: must be greater than or equal to 1"]),
        ('kind = "residual_mlp"', 'kind = "residual_mpl"', ["model.kind: 'residual_mpl'", "mean 'residual_mlp'?"]),
        ('kind = "residual_mlp"', "kind = 3", ["model.kind: 3", "the kinds are residual_mlp"]),
        ('kind = "digits"', "", ["data.kind: is missing", "the kinds are ", "digits"]),
        ('[data]\nkind = "digits"', "", ["data.kind: is missing"]),
        ("[data]", "[model.data]", ["model.data: is no setting", "data.kind: is missing"]),
        (
            'steps = 12\n[model]\nkind = "residual_mlp"\ndepth = 3',
            "steps = 12\nmodel = 3",
            ["model: must be a section"],
        ),
        ("depth = 3", 'depth = 3\nactivation = "rellu"', ["model.activation: ", "'gelu'", "did you mean 'relu'?"]),
        ('kind = "loss"', 'kind = "los"', ["measurements[0].kind: 'los'", "did you mean 'loss'?"]),
        ("grid = { every = 10 }", "grid = { evry = 10 }", ["measurements[0].grid.evry: ", "did you mean 'every'?"]),
        ("grid = { every = 10 }", "grid = {}", ["measurements[0].grid: ", "either every"]),
        ("grid = { every = 10 }", "grid = 10", ["measurements[0].grid: ", "every, points"]),
        ("grid = { every = 10 }", "", ["measurements[0].grid: is missing"]),
        ('kind = "loss"', 'kind = "effective_sharpness"', ["measurements[1]: effective_sharpness is measured already"]),
        ("width = [32, 64]", "width = []", ["sweep.width: is empty"]),
        ("width = [32, 64]", "width = 32", ["sweep.width: must be a list", "write [32]"]),
        ("width = [32, 64]", "widht = [32, 64]", ["sweep.widht: ", "did you mean 'width'?"]),
        ("width = [32, 64]", "kind = [32, 64]", ["sweep.kind: is no setting that can be swept"]),
        ("width = [32, 64]", "width = [32, 64, 32]", ["sweep.width[2]: 32 stands there already, at [0]"]),
        ("width = [32, 64]", "width = [32, 32.0]", ["sweep.width[1]: 32.0 stands there already, at [0]"]),
        ("width = [32, 64]", "width = [32, [64]]", ["sweep.width[1]: must be an integer", "[64]"]),
        ("width = [32, 64]", f"width = {[*range(1, RUN_LIMIT)]}", ["sweep: asks for 1199988 runs"]),
        ("width = [32, 64]", "width = [32, 64]\ndepth = [3]", ["sweep.depth: is also set as model.depth"]),
        ("width = [32, 64]", "width = [32, 64]\nsteps = [3]", ["sweep.steps: is also set as steps"]),
        ("rate = [0.25, 1]", 'rate = [0.25, "fast"]', ["sweep.rate[1]: must be a number", "'fast'"]),
        (
            "rate = [0.25, 1]",
            "rate = [0.25, 9007199254740992.0, 9007199254740993]",
            ["sweep: gives the same run twice"],
        ),
        ('"ntk_matched"', '"ntk_machted"', ["sweep.regime[1]: 'ntk_machted'", "mup", "did you mean 'ntk_matched'?"]),
        ("rate = 0.25\n", "rate = 0.3\n", ["judge.rate: 0.3 is none of the rates 0.25, 1; the nearest is 0.25"]),
        ("rate = 0.25\n", "", ["judge.rate: is missing", "0.25, 1"]),
        (
            "rate = 0.25\n",
            "rate = 0.25\nquantity = 'sharpness'",
            ["judge.quantity: 'sharpness'", "effective_sharpness'?"],
        ),
        ("rate = 0.25\n", "rate = 0.25\nscale = 'depth'", ["judge.scale: 'depth' is not swept", "regime, width, rate"]),
        ("rate = 0.25\n", "rate = 0.25\nscale = 'widht'", ["judge.scale: ", "did you mean 'width'?"]),
        ("rate = 0.25\n", "rate = 0.25\nscales = 'width'", ["judge.scales: ", "did you mean 'scale'?"]),
        ('title = "Widths"', "title = 3", ["title: must be a text in quotes", "3"]),
        ('title = "Widths"', 'title = "a\\u001b[31m"', ["title: has control characters", "\\x1b"]),
        ('title = "Widths"', 'name = "../etc"', ["name: ", "letters, digits, _ and -", "'../etc'"]),
        ('title = "Widths"', 'name = "/etc/x"', ["name: ", "letters, digits, _ and -"]),
        ('title = "Widths"', f'name = "{"x" * 81}"', ["name: must be 1 to 80 letters"]),
        ('title = "Widths"', 'name = "Com1"', ["name: must name a folder, and 'Com1' is a device on Windows"]),
        ('title = "Widths"', 'name = "a\\u0000"', ["name: has control characters"]),
        ('title = "Widths"', '"a\\nb" = 1', ["'a\\nb': is no section"]),
    ],
)
def test_a_mistake_is_named_by_its_place_with_what_is_possible(tmp_path, old, new, parts):
    message = refusal(recipe(tmp_path, old, new))
    for part in parts:
        assert part in message
    assert max(map(len, message.splitlines())) < 600 + len(str(tmp_path))


def test_one_mistake_is_one_line_and_of_a_few_none_is_left_out(tmp_path):
    assert "\n" not in refusal(recipe(tmp_path, "depth = 3", "dept = 3"))
    text = (
        RECIPE.replace("steps = 12", "steps = 1.5").replace("seed = [1, 2, 3]", "seed = 1").replace("kind = ", "kin = ")
    )
    lines = refusal(recipe(tmp_path, text=text)).splitlines()
    assert lines[0].endswith(": 7 mistakes")
    sections = ("measurements[0]", "measurements[1]", "model", "data", "optimizer")
    expected = ["sweep.seed", *(f"{section}.kind" for section in sections), "steps"]
    assert [line.split(":")[0].strip() for line in lines[1:] if not line.startswith("    ")] == expected


def test_of_very_many_mistakes_the_first_are_listed(tmp_path):
    lines = refusal(recipe(tmp_path, "seed = [1, 2, 3]", f"seed = {[1] * 1000}")).splitlines()
    assert lines[0].endswith(": 999 mistakes")
    assert (len(lines), lines[-1].strip()) == (22, "... and 979 more")


@pytest.mark.parametrize(
    ("old", "new"), [("steps = 12", "steps = 9223372036854775807"), ("points = 4", "points = 10_000_000_000")]
)
def test_more_measurements_than_memory_holds_are_refused(tmp_path, old, new):
    compared = f'{RECIPE}[[compare]]\nquantity = "loss"\nby = "width"\n'
    assert "steps, and at most 10000000 are possible" in refusal(recipe(tmp_path, old, new, compared))
