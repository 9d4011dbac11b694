"""Effect by site in the report: chip, words beside the answer, table."""

from dataclasses import replace

import pytest
import report_mock as mock

from multipet.core.columns import SENSITIVITY
from multipet.report.chips import chips_of
from multipet.report.chips.by_site import beyond_these_sites, elsewhere, varying_name
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
    found = chip(files)
    assert found.title == "Effect differs between sites, and is lost in caudate"
    assert found.detail == "in 1 of 4 regions; largest SD between sites 3.05\N{NO-BREAK SPACE}%"


def test_no_chip_where_there_is_no_test_or_nobody_wants_it():
    assert chip(mock.slope()) is None
    ignored = mock.respec(mock.differing(), checks__heterogeneity={"action": "ignore"})
    assert chip(ignored) is None


def test_the_answer_says_what_to_expect_elsewhere():
    words = plain(beyond_these_sites(mock.differing()))
    assert words.startswith("The effect differs between sites in 1 of 4 regions. ")
    assert "as for new sites, it is not detected: −5.08" in words
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
    assert "tested with an F test of the site-by-effect interaction (fixed sites)" in text
    assert "at 5\N{NO-BREAK SPACE}%, FDR-adjusted over all tests" in text
    assert "random slope by site" in text
    assert "site mean" not in text
    added = files.sensitivity.assign(variant="site means added")
    assert "Mundlak, 1978" in " ".join(methods_text(replace(files, sensitivity=added)).paragraphs)
    plain_text = " ".join(methods_text(mock.slope()).paragraphs)
    assert "Heterogeneity" not in plain_text


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
    files = calm(mock.differing())
    words = plain(elsewhere(files))
    assert words == (
        "These 4 sites together: 3 of 4 regions. If the effect may differ from site to site, as "
        "for new sites, 2 of 4 regions reach significance."
    )
    few = files.sensitivity.assign(p_value=0.3, p_adjusted=0.3, df=3.2)
    assert plain(elsewhere(replace(files, sensitivity=few))).endswith(
        "no region reaches significance (4 sites leave about 3 degrees of freedom)."
    )
    assert elsewhere(mock.differing()) == ()


def test_too_few_sites_for_other_sites_is_said():
    files = calm(mock.differing())
    untested = files.sensitivity.assign(p_value=float("nan"), p_adjusted=float("nan"))
    assert "it cannot be tested with 4 sites" in plain(
        elsewhere(replace(files, sensitivity=untested))
    )


def test_after_harmonisation_raw_values_speak_for_other_sites():
    files = calm(mock.differing())
    files = replace(files, spec=mock.harmonised().spec)
    assert varying_name(files) == "raw values, effect varies by site"
    sensitivity = files.sensitivity.assign(variant=varying_name(files))
    assert "as for new sites, 2 of 4" in plain(elsewhere(replace(files, sensitivity=sensitivity)))
