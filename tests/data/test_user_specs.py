"""What holds for every dataset that users bring."""

import json
from dataclasses import asdict

import pytest
import torch
from pydantic import TypeAdapter

from spectra.data.cifar import CIFAR10, CIFAR100
from spectra.data.dataset import DataSpec
from spectra.data.hugging_face_images import HuggingFaceImages
from spectra.data.hugging_face_text import HuggingFaceText
from spectra.data.idx_files import IdxFiles
from spectra.data.image_folder import ImageFolder
from spectra.data.text_files import TextFiles
from spectra.data.token_files import TokenFiles
from tests.data.written_files import labels, pixels, same, write_cifar10, write_idx, write_pictures, write_records
from tests.data.written_tables import picture_table, text_table, write_named

EXAMPLES = 8


def cifar10(folder):
    write_cifar10(folder)
    return CIFAR10(".", EXAMPLES)


def cifar100(folder):
    for name in ("train.bin", "test.bin"):
        write_records(folder / name, labels(20, 20).reshape(10, 2), pixels(10, 3, 32, 32))
    return CIFAR100(".", EXAMPLES)


def idx(folder):
    write_idx(folder)
    return IdxFiles(".", EXAMPLES)


def image_folder(folder):
    write_pictures(folder, {"a": 5, "b": 5})
    return ImageFolder(".", EXAMPLES)


def text(folder):
    (folder / "a.txt").write_text("Some text. " * 20)
    return TextFiles("a.txt", EXAMPLES, 7, held_out=0.25)


def tokens(folder):
    for name in ("train.bin", "val.bin"):
        (folder / name).write_bytes(bytes(range(200)))
    return TokenFiles(".", EXAMPLES, 7, 2**16)


def hugging_face_images(folder):
    write_named(folder, **dict.fromkeys(("train", "test"), picture_table(pixels(9, 4, 4, 3), labels(9, 3))))
    return HuggingFaceImages(".", EXAMPLES)


def hugging_face_text(folder):
    write_named(folder, **dict.fromkeys(("train", "test"), text_table(["Some text."] * 20)))
    return HuggingFaceText(".", EXAMPLES, 7)


WRITE = {
    make.__name__: make
    for make in (cifar10, cifar100, idx, image_folder, text, tokens, hugging_face_images, hugging_face_text)
}


@pytest.fixture(params=WRITE)
def spec(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return WRITE[request.param](tmp_path)


def test_a_spec_is_a_section_of_a_recipe_and_back(spec, request):
    assert isinstance(spec, DataSpec)
    assert spec.kind == request.node.callspec.params["spec"]
    assert TypeAdapter(type(spec)).validate_json(json.dumps(asdict(spec)), strict=True) == spec


def test_every_load_is_the_same(spec):
    assert same(spec.load(), spec.load())


def test_the_examples_have_the_shapes_that_models_expect(spec):
    dataset = spec.load()
    assert len(dataset.inputs) == EXAMPLES
    assert dataset.inputs.shape[1:] == dataset.test_inputs.shape[1:]
    if dataset.inputs.ndim == 4:
        assert dataset.inputs.dtype == torch.float32
        assert dataset.targets.shape == (EXAMPLES,)
    else:
        assert dataset.inputs.dtype == torch.int64
        assert dataset.inputs.shape == dataset.targets.shape == (EXAMPLES, 7)
        assert torch.equal(dataset.inputs[:, 1:], dataset.targets[:, :-1])
    assert dataset.targets.dtype == torch.int64
    assert dataset.targets.max() < dataset.outputs


def test_the_criterion_takes_outputs_of_a_network(spec):
    dataset = spec.load()
    outputs = torch.zeros(*dataset.test_targets.shape, dataset.outputs)
    losses = dataset.criterion.losses(outputs, dataset.test_targets)
    torch.testing.assert_close(losses, torch.full(dataset.test_targets.shape, dataset.outputs).double().log())


def test_a_wrong_checksum_is_answered_with_the_right_one(spec):
    with pytest.raises(ValueError, match=f"set sha256 = {spec.checksum()} if"):
        type(spec)(**asdict(spec) | {"sha256": "0" * 64}).load()


def test_loading_leaves_the_global_generator_alone(spec):
    state = torch.get_rng_state()
    spec.load()
    assert torch.equal(torch.get_rng_state(), state)
