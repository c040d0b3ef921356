"""Whatever stands in a recipe file, it is read or refused with a message, and nothing else happens."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.sweeps import read_experiment
from tests.sweeps.written_recipe import RECIPE

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.dates() | st.just("mup"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def toml(value):
    """A value as TOML would write it, or nearly."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, (str, bool)) else str(value)


def answered(path, data):
    """Whether a recipe is read, or refused with a message that names it; anything else is an error here."""
    path.write_bytes(data)
    try:
        return len(read_experiment(path).specs) > 0
    except ValueError as error:
        message = str(error)
    signs = message.removeprefix(f"{path}: ")
    return signs != message and all(sign.isprintable() or sign == "\n" for sign in signs)


@given(text=st.text() | st.binary())
@settings(max_examples=150, deadline=None)
def test_no_text_at_all_gives_anything_but_a_message(tmp_path_factory, text):
    data = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
    assert answered(tmp_path_factory.getbasetemp() / "any.toml", data)


@given(line=st.integers(0, RECIPE.count("\n") - 1), value=VALUES, key=st.none() | st.text(max_size=8))
@settings(max_examples=400, deadline=None)
def test_no_value_at_any_place_gives_anything_but_a_message(tmp_path_factory, line, value, key):
    lines = RECIPE.splitlines()
    old, _, _ = lines[line].partition(" = ")
    lines[line] = f"{old if key is None else json.dumps(key)} = {toml(value)}"
    data = "\n".join(lines).encode(errors="surrogatepass")
    assert answered(tmp_path_factory.getbasetemp() / "changed.toml", data)


@given(
    cut=st.integers(0, len(RECIPE)),
    length=st.integers(0, 40),
    insert=st.text(alphabet='[]{}="\n.,1ae-#\\\x00', max_size=4),
)
@settings(max_examples=300, deadline=None)
def test_no_edit_gives_anything_but_a_message(tmp_path_factory, cut, length, insert):
    text = RECIPE[:cut] + insert + RECIPE[cut + length :]
    assert answered(tmp_path_factory.getbasetemp() / "edited.toml", text.encode())
