import json

import numpy as np
import pytest

from spectra.fitting.curves import read_curve

TRAINER = {
    "epoch": 1.0,
    "log_history": [
        {"loss": 3.0, "learning_rate": 1e-3, "epoch": 0.1, "step": 10},
        {"eval_loss": 2.9, "epoch": 0.1, "step": 10},
        {"loss": 2.0, "learning_rate": 1e-3, "epoch": 0.2, "step": 20},
        {"eval_loss": 1.9, "epoch": 0.2, "step": 20},
        {"train_loss": 2.5, "train_runtime": 7.0, "step": 20, "epoch": 0.2},
    ],
}


@pytest.mark.parametrize("indent", [None, 2])
def test_a_trainer_state_gives_its_training_and_its_evaluation_curve(tmp_path, indent):
    path = tmp_path / "trainer_state.json"
    path.write_text(json.dumps(TRAINER, indent=indent))
    np.testing.assert_array_equal(read_curve(path).y, [3, 2])
    evaluation = read_curve(path, y="eval_loss")
    np.testing.assert_array_equal(evaluation.y, [2.9, 1.9])
    assert any("3 rows have no 'eval_loss'" in note for note in evaluation.notes)


LINES = """{"step": 1, "loss": 4.0}
{"step": 2, "loss": 2.0, "eval": {"loss": 3}}
{"step": 3, "loss": 1, "eval": {"loss": 2}}
"""


def test_lines_lists_and_objects_of_lists_hold_the_same_curve(tmp_path):
    rows = [json.loads(line) for line in LINES.splitlines()]
    contents = {
        "a.jsonl": LINES,
        "b.json": json.dumps(rows),
        "c.json": json.dumps({name: [row[name] for row in rows] for name in ("step", "loss")}),
        "d.ndjson": "\ufeff" + LINES.replace("\n", "\r\n"),
    }
    for name, text in contents.items():
        (tmp_path / name).write_text(text, newline="")
        np.testing.assert_array_equal(read_curve(tmp_path / name).y, [4, 2, 1])


def test_objects_in_rows_are_columns_with_a_point_in_their_names(tmp_path):
    (tmp_path / "a.jsonl").write_text(LINES)
    curve = read_curve(tmp_path / "a.jsonl", y="eval.loss")
    np.testing.assert_array_equal(curve.x, [2, 3])


def test_a_last_line_cut_off_by_a_crash_is_passed_over_with_a_note(tmp_path):
    (tmp_path / "a.jsonl").write_text(LINES + '{"step": 4, "lo')
    curve = read_curve(tmp_path / "a.jsonl")
    assert len(curve.x) == 3
    assert any("cut off" in note and "line 4" in note for note in curve.notes)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LINES + "{step: 4}\n", "line 4 is no JSON"),
        (LINES + "[4, 3]\n" + LINES, "line 4 holds '[4, 3]'"),
        ('{\n "step": 1,\n', "line 3 is no JSON"),
        ("[1, 2]", "holds no rows"),
        ("{}", "no column that is named like a step"),
        ('{"a": [1], "b": [1, 2]}\n', "lists of different lengths"),
        ("[" * 100000, "nested too deeply"),
        (
            LINES + '{"step": 4, "loss": 1, "loss": 2}',
            "line 4 is no JSON that can be read (the key 'loss' stands twice",
        ),
        (
            '{"step": 1, "step": 2, "loss": 3}\n' + LINES,
            "line 1 is no JSON that can be read (the key 'step' stands twice",
        ),
        (LINES + '{"step": 4, "eval": {"loss": 1}, "eval.loss": 2}\n', "(the key 'eval.loss' stands twice"),
        ('[\n{"step": 1,\n"loss": 2, "loss": 2}]', "the key 'loss' stands twice in one object: keep one of them"),
        ('[{"step": 1, "loss": 2},\n{"step": 2, "a": {"b": 1}, "a.b": 2}]', "entry 2: the key 'a.b' stands twice"),
        ('{"step": 1, "loss": true}\n{"step": 2, "loss": "x"}\n', "lines 1, 2"),
    ],
)
def test_what_is_no_table_is_refused_with_the_place(tmp_path, text, told):
    path = tmp_path / "log.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=path.name) as error:
        read_curve(path)
    assert told in str(error.value)


def test_numbers_that_python_writes_but_json_does_not_know_are_told(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"step": 1, "loss": 4.0}\n{"step": 2, "loss": NaN}\n{"step": 3, "loss": 2.0}\n')
    curve = read_curve(path)
    assert curve.x.tolist() == [1, 3]
    assert any("'loss' is not finite at line 2" in note for note in curve.notes)
