"""The step scripts of an atlas, run as a rule runs them."""

import mock_study
import nibabel as nib
import pandas as pd
import small_atlas
from specs_of import written
from step_run import run_step
from test_contrast_maps import spec_of

from multipet.config.delivered import Atlas, AtlasFiles
from multipet.config.part import reshaped, typed
from multipet.config.specs import OutlineSpec
from multipet.core import columns
from multipet.core.columns import names
from multipet.core.columns.atlas import LABELS, OUTLINES
from multipet.core.tables import read_table, write_table


def pooled(folder, *regions):
    scans = {"participant_id": "p1", "session": "1", "site": "a", "scanner": "a/H", "value": 1.0}
    table = pd.DataFrame([scans | {"region": region} for region in regions])
    for name in ("site", "scanner", "region"):
        table[name] = table[name].astype("category")
    write_table(folder / "pooled.tsv", table[names(columns.SCAN_REGION)], columns.SCAN_REGION)
    return folder / "pooled.tsv"


def outlined(folder, *regions, **changes):
    atlas = reshaped(AtlasFiles, typed(Atlas, small_atlas.write_atlas(folder, **changes)))
    spec = written(folder / "spec.json", OutlineSpec(atlas=atlas, sha256=()))
    out = {name: folder / f"{name}.tsv" for name in ("labels", "outlines", "findings")}
    result = run_step("outline_atlas", spec=spec, pooled=pooled(folder, *regions), **out)
    return result, out.values()


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
    spec = written(tmp_path / "spec.json", spec_of(small_atlas.write_atlas(tmp_path)))
    contrast = mock_study.contrast_rows(["stem", "caudate"]).assign(contrast="patients")
    write_table(tmp_path / "contrast.tsv", contrast, columns.CONTRAST)
    maps = tmp_path / "maps"
    table = tmp_path / "contrast.tsv"
    result = run_step("write_maps", spec=spec, contrast=table, folder=maps)
    assert result.returncode == 0, result.stderr
    assert len(list(maps.iterdir())) == 4
