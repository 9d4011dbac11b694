"""The two step scripts, run as a rule runs them."""

import pytest
from small_study import site_entry, small_study, written
from specs_of import written as written_spec
from step_run import run_step

from multipet.config.part import reshaped
from multipet.config.specs import PoolSpec, TidySpec, TidyStudy
from multipet.core.files import sha256_of
from multipet.core.tables import read_table

HEADER = "participant_id,session,scanner,age,sex,bp_caudate,bp_putamen"


def tidy(folder, site, *rows):
    path = written(folder / f"{site}.csv", HEADER, *rows)
    spec = TidySpec(
        site=site,
        settings=site_entry(path),
        study=reshaped(TidyStudy, small_study()),
        sha256=(sha256_of(path),),
    )
    written_spec(folder / f"{site}.spec.json", spec)
    return run_step("tidy_site", **outputs(folder, site))


def outputs(folder, site):
    """The spec and what the step writes."""
    ends = {"spec": "spec.json", "table": "tsv"}
    ends |= {"findings": "findings.tsv", "source": "source.json"}
    return {name: folder / f"{site}.{end}" for name, end in ends.items()}


def pool(folder, *sites):
    spec = PoolSpec(sites=sites, study=small_study(), sha256=())
    return run_step(
        "pool_sites",
        spec=written_spec(folder / "pool.spec.json", spec),
        # in whichever order
        tables=[folder / f"{site}.tsv" for site in sorted(sites)],
        findings=[folder / f"{site}.findings.tsv" for site in sites],
        pooled=folder / "pooled.tsv",
        all_findings=folder / "findings.tsv",
    )


def test_from_raw_tables_to_the_pooled_one(tmp_path):
    assert tidy(tmp_path, "turku", "007,1,H,33,F,2.5,0", "007,1,H,33,F,2.5,0").returncode == 0
    assert tidy(tmp_path, "NA", "007,1,H,NA,F,2.4,3.1").returncode == 0
    done = pool(tmp_path, "turku", "NA")
    assert (done.returncode, done.stderr) == (0, "")
    pooled = read_table(tmp_path / "pooled.tsv")
    assert list(pooled["participant_id"].unique()) == ["turku:007", "NA:007"]
    assert list(pooled["site"].cat.categories) == ["turku", "NA"]
    assert list(pooled["value"].dropna()) == [2.5, 2.4, 3.1]
    findings = read_table(tmp_path / "findings.tsv")
    assert list(findings["check"]) == [
        "duplicate_row",
        "missing_covariate",
        "shared_id",
        "non_positive",
    ]
    assert list(findings["site"]) == ["turku", "NA", "", "turku"]


@pytest.mark.parametrize("rows", [["007,1,H,x,F,2.5,3"], []])
def test_a_bad_table_ends_with_a_line_and_writes_nothing(tmp_path, rows):
    done = tidy(tmp_path, "turku", *rows)
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR turku.csv") and done.stderr.count("\n") == 1
    assert not (tmp_path / "turku.tsv").exists()


def test_sites_that_do_not_fit_end_with_a_line(tmp_path):
    tidy(tmp_path, "turku", "1,1,H,33,F,2.5,3")
    tidy(tmp_path, "yale", "2,1,H,33,F,2500,3000")
    done = pool(tmp_path, "turku", "yale")
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR sites.turku: values are about 1/1e+03 times")
    assert not (tmp_path / "pooled.tsv").exists()


def test_a_table_that_was_changed_during_the_run_is_not_used(tmp_path):
    tidy(tmp_path, "turku", "1,1,H,33,F,2.5,3")
    before = (tmp_path / "turku.tsv").read_bytes()
    with (tmp_path / "turku.csv").open("a") as table:
        table.write("2,1,H,34,F,2.6,3.1\n")
    done = run_step("tidy_site", **outputs(tmp_path, "turku"))
    assert done.returncode == 1
    assert done.stderr == (
        "ERROR turku.csv: was changed while multipet was running; "
        "run the same command again once it is as it should be\n"
    )
    assert (tmp_path / "turku.tsv").read_bytes() == before


def test_a_table_that_was_deleted_during_the_run_is_told(tmp_path):
    tidy(tmp_path, "turku", "1,1,H,33,F,2.5,3")
    (tmp_path / "turku.csv").unlink()
    done = run_step("tidy_site", **outputs(tmp_path, "turku"))
    assert done.stderr.startswith("ERROR turku.csv: cannot be read any more: No such file")
    assert done.stderr.count("\n") == 1
