"""Papers in prose and as BibTeX."""

import re

import pytest

from multipet.report.methods import references
from multipet.report.methods.references import BATES, BEER, FORTIN, FREEDMAN, KENWARD, Reference

EVERY = [paper for paper in vars(references).values() if isinstance(paper, Reference)]


def test_the_line_of_a_reference_list():
    assert BATES.text == (
        "Bates D, Mächler M, Bolker B, Walker S (2015). Fitting linear mixed-effects models using "
        "lme4. Journal of Statistical Software 67(1)."
    )
    assert FORTIN.text.startswith("Fortin J-P, et al. (2018). Harmonization of")


def test_bibtex():
    assert KENWARD.bibtex == (
        "@article{kenward1997,\n"
        "  author = {Kenward, M. G. and Roger, J. H.},\n"
        "  title = {{Small sample inference for fixed effects from restricted maximum "
        "likelihood}},\n"
        "  journal = {Biometrics},\n"
        "  volume = {53},\n"
        "  number = {3},\n"
        "  pages = {983--997},\n"
        "  year = {1997},\n"
        "  doi = {10.2307/2533558},\n"
        "}\n"
    )
    assert "author = {Beer, J. C. and others}" in BEER.bibtex
    assert "Business \\& Economic" in FREEDMAN.bibtex


@pytest.mark.parametrize("paper", EVERY, ids=lambda paper: paper.cited)
def test_every_paper(paper):
    assert re.fullmatch(r"[12]\d{3}", paper.year)
    assert re.fullmatch(r"10\.\d{4,5}/\S+", paper.doi)
    surname = paper.authors[0].rpartition(" ")[0]
    assert paper.cited.startswith(surname)
    assert paper.bibtex.count("{") == paper.bibtex.count("}")


def test_keys_differ():
    keys = [re.match(r"@article\{(\w+),", paper.bibtex)[1] for paper in EVERY]
    assert len(set(keys)) == len(keys) == 12
