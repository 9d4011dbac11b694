"""The methods paragraph says what was run."""

from dataclasses import replace

import report_mock as mock

from multipet.report.methods_text import methods_text


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
    assert "random intercepts by person" in text
    assert "restricted maximum likelihood" in text
    assert "Kenward–Roger" in text
    assert dois(mock.slope()) == [
        "10.18637/jss.v067.i01", "10.2307/2533558", "10.1111/j.2517-6161.1995.tb02031.x"
    ]  # fmt: skip


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
    assert "harmonised over scanner by ComBat preserving age + sex + group" in text
    assert "10.1016/j.neuroimage.2017.11.024" in dois(mock.harmonised())


def test_holm_and_no_adjustment():
    files = mock.slope()
    for adjust, words in (("holm", "Holm's method"), ("none", "were not adjusted")):
        spec = files.spec | {"inference": files.spec["inference"] | {"adjust": adjust}}
        assert words in text_of(replace(files, spec=spec))
