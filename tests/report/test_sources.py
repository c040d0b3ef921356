"""A page names the literature of what it asks, measures and compares with, and no other."""

from dataclasses import replace

from pandas import DataFrame

from spectra.report.sources import REGIMES, Source, once, sources
from tests.report.law_tables import SPHERE, gathered, of_theory, table


def test_a_work_is_named_once_with_all_that_comes_from_it(real):
    found = sources(real)
    assert len({(source.text, source.arxiv) for source in found}) == len(found)
    (yang,) = [source for source in found if source.arxiv == REGIMES["mup"].arxiv]
    assert yang.about == "the transfer of learning rates between sizes; muP"


def test_what_was_neither_asked_nor_measured_has_no_source(real):
    assert sources(replace(real, table=DataFrame(), cases=())) == []
    alone = sources(replace(real, cases=()))
    assert {source.about for source in alone} == {
        "muP", "the NTK parameterization", "the eigensolver, thick-restart Lanczos",
    }  # fmt: skip


def test_a_page_about_features_names_whose_question_it_is(real):
    table = real.table.assign(quantity="test_feature_dimension")
    assert "2203.16687" in [source.arxiv for source in sources(replace(real, table=table, cases=()))]


def test_a_page_with_laws_names_theirs():
    found = sources(gathered(table(*of_theory(SPHERE))))
    assert [(source.text, source.arxiv) for source in found if source.about == "the law of the loss"] == [
        ("Velikanov and Yarotsky 2021", "2105.00507")
    ]


def test_a_work_behind_several_experiments_has_all_that_comes_from_it():
    """A page of several experiments once told of a work what the last of them took from it alone."""
    found = [Source("A", "one"), Source("B", "two"), Source("A", "three"), Source("A", "one; four")]
    assert once(found) == [Source("A", "one; three; four"), Source("B", "two")]
