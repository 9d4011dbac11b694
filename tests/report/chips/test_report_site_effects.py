"""Effect by site in the report: chip, words beside the answer, table."""

from dataclasses import replace

import pytest
import report_mock as mock

from multipet.core.columns import SENSITIVITY
from multipet.report.chips.effect import beyond_these_sites, elsewhere
from multipet.report.chips.rules import chips_of
from multipet.report.contrast.page import contrast_html, contrast_page
from multipet.report.contrast.regions import effects_table
from multipet.report.html.text import plain
from multipet.report.methods.text import methods_text


def chip(files):
    return next((c for c in chips_of(files) if c.key == "by_site"), None)


def calm(files):
    return replace(files, heterogeneity=files.heterogeneity.assign(p_adjusted=0.4))


def test_three_states():
    files = mock.differing()
    assert chip(files).state == "stop"
    kept = files.sensitivity.assign(p_value=1e-9, p_adjusted=1e-9)
    assert chip(replace(files, sensitivity=kept)).state == "look"
    assert chip(calm(files)).state == "ok"
    assert (
        chip(files).detail
        == "differs in 1 of 4 regions; largest SD between sites 3.05\N{NO-BREAK SPACE}%"
    )


def test_no_chip_where_there_is_no_test_or_nobody_wants_it():
    files = mock.differing()
    checks = {"heterogeneity": {"alpha": 0.05, "action": "ignore"}}
    assert chip(mock.slope()) is None
    assert chip(replace(files, spec=files.spec | {"checks": checks})) is None


def test_the_answer_says_which_row_to_read():
    words = plain(beyond_these_sites(mock.differing()))
    assert words.startswith("The effect differs between sites in 1 of 4 regions. ")
    assert "read the row “effect varies by site” under Robustness" in words
    assert "does not detect the effect: −5.08" in words
    assert beyond_these_sites(calm(mock.differing())) == ()


@pytest.mark.parametrize(("n_sites", "said"), [(2, "cannot be told from two"), (4, "vary by site")])
def test_without_that_row_it_says_why(n_sites, said):
    files = mock.differing()
    files = replace(
        files,
        sensitivity=mock.table([], SENSITIVITY),
        heterogeneity=files.heterogeneity.assign(n_sites=n_sites),
    )
    assert said in plain(beyond_these_sites(files))


def test_the_table_has_a_column_a_site_and_reasons():
    files = mock.differing()
    table = effects_table(files)
    assert [h.text for h in table.headings] == [
        "Region", "F (df)", "Adjusted p", "SD (%)",
        "Turku (%)", "Aarhus (%)", "Yale (%)", "Vancouver (%)",
    ]  # fmt: skip
    assert [cell.text for cell in table.rows[0][:4]] == [
        "Caudate",
        "6.10 (3, 220)",
        "< .001",
        "3.05",
    ]
    assert table.rows[0][2].strong
    assert table.rows[-1][-1].text == "–"
    assert "Vancouver: The site has no scans of age 3." in table.caption
    assert effects_table(mock.slope()) is None


def test_the_methods_text_says_how_it_was_tested():
    files = mock.differing()
    text = " ".join(methods_text(files).paragraphs)
    assert "Whether the effect is the same at all sites was tested by F" in text
    assert "at 5\N{NO-BREAK SPACE}% after adjustment over these tests" in text
    assert "random slope by site" in text
    assert "site mean" not in text
    added = files.sensitivity.assign(variant="site means added")
    assert "Mundlak, 1978" in " ".join(methods_text(replace(files, sensitivity=added)).paragraphs)
    plain_text = " ".join(methods_text(mock.slope()).paragraphs)
    assert "same at all sites" not in plain_text


def test_site_means_of_the_model_are_words_in_the_methods_text():
    formula = "age + site_mean_age + site_mean_group_patient + (1 | site)"
    files = replace(mock.slope(), plan=mock.plan_of(formula=formula))
    text = " ".join(methods_text(files).paragraphs)
    assert "age, the site mean of age and the site mean of group patient" in text


def test_the_page_has_the_section_only_where_there_is_something():
    page = contrast_page(mock.differing())
    assert list(page.sections)[2:5] == ["where", "by_site", "regions"]
    assert 'id="by_site"' in contrast_html(page)
    assert "by_site" not in contrast_page(mock.null_difference()).sections


def test_an_answer_that_does_not_differ_says_what_it_is_at_other_sites():
    words = plain(elsewhere(calm(mock.differing())))
    assert "For sites like them, the effect being free to differ between sites, " in words
    assert "(row “effect varies by site” under Robustness)." in words
    assert elsewhere(mock.differing()) == ()


def test_too_few_sites_for_other_sites_is_said():
    files = calm(mock.differing())
    untested = files.sensitivity.assign(p_value=float("nan"), p_adjusted=float("nan"))
    assert "it is not testable with so few" in plain(
        elsewhere(replace(files, sensitivity=untested))
    )


def test_what_is_said_of_other_sites_after_harmonisation_is_from_raw_values():
    files = calm(mock.differing())
    model = files.spec["model"] | {
        "harmonisation": mock.harmonised().spec["model"]["harmonisation"]
    }
    sensitivity = files.sensitivity.replace(
        {"variant": {"effect varies by site": "raw values, effect varies by site"}}
    )
    spec = files.spec | {"model": model}
    words = plain(elsewhere(replace(files, spec=spec, sensitivity=sensitivity)))
    assert "(row “raw values, effect varies by site” under Robustness)" in words
    assert "raw values" not in plain(elsewhere(files))
