"""A model that cannot read its data is found out before the runs."""

from dataclasses import replace

import pytest

from spectra.data import Digits, MarkovText, TextFiles
from spectra.models import GPT, MLP, ConvResNet, VisionTransformer
from spectra.training import rehearse
from tests.training.test_run import spec

TEXT = MarkovText(vocabulary=8, context=4, train_examples=100, test_examples=10)


@pytest.mark.parametrize(
    ("model", "data"), [(GPT(8, heads=2), TEXT), (ConvResNet(4), Digits(100)), (MLP(8), Digits(100))]
)
def test_what_fits_is_let_through(model, data):
    rehearse([replace(spec(), model=model, data=data), replace(spec(), model=model, data=data, seed=9)])


@pytest.mark.parametrize(
    ("model", "data", "message"),
    [
        (ConvResNet(4), TEXT, "model conv_resnet on data markov_text: .*reads images"),
        (GPT(8, heads=2), Digits(100), "model gpt on data digits: .*reads token ids"),
        (MLP(8), TEXT, "model mlp on data markov_text: .*token ids are for the model gpt"),
        (VisionTransformer(8, heads=2, patch=3), Digits(100), "do not divide images"),
        (
            GPT(8, heads=2),
            TextFiles("no/such/file", train_examples=100, context=4),
            "model gpt on data text: .*no/such/file",
        ),
    ],
)
def test_what_does_not_fit_is_named(model, data, message):
    with pytest.raises(ValueError, match=message):
        rehearse([replace(spec(), model=model, data=data)])
