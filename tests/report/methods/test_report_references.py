"""Papers in prose and as BibTeX, from one file."""

import re

import pytest

from multipet.config.methods import METHODS
from multipet.report.methods.references import BIB, reference, references

EVERY = list(references().values())


def test_the_line_of_a_reference_list():
    assert reference("bates2015").text == (
        "Bates D, Mächler M, Bolker B, Walker S (2015). Fitting linear mixed-effects models using "
        "lme4. Journal of Statistical Software 67(1)."
    )
    assert reference("fortin2018").text.startswith("Fortin J-P, et al. (2018). Harmonization of")


@pytest.mark.parametrize(
    ("key", "cited"),
    [
        ("mundlak1978", "Mundlak, 1978"),
        ("kenward1997", "Kenward & Roger, 1997"),
        ("bates2015", "Bates et al., 2015"),
        ("beer2020", "Beer et al., 2020"),
    ],
)
def test_how_a_text_names_it(key, cited):
    assert reference(key).cited == cited


def test_bibtex_is_the_entry_of_the_file():
    assert "".join(paper.bibtex for paper in EVERY) == BIB.read_text("utf-8").replace("\n\n", "\n")
    assert "Business & Economic" in reference("freedman1983").text


@pytest.mark.parametrize("paper", EVERY, ids=lambda paper: paper.key)
def test_every_paper(paper):
    assert re.fullmatch(r"[12]\d{3}", paper.year)
    assert re.fullmatch(r"10\.\d{4,5}/\S+", paper.doi)
    assert paper.bibtex.count("{") == paper.bibtex.count("}")


def test_methods_of_harmonisation_cite_papers_of_the_file():
    assert {key for method in METHODS.values() for key in method.papers} <= references().keys()
