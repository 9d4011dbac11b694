"""A tiny study through the real snakemake: results, reruns, and mistakes that change nothing."""

import json
import os
import re
import shutil

import pytest
import yaml
from pandas.testing import assert_frame_equal
from snakemake_run import (
    change,
    clone,
    deliverables,
    jobs,
    snakemake,
    snapshot,
)

from multipet.core.columns import CONTRAST, names
from multipet.core.tables import read_table
from multipet.run.analyse import analyse

pytestmark = pytest.mark.slow


def test_results(finished):
    results = finished / "out" / "results"
    table = read_table(results / "contrasts" / "age_per_decade" / "contrast.tsv")
    assert list(table.columns) == names(CONTRAST)
    assert list(table["region"]) == ["caudate", "putamen"]
    assert (table["status"] == "ok").all()
    assert table["n_subjects"].tolist() == [48, 48]
    assert table["n_scans"].tolist() == [96, 96]
    # drawn with -5 % a decade
    assert ((table["ci_low"] < -0.05) & (table["ci_high"] > -0.05)).all()
    assert table["percent"].between(-8, -2).all()


def test_one_process_gives_every_table_of_contrasts_to_the_last_digit(finished):
    found = analyse(finished / "study.yaml")
    for name, table in found.items():
        path = finished / "out" / "results" / "contrasts" / name / "contrast.tsv"
        assert_frame_equal(table, read_table(path), rtol=0)
    assert len(found) == 3


def test_two_sites_are_fixed_and_the_plan_says_why(finished):
    plan = json.loads((finished / "out/results/models/main/plan.json").read_text())
    assert plan["site"]["used"] == "fixed"
    assert plan["scanner"]["used"] == "none"
    assert plan["n_scans"] == 96


def test_every_report_is_one_file_without_network(finished):
    reports = finished / "out" / "results" / "reports"
    found = {page.stem for page in reports.glob("*.html")}
    contrasts = {"age_per_decade", "patients", "patients_harmonised"}
    assert found == contrasts | {"harmonisation_combat", "index"}
    for page in reports.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"""(?:src|href)=["']?https?://(?!doi\.org)""", text)
        assert str(finished) not in text


def test_naive_p_is_said_on_the_harmonised_report(finished):
    text = (finished / "out/results/reports/patients_harmonised.html").read_text(encoding="utf-8")
    assert "naive" in text


def test_a_second_run_does_nothing(study):
    assert jobs(study) == set()


def test_touch_reruns_nothing(study):
    for path in [*study.glob("*"), *(study / "out" / "results").rglob("*")]:
        if "logs" not in path.parts:
            os.utime(path)
    assert jobs(study) == set()


def test_order_and_comments_of_the_config_rerun_nothing(study):
    values = yaml.safe_load((study / "study.yaml").read_text())
    values["models"] = dict(reversed(values["models"].items()))
    values["variables"]["age"]["minimum"] = 18.0
    text = "# a comment\n" + yaml.safe_dump(dict(reversed(values.items())), sort_keys=False)
    (study / "study.yaml").write_text(text)
    assert jobs(study) == set()


def test_swapped_levels_rerun_one_contrast_and_turn_the_sign(study):
    path = study / "out/results/contrasts/patients/contrast.tsv"
    before, others = read_table(path), snapshot(study)
    change(study, contrasts__patients__difference={"group": ["control", "patient"]})
    ran = jobs(study)
    stages = ("calibrate", "estimate", "robustness", "draw", "report")
    own = {f"{stage}_contrast:patients" for stage in stages}
    assert ran == own | {"draw_robustness:patients", "report_index"}
    after = read_table(path)
    assert after["estimate"].to_numpy() == pytest.approx(-before["estimate"].to_numpy())
    for name, content in snapshot(study).items():
        own = "patients/" in name or "patients." in name or "index" in name or "config" in name
        own |= name.endswith(("specs/study.json", "specs/checked.json"))
        assert own or others[name] == content, name


def test_a_title_reruns_figures_and_report_only(study):
    change(study, contrasts__patients__title="Another title")
    ran = jobs(study)
    assert "report_contrast:patients" in ran
    assert not any(job.startswith(("fit_model", "estimate_contrast", "tidy")) for job in ran)
    assert not any("age_per_decade" in job for job in ran)


def test_a_changed_value_reruns_what_depends_on_it(study):
    path = study / "turku.csv"
    lines = path.read_text().splitlines()
    lines[1] = lines[1].rsplit(",", 1)[0] + ",3.1"
    path.write_text("\n".join(lines) + "\n")
    ran = jobs(study)
    assert "tidy_site:turku" in ran
    assert "tidy_site:aarhus" not in ran
    assert {"fit_model:main", "report_contrast:age_per_decade", "report_index"} <= ran


def test_a_changed_table_with_an_old_date_is_seen(study):
    path = study / "turku.csv"
    path.write_text(path.read_text().replace(",2.", ",3.", 1))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert "tidy_site:turku" in jobs(study)


def test_edited_code_reruns_what_uses_it(study, tmp_path):
    root = clone(tmp_path / "clone")
    assert jobs(study, root=root) == set()
    path = root / "scripts/multipet/analysis/contrast/table.py"
    text = path.read_text()
    assert "return float(" in text
    path.write_text(text.replace("return float(", "return 1.0 * float("))
    ran = {job.split(":")[0] for job in jobs(study, root=root)}
    assert "estimate_contrast" in ran
    assert not ran & {"tidy_site", "pool_sites", "harmonise", "fit_model"}


def test_a_lost_result_is_made_again(study):
    (study / "out/results/contrasts/patients/contrast.tsv").unlink()
    assert "estimate_contrast:patients" in jobs(study)


def test_same_inputs_give_the_same_bytes(study):
    before = deliverables(study)
    shutil.rmtree(study / "out")
    jobs(study)
    after = deliverables(study)
    assert [name for name in before if before[name] != after.get(name)] == []


def test_a_bad_config_is_one_line_and_changes_nothing(study):
    before = snapshot(study)
    change(study, contrasts__patients__model="mian")
    result = snakemake(study)
    assert result.returncode == 1
    errors = [line for line in result.stderr.splitlines() if line.startswith("ERROR")]
    assert len(errors) == 1
    assert 'no model "mian"; did you mean "main"?' in errors[0]
    assert "Traceback" not in result.stderr
    assert snapshot(study) == before


BAD_TABLES = {
    "a word for a number": (",2.", ",x2.", "is not a number"),
    "an unknown level": (",F,control", ",Female,control", "Female"),
    "a lost column": ("sex", "geschlecht", "sex"),
    "an age out of range": (",HRRT,", ",HRRT,1", "outside its range"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_table_is_told_before_any_job_and_changes_nothing(study, case):
    old, new, said = BAD_TABLES[case]
    before = snapshot(study)
    path = study / "turku.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    result = snakemake(study)
    assert result.returncode == 1
    errors = [line for line in result.stderr.splitlines() if line.startswith("ERROR")]
    assert any("turku.csv" in line and said in line for line in errors), result.stderr
    assert "Traceback" not in result.stderr
    assert snapshot(study) == before
