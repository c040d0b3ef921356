from types import SimpleNamespace

import pytest
import torch
from torch import nn

from spectra.objectives import cross_entropy
from spectra.training import StepGrid
from spectra.training.tracker import SharpnessTracker
from spectra.training.trainer_hooks import LightningTracker, TransformersTracker

DATA = torch.randn(24, 5, generator=torch.Generator().manual_seed(1)), torch.arange(24) % 3


def build(module, optimizer) -> SharpnessTracker:
    return SharpnessTracker(module, cross_entropy, [DATA], grid=StepGrid(every=2), optimizer=optimizer)


def updated(module, optimizer) -> None:
    optimizer.zero_grad()
    nn.functional.cross_entropy(module(DATA[0]), DATA[1]).backward()
    optimizer.step()


def test_the_lightning_tracker_measures_by_optimizer_steps():
    module = nn.Linear(5, 3)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    hooks, trainer = LightningTracker(build), SimpleNamespace(optimizers=[optimizer], global_step=0)
    hooks.setup(trainer, module, stage="fit")
    hooks.on_train_start(trainer, module)
    for batch in range(8):
        if batch % 2:  # two batches make one update
            updated(module, optimizer)
            trainer.global_step += 1
        hooks.on_train_batch_end(trainer, module, None, None, batch)
    hooks.on_train_end(trainer, module)
    assert sorted(set(hooks.table.step)) == [0, 2, 4]
    assert hooks.table.duplicated(["step", "quantity", "index"]).sum() == 0
    assert hooks.state_dict() == {}


def test_the_transformers_tracker_measures_by_optimizer_steps():
    module = nn.Linear(5, 3)
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.1)
    hooks, state = TransformersTracker(build), SimpleNamespace(global_step=0)
    things = {"model": module, "optimizer": optimizer, "lr_scheduler": None}
    assert hooks.on_init_end(None, state, None, **things) is None
    hooks.on_train_begin(None, state, None, **things)
    for _ in range(4):
        updated(module, optimizer)
        state.global_step += 1
        hooks.on_step_end(None, state, None, **things)
        hooks.on_log(None, state, None, logs={}, **things)
    assert sorted(set(hooks.table.step)) == [0, 2, 4]


@pytest.mark.parametrize("hooks", [LightningTracker(build), TransformersTracker(build)])
def test_only_hooks_are_made_up(hooks):
    assert hooks.table.empty
    with pytest.raises(AttributeError, match="has no attribute 'trackres'"):
        _ = hooks.trackres


@pytest.mark.filterwarnings("ignore")  # theirs, not ours
def test_in_a_real_lightning_training(tmp_path):
    lightning = pytest.importorskip("lightning")

    class Plain(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.5), nn.Linear(8, 3))

        def forward(self, inputs):
            return self.layers(inputs)

        def training_step(self, batch, batch_idx):
            return nn.functional.cross_entropy(self(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=0.01)

    def fitted(hooks) -> nn.Module:
        lightning.seed_everything(0, verbose=False)
        module = Plain()
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*DATA), batch_size=6)
        trainer = lightning.Trainer(
            max_epochs=3, accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False,
            callbacks=hooks, default_root_dir=tmp_path, accumulate_grad_batches=2,
        )  # fmt: skip
        trainer.fit(module, loader)
        assert trainer.global_step == 6
        return module

    hooks = LightningTracker(build)
    tracked, plain = fitted([hooks]), fitted([])
    assert sorted(set(hooks.table.step)) == [0, 2, 4, 6]
    assert (hooks.table[hooks.table.quantity == "effective_sharpness_converged"].value == 1).all()
    assert all(map(torch.equal, tracked.state_dict().values(), plain.state_dict().values()))


@pytest.mark.filterwarnings("ignore")  # theirs, not ours
def test_in_a_real_transformers_training(tmp_path):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    tokens = torch.randint(50, (16, 12), generator=torch.Generator().manual_seed(2))
    examples = [{"input_ids": row, "labels": row} for row in tokens]
    batch = {"input_ids": tokens[:8], "labels": tokens[:8]}

    def loss(module, batch):
        count = batch["labels"][:, 1:].numel()
        return module(**batch).loss * count, count

    def fitted(callbacks) -> nn.Module:
        transformers.set_seed(0)
        model = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(
                vocab_size=50, n_positions=16, n_embd=16, n_layer=1, n_head=2, attn_implementation="eager"
            )
        )
        arguments = transformers.TrainingArguments(
            output_dir=str(tmp_path), max_steps=4, per_device_train_batch_size=4, report_to="none", use_cpu=True,
            disable_tqdm=True, save_strategy="no", logging_strategy="no",
        )  # fmt: skip
        transformers.Trainer(model, arguments, train_dataset=examples, callbacks=callbacks).train()
        return model

    hooks = TransformersTracker(
        lambda module, optimizer: SharpnessTracker(module, loss, [batch], grid=StepGrid(every=2), optimizer=optimizer)
    )
    tracked, plain = fitted([hooks]), fitted([])
    assert sorted(set(hooks.table.step)) == [0, 2, 4]
    found = hooks.table[hooks.table.quantity == "effective_sharpness_converged"]
    assert found.step.tolist() == [2, 4]
    assert (found.value == 1).all()
    assert all(map(torch.equal, tracked.state_dict().values(), plain.state_dict().values()))
