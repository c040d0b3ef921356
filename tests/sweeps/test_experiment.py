"""A good recipe gives its runs."""

from dataclasses import fields

from spectra.models import MODELS, ResidualMLP
from spectra.sweeps import read_experiment
from spectra.sweeps.sections import KINDS, PLAIN
from tests.sweeps.written_recipe import RECIPE, recipe, refusal


def test_a_recipe_may_say_that_another_command_makes_its_page(tmp_path):
    assert read_experiment(recipe(tmp_path)).command == "report"
    assert read_experiment(recipe(tmp_path, "steps = 12", 'command = "check"\nsteps = 12')).command == "check"
    said = refusal(recipe(tmp_path, "steps = 12", 'command = "plot"\nsteps = 12'))
    assert "command: must be 'report' or 'check'" in said
    assert "'plot' was given" in said


def test_a_recipe_gives_the_product_of_its_axes_in_the_order_written(tmp_path):
    experiment = read_experiment(str(recipe(tmp_path)))
    assert (experiment.name, experiment.title, experiment.description) == ("widths", "Widths", "Over widths.")
    assert (experiment.text, experiment.path) == (RECIPE, tmp_path / "widths.toml")
    columns = [spec.columns() for spec in experiment.specs]
    assert [(c["regime"], c["width"], c["rate"], c["seed"]) for c in columns] == [
        (regime, width, rate, seed)
        for regime in ("mup", "ntk_matched")
        for width in (32, 64)
        for rate in (0.25, 1.0)
        for seed in (1, 2, 3)
    ]
    assert {(c["depth"], c["batch_size"], c["base_width"], c["steps"], c["threads"]) for c in columns} == {
        (3, 64, 32, 12, 1)
    }
    assert [m.kind for m in experiment.specs[0].measurements] == ["loss", "effective_sharpness"]
    judge = experiment.judge
    assert (judge.scale, judge.rate, judge.judged) == ("width", (0.25,), (("effective_sharpness", 0),))


def test_without_a_judge_several_rates_or_the_loss_alone_have_nothing_to_judge(tmp_path):
    unjudged = recipe(tmp_path, "[judge]\nrate = 0.25\n", "")
    assert read_experiment(unjudged).judge is None
    sharpness = RECIPE[RECIPE.index('[[measurements]]\nkind = "effective') : RECIPE.index("[sweep]")]
    one_rate = RECIPE.replace("[judge]\nrate = 0.25\n", "").replace("rate = [0.25, 1]", "rate = [1]")
    assert read_experiment(recipe(tmp_path, text=one_rate)).judge.rate == (1,)
    assert read_experiment(recipe(tmp_path, text=one_rate.replace(sharpness, ""))).judge is None


SINGLE = (
    RECIPE[: RECIPE.index("[sweep]")]
    .replace("steps = 12", "steps = 12\nseed = 3")
    .replace('kind = "sgd"', 'kind = "sgd"\nrate = 0.5')
    .replace("[regime]", '[regime]\nkind = "ntk"')
    .replace("depth = 3\n[data]", "depth = 3\nwidth = 128\n[data]")
)


def test_without_a_sweep_there_is_one_run(tmp_path):
    experiment = read_experiment(recipe(tmp_path, text=SINGLE))
    (spec,) = experiment.specs
    assert (spec.seed, spec.model.width, spec.regime.kind, experiment.judge.rate) == (3, 128, "ntk", (0.5,))
    named = read_experiment(recipe(tmp_path, 'title = "Widths"', 'name = "my_one-2"', text=SINGLE))
    assert (named.name, named.title) == ("my_one-2", "my_one-2")


def test_several_grids_add_up(tmp_path):
    text = RECIPE.replace("[sweep]", "[[sweep]]").replace(
        "[judge]", "[[sweep]]\nregime = ['ntk']\nwidth = [128]\nrate = [2]\nseed = [1]\n[judge]"
    )
    specs = read_experiment(recipe(tmp_path, text=text)).specs
    assert specs[:-1] == read_experiment(recipe(tmp_path)).specs
    assert (specs[-1].regime.kind, specs[-1].model.width, specs[-1].optimizer.rate) == ("ntk", 128, 2)
    mistaken = text.replace("seed = [1]\n", "seed = 1\nwidht = [1]\n").replace("rate = 0.25", "rate = 3")
    message = refusal(recipe(tmp_path, text=mistaken))
    for part in (
        "3 mistakes",
        "sweep[1].seed: must be a list",
        "sweep[1].widht: is no",
        "none of the rates 0.25, 1, 2;",
    ):
        assert part in message
    twice = text.replace("'ntk'", "'mup'").replace("width = [128]", "width = [64]").replace("rate = [2]", "rate = [1]")
    assert "sweep: gives the same run twice: width = 64, rate = 1.0, regime = mup, seed = 1;" in refusal(
        recipe(tmp_path, text=twice)
    )


def test_a_kind_is_an_axis_too(tmp_path, monkeypatch):
    monkeypatch.setitem(MODELS, "twin", ResidualMLP)
    path = recipe(tmp_path, 'kind = "residual_mlp"\n', "")
    path.write_text(path.read_text().replace("[sweep]", '[sweep]\nmodel = ["residual_mlp"]'))
    assert {spec.model.kind for spec in read_experiment(path).specs} == {"residual_mlp"}


def test_no_setting_belongs_to_two_sections():
    """Tables and axes name a setting without its section."""
    owned = [*PLAIN, *KINDS]
    for kinds in KINDS.values():
        owned += sorted({field.name for kind in kinds.values() for field in fields(kind)} - {"kind"})
    assert len(owned) == len(set(owned))
