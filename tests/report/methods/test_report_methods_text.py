"""The methods paragraph says what was run."""

from dataclasses import replace

import report_mock as mock
import robustness_mock

from multipet.core.columns import FINDINGS
from multipet.report.contrast.files import RobustnessFiles
from multipet.report.methods.text import methods_text


def text_of(files):
    return " ".join(methods_text(files).paragraphs).replace("\xa0", " ")


def dois(files):
    return [reference.doi for reference in methods_text(files).references]


def test_mixed_model_on_the_log_scale():
    text = text_of(mock.slope())
    assert "from 310 scans of 232 people at 4 sites (6 scanners)" in text
    assert "after taking the natural logarithm" in text
    assert (
        "log(bp_nd) ~ age + sex + group + (1 | participant_id) + (1 | site) + (1 | scanner)" in text
    )
    assert "fixed effects of age, sex and group" in text
    assert "random intercepts for person, site and scanner within site" in text
    assert "restricted maximum likelihood" in text
    assert "Kenward–Roger" in text
    assert dois(mock.slope()) == [
        "10.18637/jss.v067.i01", "10.2307/2533558", "10.1111/j.2517-6161.1995.tb02031.x"
    ]  # fmt: skip


def test_what_was_put_to_the_test():
    text = text_of(mock.slope())
    assert "Effects are averaged equally over women and men and over controls and patients." in text
    assert "estimated anew without each of 4 sites and 4 scanners." in text
    assert "(DFBETA), the variance parameters being kept." in text
    assert "follows age in a straight line was tested against a natural cubic spline" in text
    assert "straight line" not in text_of(mock.null_difference())
    bare = replace(mock.slope(), robust=RobustnessFiles())
    assert "anew" not in text_of(bare)
    assert "DFBETA" not in text_of(bare)


def test_other_covariates_are_told_by_their_formulas():
    files = mock.slope()
    rows = files.contrast.to_dict("records")
    sets = robustness_mock.covariate_sets(rows, "crossed", "age * group + sex")
    files = replace(files, robust=replace(files.robust, covariate_sets=sets))
    assert "estimated with other fixed effects: age * group + sex." in text_of(files)


def test_what_was_left_out_and_how_regions_were_made():
    files = mock.slope()
    zero = {"check": "non_positive", "action": "excluded", "site": "yale", "region": "caudate_l"}
    noted = [*mock.ingest_findings(), mock.finding(**zero)]
    dropped = mock.finding(
        check="rank_deficient", action="dropped", region="caudate",
        term="site[yale]",
    )  # fmt: skip
    files = replace(
        files,
        ingest_findings=mock.table(noted, FINDINGS),
        model_findings=mock.table([dropped], FINDINGS),
    )
    parts = {"caudate": ["caudate_l", "caudate_r"], "thalamus": ["pulvinar", "midline"]}
    parts = {region: {"parts": names} for region, names in parts.items()}
    text = text_of(mock.respec(files, regions__combine=parts))
    assert "Caudate is the mean of left and right caudate." in text
    assert "Thalamus is the mean of pulvinar and midline." in text
    assert "One duplicate row was dropped." in text
    assert "Of 311 scans delivered, 310 took part." in text
    assert "Of 1244 regional values 4 (0.32 %) were missing or excluded" in text
    assert "In all, 1 value of 0 or less was excluded." in text
    assert "Left out in caudate, because the other fixed effects determine it: site[yale]." in text


def test_choices_read_as_sentences():
    text = text_of(mock.slope())
    assert "Site entered as a random intercept: 4 sites, at least the 4 of a random effect." in text


def test_scanners_without_names_are_not_counted():
    files, plan = mock.slope(), mock.plan_of()
    for site in plan["per_site"]:
        site["scanners"] = [f"{site['site']}/unspecified"]
    text = text_of(replace(files, plan=plan))
    assert "at 4 sites was analysed" in text
    assert "Scanner entered" not in text


def test_df_method_is_the_one_in_the_table_not_the_one_asked():
    files = mock.slope()
    ols = replace(
        files,
        contrast=files.contrast.assign(df_method="residual"),
        plan=files.plan | {"formula": "age * group"},
    )
    text = text_of(ols)
    assert "Kenward" not in text
    assert "ordinary least squares" in text
    assert "fixed effects of age, group and age × group" in text


def test_harmonisation_is_told_with_its_papers():
    text = text_of(mock.harmonised())
    assert "harmonised over scanner by ComBat, preserving age + sex + group" in text
    assert "10.1016/j.neuroimage.2017.11.024" in dois(mock.harmonised())


def test_holm_and_no_adjustment():
    files = mock.slope()
    for adjust, words in (("holm", "Holm's method"), ("none", "were not adjusted")):
        assert words in text_of(mock.respec(files, inference={"adjust": adjust}))


def test_methods_say_where_the_contrast_is_taken():
    at = {"contrasts__women_minus_men__at": {"group": "patient"}}
    text = text_of(mock.respec(mock.null_difference(), **at))
    assert "The difference women minus men at group patients was estimated" in text


def test_only_tests_that_were_done_are_counted():
    files = mock.slope()
    rows = files.contrast.copy()
    rows.loc[:1, ["p_value", "p_adjusted"]] = float("nan")
    assert "adjusted over 2 tests" in text_of(replace(files, contrast=rows))
    none = rows.assign(p_value=float("nan"), p_adjusted=float("nan"))
    text = text_of(replace(files, contrast=none))
    assert "No estimate could be tested." in text
    assert "Kenward" not in text
    assert "p-values" not in text
    assert "is exploratory" in text or "was prespecified" in text


def test_levels_are_those_configured():
    files = mock.respec(mock.slope(), inference={"confidence": 0.975, "alpha": 0.025})
    text = text_of(files)
    assert "97.5 % confidence intervals" in text
    assert "at 2.5 %" in text
