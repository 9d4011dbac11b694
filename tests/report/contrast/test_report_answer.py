"""The answer sentence of every kind of contrast."""

from dataclasses import replace

import numpy as np
import pytest
import report_mock as mock

from multipet.core.columns import CONTRAST
from multipet.report.contrast.answer import answer_of, key_figures
from multipet.report.html.text import plain

NEVER = ("no effect", "cause", "because of", "due to", "leads to", "significant")


def sentence(files):
    return plain(answer_of(files).sentences).replace("\xa0", " ")


def test_slope():
    assert sentence(mock.slope()) == (
        "BP_ND was lower with higher age in 3 of 4 regions after adjustment for 4 tests "
        "(Benjamini–Hochberg, 5 %). The largest of these slopes was −5.08 % per 10 years in "
        "Caudate (95 % CI −6.12 to −4.03; −0.434 SD)."
    )


def test_null_says_what_it_excludes():
    text = sentence(mock.null_difference())
    assert text.startswith(
        "No difference in BP_ND between women and men was detected in any of the 4"
    )
    assert "intervals exclude differences below −3.28 % or above +5.44 %. Four of five" in text
    assert text.endswith(
        "would detect, before adjustment, a difference of at least 4.32 to 4.90 % (by region)."
    )


def test_pairwise_counts_comparisons():
    files = mock.pairwise()
    found = (files.contrast["p_adjusted"] < 0.05).sum()
    assert sentence(files).startswith(f"{found} of 24 comparisons differed in BP_ND")


def test_both_directions_and_unit():
    text = sentence(mock.many_regions())
    assert "lower in patients than in controls in 22 and higher in 1 of 32 regions" in text
    assert "−0.447 mL/cm³ in right superior frontal" in text
    assert "1 of 33 rows has no test" in text


def test_combination():
    files = mock.slope()
    spec = files.spec | {"contrast": {"id": "c", "kind": "combination", "question": "a − b",
                                      "settings": {"combination": []}}}  # fmt: skip
    assert sentence(replace(files, spec=spec)).startswith(
        "“a − b” The estimate for BP_ND was below zero in 3 of 4 regions"
    )
    titled = spec | {"contrast": spec["contrast"] | {"title": "Is a above b?"}}
    assert sentence(replace(files, spec=titled)).startswith("“Is a above b?” The estimate")


def test_pairwise_null_has_no_envelope_and_tells_adjusted_p_from_intervals():
    files = mock.pairwise()
    text = sentence(replace(files, contrast=files.contrast.assign(p_value=0.4, p_adjusted=0.6)))
    assert "exclude" not in text
    assert "not adjusted; " in text
    assert "adjusted p = .600" in text
    assert "at the narrowest" in text


def test_comparisons_are_named_by_labels():
    files = mock.pairwise()
    assert files.comparison_label("yale − vancouver") == "Yale − Vancouver"
    assert files.comparison_label("vancouver − yale") == "Vancouver − Yale"
    assert " − vancouver" not in sentence(files)
    groups = mock.many_regions()
    assert groups.comparison_label("patient − control") == "patients − controls"
    assert groups.comparison_label("something else") == "something else"


def test_sd_units_say_what_they_are():
    spans = answer_of(mock.slope()).sentences
    assert next(span.meaning for span in spans if span.text == "SD").startswith("SD of one scan")


def test_one_region_is_named_and_not_adjusted():
    files = mock.slope()
    one = replace(files, contrast=files.contrast.iloc[:1])
    assert sentence(one).startswith("BP_ND was lower with higher age in Caudate. The slope was")


def test_naive_p_values_are_called_naive_in_the_answer_but_not_in_the_raw_one():
    files = mock.harmonised()
    assert "naive" in sentence(files)
    assert "naive" not in plain(answer_of(files, files.sensitivity).sentences)


def test_calibrated_p_values_are_not_called_naive():
    files = mock.harmonised()
    calibrated = files.contrast.assign(p_method="permutation", p_naive=files.contrast["p_value"])
    assert "naive" not in sentence(replace(files, contrast=calibrated))


def test_nothing_tested():
    files = mock.slope()
    rows = files.contrast.assign(
        p_value=np.nan, p_adjusted=np.nan, status="not testable with 2 sites"
    )
    text = sentence(replace(files, contrast=rows))
    assert text.startswith("There is no test: not testable with 2 sites.")
    assert "detected" not in text
    empty = replace(files, contrast=mock.table([], CONTRAST))
    assert sentence(empty) == "There is no test."


@pytest.mark.parametrize("name", [name for name in mock.STUDIES if name != "hostile"])
def test_answers_are_never_causal(name):
    text = sentence(mock.STUDIES[name]()).casefold()
    assert not [word for word in NEVER if word in text]


def test_key_figures():
    files = mock.slope()
    values = [figure.value for figure in key_figures(files, answer_of(files))]
    assert values == ["3 of 4", "−5.08\xa0%", "232", "4"]


def at(files, **where):
    contrast = files.spec["contrast"]
    changed = contrast | {"settings": contrast["settings"] | {"at": where}}
    return replace(files, spec=files.spec | {"contrast": changed})


def test_the_answer_says_where_it_is_taken():
    assert "lower with higher age at sex women in 3 of 4 regions" in sentence(
        at(mock.slope(), sex="F")
    )
    assert "between women and men at age 50 years, group patients was detected in" in sentence(
        at(mock.null_difference(), group="patient", age=50)
    )
    assert "than in controls at sex men in 22 and higher in 1" in sentence(
        at(mock.many_regions(), sex="M")
    )
    pairs = at(mock.pairwise(), sex="F")
    assert "24 comparisons differed in BP_ND at sex women" in sentence(pairs)
    none = replace(pairs, contrast=pairs.contrast.assign(p_value=0.4, p_adjusted=0.6))
    assert "differed detectably in BP_ND at sex women" in sentence(none)


def test_levels_are_printed_as_configured():
    files = mock.slope()
    inference = files.spec["inference"] | {"confidence": 0.975, "alpha": 0.025}
    files = replace(files, spec=files.spec | {"inference": inference})
    text = sentence(files)
    assert "97.5 % CI" in text
    assert "Benjamini–Hochberg, 2.5 %" in text
    label = plain(key_figures(files, answer_of(files))[0].label).replace("\xa0", " ")
    assert label.endswith("adjusted p < .025")
