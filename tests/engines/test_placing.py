"""Small pieces share a device, a large one has it alone, and none is kept waiting for ever."""

import random

from spectra.engines.placing import Load, placed

CARDS = {"cuda:0": 80, "cuda:1": 80}


def test_small_ones_share_and_go_where_there_is_most_room():
    loads = []
    for _ in range(8):
        device = placed(20, CARDS, CARDS, loads)
        loads.append(Load(device, 20))
    assert [load.device for load in loads].count("cuda:0") == 4
    assert placed(20, CARDS, CARDS, loads) is None
    assert placed(20, CARDS, CARDS, loads[1:]) == loads[0].device


def test_a_large_one_waits_for_a_device_of_its_own():
    assert placed(1000, CARDS, CARDS, [Load("cuda:0", 1)]) == "cuda:1"
    assert placed(1000, CARDS, CARDS, [Load("cuda:0", 1), Load("cuda:1", 1)]) is None
    assert placed(1, CARDS, CARDS, [Load("cuda:0", 1000), Load("cuda:1", 79)]) == "cuda:1"
    assert placed(2, CARDS, CARDS, [Load("cuda:0", 1000), Load("cuda:1", 79)]) is None


def test_only_a_device_with_a_worker_to_spare_is_chosen():
    assert placed(1, ["cuda:1"], CARDS, [Load("cuda:1", 70)]) == "cuda:1"
    assert placed(1, [], CARDS, []) is None


def test_the_processor_has_room_for_whatever_comes():
    assert placed(10**15, ["cpu"], {}, [Load("cpu", 10**15)]) == "cpu"


def test_no_device_is_ever_overfull_but_by_a_single_piece():
    chance, loads = random.Random(0), []
    for _ in range(2000):
        if loads and chance.random() < 0.5:
            loads.pop(chance.randrange(len(loads)))
        need = chance.choice([1, 5, 30, 60, 200])
        device = placed(need, CARDS, CARDS, loads)
        if device:
            loads.append(Load(device, need))
        else:
            assert loads  # something will end and make room
        for name, size in CARDS.items():
            own = [load.memory for load in loads if load.device == name]
            assert sum(own) <= size or len(own) == 1
