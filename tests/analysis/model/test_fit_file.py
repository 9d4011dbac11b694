"""Fits kept as JSON and read back: the same numbers, or a refusal."""

import json

import numpy as np
import pandas as pd
import pytest
from study_run import ModelRun, fit_spec, fitted, pooled_scans

from multipet.analysis.model.fit_file import read_variants, write_variants
from multipet.core.problems import UserError
from multipet.mixed_model.fit import FailedFit

NUMBERS = ("beta", "vcov", "theta", "sigma", "fitted", "residuals", "criterion", "rows")


@pytest.fixture(scope="module")
def run() -> ModelRun:
    return fitted(fit_spec(), [pooled_scans()])


@pytest.fixture
def file(run, tmp_path):
    path = tmp_path / "fits.json"
    write_variants(path, run.variants)
    return path


def refused(file, tables) -> str:
    with pytest.raises(UserError) as caught:
        read_variants(file, tables)
    (problem,) = caught.value.problems
    assert "\n" not in str(problem)
    return str(problem)


def changed(run: ModelRun, edit) -> dict[str, pd.DataFrame]:
    return {name: edit(table.copy()) for name, table in run.tables.items()}


def test_what_is_read_back_is_what_was_fitted(run, file):
    read = read_variants(file, run.tables)
    assert set(read) == set(run.variants)
    for name, variant in run.variants.items():
        assert (read[name].formula, read[name].values) == (variant.formula, variant.values)
        for old, new in zip(variant.fits, read[name].fits, strict=True):
            assert (new.outcome, new.formula) == (old.outcome, old.formula)
            assert (new.findings, new.converged) == (old.findings, old.converged)
            for number in NUMBERS:
                assert np.allclose(getattr(new, number), getattr(old, number), rtol=1e-9), number


def test_only_the_wanted_variants_are_read(run, file):
    assert list(read_variants(file, run.tables, ["site_fixed"])) == ["site_fixed"]
    assert list(read_variants(file, run.tables, ["raw_values", "main"])) == ["main"]


def test_a_failed_fit_keeps_its_reason(tmp_path):
    pooled = pooled_scans()
    pooled.loc[pooled["region"] == "putamen", "value"] = 1.0
    run = fitted(fit_spec(), [pooled])
    write_variants(tmp_path / "fits.json", run.variants)
    read = read_variants(tmp_path / "fits.json", run.tables)["main"].fits
    assert isinstance(read[1], FailedFit)
    assert read[1] == run.fits[1]
    assert read[0].outcome == "caudate"


def test_order_of_scans_does_not_matter(run, file):
    shuffled = changed(run, lambda t: t.sample(frac=1, random_state=1).reset_index(drop=True))
    read = read_variants(file, shuffled)["main"].fits[0]
    assert read.beta == pytest.approx(run.fits[0].beta)


@pytest.mark.parametrize(
    "edit",
    [
        lambda t: t.assign(caudate=t["caudate"] * 1.001),
        lambda t: t.assign(caudate=t["caudate"].where(t.index != 5, t["caudate"] + 0.1)),
        lambda t: t.assign(age=t["age"].where(t.index != 5, t["age"] + 5)),
        lambda t: t.iloc[:-1],
        lambda t: t.assign(caudate=t["caudate"].where(t.index != 5)),
        lambda t: t.assign(participant_id=np.roll(t["participant_id"], 1)),
    ],
    ids=["unit", "one value", "one age", "scan gone", "value gone", "other people"],
)
def test_a_table_that_changed_is_refused(run, file, edit):
    said = refused(file, changed(run, edit))
    assert said.startswith(f"{file}: holds criterion ")
    assert " of caudate, but its parameters give " in said
    assert said.endswith("on this table: the table changed after the fit; rerun rule fit_model")


def test_a_changed_parameter_is_refused(run, file):
    content = json.loads(file.read_text())
    content["main"]["fits"][0]["theta"][0] *= 1.1
    file.write_text(json.dumps(content))
    assert "of caudate" in refused(file, run.tables)


def test_another_number_of_parameters_is_refused(run, file):
    content = json.loads(file.read_text())
    content["main"]["fits"][0]["theta"].append(0.5)
    file.write_text(json.dumps(content))
    assert "theta has 4 numbers, the model 3" in refused(file, run.tables)


def test_a_region_that_is_gone_is_refused(run, file):
    said = refused(file, changed(run, lambda t: t.drop(columns="caudate")))
    assert '"caudate"' in said


def test_least_squares_are_checked_too(tmp_path):
    run = fitted(fit_spec(formula="age", site="none", scanner="none"), [pooled_scans()])
    write_variants(tmp_path / "fits.json", run.variants)
    assert read_variants(tmp_path / "fits.json", run.tables)["main"].fits[0].sigma > 0
    said = refused(tmp_path / "fits.json", changed(run, lambda t: t.assign(age=t["age"] ** 2)))
    assert "the table changed after the fit" in said


def test_the_file_is_the_same_each_time_and_plain_json(run, file, tmp_path):
    write_variants(tmp_path / "again.json", fitted(fit_spec(), [pooled_scans()]).variants)
    assert (tmp_path / "again.json").read_bytes() == file.read_bytes()

    def never(name):
        raise AssertionError(name)

    json.loads(file.read_text(), parse_constant=never)  # no NaN, no Infinity


HOSTILE = ['a"b', "</script>", "x\ny", "région 1", "a,b", "__import__('os')", "age + 1", "%s{0}"]


def test_any_name_of_a_region_is_kept(tmp_path):
    pooled = pooled_scans(sites=2, people=4, regions=HOSTILE)
    run = fitted(fit_spec(site="none", scanner="none"), [pooled])
    write_variants(tmp_path / "fits.json", run.variants)
    read = read_variants(tmp_path / "fits.json", run.tables)["main"].fits
    assert [fit.outcome for fit in read] == HOSTILE


def test_an_outcome_shifted_by_a_fixed_effect_is_refused(tmp_path):
    run = fitted(fit_spec(), [pooled_scans()])
    write_variants(tmp_path / "f.json", run.variants)
    table = run.table.assign(caudate=run.table["caudate"] + 0.1 * run.table["age"])
    with pytest.raises(UserError):
        read_variants(tmp_path / "f.json", {"main": table, "raw": table})


def test_residual_variances_by_scanner_are_read_back(tmp_path):
    run = fitted(fit_spec(residual="by_scanner"), [pooled_scans()])
    assert run.variants["residual_common"].fits[0].residual_by == ""
    write_variants(tmp_path / "f.json", run.variants)
    read = read_variants(tmp_path / "f.json", run.tables)
    for old, new in zip(run.variants["main"].fits, read["main"].fits, strict=True):
        assert new.residual_by == "scanner"
        assert new.residual_ratios == pytest.approx(old.residual_ratios)
        assert np.allclose(new.vcov, old.vcov, rtol=1e-9)
