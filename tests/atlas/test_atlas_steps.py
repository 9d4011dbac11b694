"""The step scripts of an atlas, run as a rule runs them."""

import subprocess
import sys

import mock_study
import nibabel as nib
import pandas as pd
import small_atlas
from places import SCRIPTS
from test_contrast_maps import spec_of

from multipet.core import columns
from multipet.core.columns import names
from multipet.core.columns.atlas import LABELS, OUTLINES
from multipet.core.files import write_json
from multipet.core.tables import read_table, write_table


def run(script, *words):
    command = [sys.executable, str(SCRIPTS / script), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def pooled(folder, *regions):
    scans = {"participant_id": "p1", "session": "1", "site": "a", "scanner": "a/H", "value": 1.0}
    table = pd.DataFrame([scans | {"region": region} for region in regions])
    for name in ("site", "scanner", "region"):
        table[name] = table[name].astype("category")
    write_table(folder / "pooled.tsv", table[names(columns.SCAN_REGION)], columns.SCAN_REGION)
    return folder / "pooled.tsv"


def outlined(folder, *regions, **changes):
    spec = {"atlas": small_atlas.write_atlas(folder, **changes)}
    write_json(folder / "spec.json", spec)
    out = [folder / f"{name}.tsv" for name in ("labels", "outlines", "findings")]
    result = run("outline_atlas.py", folder / "spec.json", pooled(folder, *regions), *out)
    return result, out


def test_outlines_are_those_of_the_study_alone(tmp_path):
    result, (labels, outlines, findings) = outlined(tmp_path, "caudate", "cortex")
    assert result.returncode == 0, result.stderr
    assert list(read_table(labels)) == names(LABELS)
    assert set(read_table(labels)["region"]) == {"caudate"}
    assert list(read_table(outlines)) == names(OUTLINES)
    assert set(read_table(outlines)["region"]) == {"", "caudate"}
    assert read_table(findings).empty


def test_a_label_without_voxels_is_a_finding(tmp_path):
    table = small_atlas.TABLE + "77\tpallidum\t\n"
    small_atlas.write_atlas(tmp_path)
    (tmp_path / "more.tsv").write_text(table, encoding="utf-8")
    changes = {"table": str(tmp_path / "more.tsv")}
    _, (_, _, findings) = outlined(tmp_path, "caudate", "pallidum", **changes)
    noted = read_table(findings)
    assert noted[["check", "region"]].to_numpy().tolist() == [["atlas_label_absent", "pallidum"]]


def test_an_atlas_of_probabilities_ends_in_one_line(tmp_path):
    voxels, affine = small_atlas.upright()
    nib.save(nib.Nifti1Image(voxels / 1000, affine), tmp_path / "p.nii.gz")
    result, _ = outlined(tmp_path, "caudate", image=str(tmp_path / "p.nii.gz"))
    assert result.returncode == 1
    assert result.stderr.startswith("ERROR p.nii.gz: has voxels that are no whole numbers")
    assert len(result.stderr.splitlines()) == 1


def test_maps_are_written_from_files_alone(tmp_path):
    write_json(tmp_path / "spec.json", spec_of(small_atlas.write_atlas(tmp_path)))
    contrast = mock_study.contrast_rows(["stem", "caudate"]).assign(contrast="patients")
    write_table(tmp_path / "contrast.tsv", contrast, columns.CONTRAST)
    maps = tmp_path / "maps"
    result = run("write_maps.py", tmp_path / "spec.json", tmp_path / "contrast.tsv", maps)
    assert result.returncode == 0, result.stderr
    assert len(list(maps.iterdir())) == 4
