from spectra.plain_text import first_few


def test_names_that_are_many_are_cut_and_counted():
    assert first_few(range(3), 3) == "0, 1, 2"
    assert first_few(range(500), 3) == "0, 1, 2 and 497 more"
    assert first_few([]) == ""
