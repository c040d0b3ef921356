import numpy as np
import pytest

from spectra.fitting.curves import read_curve
from spectra.fitting.saved.crc32c import crc32c
from spectra.fitting.saved.protobuf import fields
from tests.fitting.saved.written import event, inner, record, restart, scalar, tensor_scalar

STEPS = range(1, 31)
FILE = "events.out.tfevents.1.host"


def values(step):
    return float(np.float32(5 * step**-0.5))


@pytest.fixture
def content():
    return event(0, inner(3, b"brain.Event:2")) + b"".join(event(s, scalar("train/loss", values(s))) for s in STEPS)


def test_checksums_are_those_of_the_standard():
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(bytes(range(32))) == 0x46DD794E


@pytest.mark.parametrize("size", [1, 1023, 1024, 1025, 2048, 5000])
def test_blocks_have_the_remainder_of_their_bytes_by_long_division(size):
    data = np.random.default_rng(size).bytes(size)
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (0x82F63B78 if remainder & 1 else 0)
    assert crc32c(data) == remainder ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (b"\x0b", "a field of kind 3"),
        (b"\x0a\x05ab", "a field longer than its message"),
        (b"\x80" * 11, "a number without end"),
    ],
)
def test_bytes_that_are_no_message_are_told_apart(message, told):
    with pytest.raises(ValueError, match=told):
        list(fields(message))


def test_every_scalar_is_read(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    curve = read_curve(tmp_path / FILE)
    assert (curve.x_name, curve.y_name) == ("step", "train/loss")
    np.testing.assert_array_equal(curve.x, STEPS)
    np.testing.assert_array_equal(curve.y, [values(step) for step in STEPS])


def test_scalars_kept_as_tensors_are_read_in_full_precision(tmp_path):
    (tmp_path / FILE).write_bytes(b"".join(event(s, tensor_scalar("loss", 1 / s)) for s in STEPS))
    np.testing.assert_array_equal(read_curve(tmp_path / FILE).y, [1 / step for step in STEPS])


def test_a_scalar_may_be_called_step(tmp_path):
    (tmp_path / FILE).write_bytes(b"".join(event(s, scalar("step", s) + scalar("loss", 1 / s)) for s in (1, 2, 4)))
    np.testing.assert_array_equal(read_curve(tmp_path / FILE).y, [1, 0.5, 0.25])


def test_the_files_of_a_folder_are_one_run_and_what_was_written_again_counts_once(tmp_path, content):
    again = [event(s, scalar("train/loss", 10 * values(s))) for s in range(21, 41)]
    (tmp_path / FILE).write_bytes(content)
    (tmp_path / "events.out.tfevents.2.host").write_bytes(b"".join(again))
    curve = read_curve(tmp_path)
    np.testing.assert_array_equal(curve.x, range(1, 41))
    np.testing.assert_array_equal(curve.y[20:30], [np.float32(10 * values(s)) for s in range(21, 31)])
    assert any("wrote 10 points again" in note for note in curve.notes)


def test_a_recorded_restart_voids_later_steps_even_those_not_written_again(tmp_path, content):
    (tmp_path / FILE).write_bytes(content + event(20, restart()) + event(40, scalar("train/loss", 1.0)))
    curve = read_curve(tmp_path / FILE)
    assert curve.x.tolist() == [*range(1, 20), 40]
    assert any("11 scalars" in note for note in curve.notes)


def test_a_flipped_bit_never_changes_a_number_in_silence(tmp_path, content):
    truth = dict(zip(STEPS, map(values, STEPS), strict=True))
    generator = np.random.default_rng(0)
    for at, bit in zip(generator.integers(0, len(content), 200), generator.integers(0, 8, 200), strict=True):
        flipped = bytearray(content)
        flipped[at] ^= 1 << bit
        (tmp_path / FILE).write_bytes(flipped)
        try:
            curve = read_curve(tmp_path / FILE)
        except ValueError as error:
            assert FILE in str(error)  # noqa: PT017
            continue
        assert all(truth[step] == value for step, value in zip(curve.x, curve.y, strict=True))
        assert len(curve.x) == len(STEPS) or any("checksum" in note or "cut off" in note for note in curve.notes)


@pytest.mark.parametrize("cut", [-1, -4, -5, -30, -40, -70])
def test_a_file_that_is_cut_off_is_read_to_the_cut_and_says_so(tmp_path, content, cut):
    (tmp_path / FILE).write_bytes(content[:cut])
    curve = read_curve(tmp_path / FILE)
    np.testing.assert_array_equal(curve.y, [values(step) for step in STEPS][: len(curve.y)])
    size = len(event(30, scalar("train/loss", values(30))))
    assert len(curve.y) == 30 + (cut // size)
    assert any("cut off" in note for note in curve.notes)


def test_records_that_hold_no_message_are_passed_over(tmp_path, content):
    (tmp_path / FILE).write_bytes(content + record(b"\xff\xff\xff"))
    assert any("records that fail" in note for note in read_curve(tmp_path / FILE).notes)


def test_files_of_tensorboard_itself_are_read(tmp_path):
    tensorboard = pytest.importorskip("tensorboard.summary.writer.event_file_writer")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    writer = tensorboard.EventFileWriter(str(tmp_path))
    for step in STEPS:
        summary = Summary(value=[Summary.Value(tag="loss", simple_value=values(step))])
        writer.add_event(Event(step=step, wall_time=1.0, summary=summary))
    writer.close()
    np.testing.assert_array_equal(read_curve(tmp_path).y, [values(step) for step in STEPS])
