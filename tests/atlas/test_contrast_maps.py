"""The maps of a contrast: file names, values and what the sidecars say."""

import json

import mock_study
import nibabel as nib
import numpy as np
import pytest
import small_atlas
from specs_of import study_with

from multipet.atlas.contrast_maps import write_maps
from multipet.atlas.label_image import load_image
from multipet.atlas.label_table import read_labels
from multipet.config.delivered import Atlas, AtlasFiles
from multipet.config.page_specs import MappedModel, MapsSpec
from multipet.config.part import reshaped, typed
from multipet.config.study import Decision, Outcome

NASTY = "<b>../a</b> − b/c"


def spec_of(atlas, scale="log"):
    outcome = {"column": "bp_nd", "label": "BP_ND", "unit": "1", "scale": scale}
    model = study_with(models__main__formula="age + group").models["main"]
    return MapsSpec(
        id="patients",
        title="Patients against controls",
        atlas=reshaped(AtlasFiles, typed(Atlas, atlas)),
        outcome=typed(Outcome, outcome),
        model=reshaped(MappedModel, model, id="main"),
        inference=Decision(df="satterthwaite", adjust="bh", alpha=0.05),
        sources=({"File": "atlas.nii.gz", "SHA256": "0" * 64},),
    )


def contrast_of(*comparisons, failed=()):
    table = mock_study.contrast_rows(["stem", "caudate", "cortex"], comparisons)
    table["contrast"] = "patients"
    numbers = ["estimate", "percent", "t", "p_value", "p_adjusted"]
    table.loc[table["region"].isin(failed), numbers] = np.nan
    return table


def written(folder, contrast, scale="log"):
    atlas = small_atlas.write_atlas(folder / "atlas")
    spec = spec_of(atlas, scale)
    write_maps(
        contrast,
        read_labels(spec.atlas).labels,
        load_image(atlas["image"]),
        spec,
        folder / "maps",
    )
    return folder / "maps"


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def value_in(path, label):
    values = np.asarray(nib.load(path).dataobj)
    found = np.unique(values[small_atlas.upright()[0] == label])
    assert len(found) == 1
    return float(found[0])


@pytest.mark.parametrize(("scale", "column"), [("log", "percent"), ("identity", "estimate")])
def test_a_contrast_of_one_comparison_has_an_effect_and_a_t(tmp_path, scale, column):
    contrast = contrast_of(NASTY)
    folder = written(tmp_path, contrast, scale)
    stems = ["patients_effect", "patients_t"]
    assert names_in(folder) == sorted(f"{s}.{e}" for s in stems for e in ("json", "nii.gz"))
    rows = contrast.set_index("region")
    for label, region in ((11, "caudate"), (12, "caudate"), (5, "stem")):
        effect = value_in(folder / "patients_effect.nii.gz", label)
        assert effect == pytest.approx(rows.loc[region, column], rel=1e-6)
        t = value_in(folder / "patients_t.nii.gz", label)
        assert t == pytest.approx(rows.loc[region, "t"], rel=1e-6)


def test_several_comparisons_are_numbered_and_named_in_the_sidecar(tmp_path):
    comparisons = [f"level {i} − {NASTY}" for i in range(11)]
    folder = written(tmp_path, contrast_of(*comparisons))
    assert len(names_in(folder)) == 44
    for i, comparison in enumerate(comparisons, 1):
        sidecar = json.loads((folder / f"patients_{i:02d}_t.json").read_text(encoding="utf-8"))
        assert sidecar["Contrast"]["Comparison"] == comparison


def test_sidecar_says_what_the_map_is(tmp_path):
    folder = written(tmp_path, contrast_of("a − b", failed=["stem"]))
    effect, t = (json.loads((folder / f"patients_{q}.json").read_text()) for q in ("effect", "t"))
    assert (effect["Units"], t["Units"]) == ("%", "1")
    assert "no voxelwise map" in effect["Description"]
    assert effect["Model"]["formula"] == "age + group"
    assert effect["Sources"] == [{"File": "atlas.nii.gz", "SHA256": "0" * 64}]
    regions = {row["Region"]: row for row in effect["Regions"]}
    assert list(regions) == ["stem", "caudate"]
    assert regions["stem"]["Value"] is None
    assert regions["caudate"]["Labels"] == [11, 12]
    assert np.isnan(value_in(folder / "patients_effect.nii.gz", 5))


def test_a_comparison_without_any_estimate_has_no_map(tmp_path):
    assert names_in(written(tmp_path, contrast_of("a − b", failed=["stem", "caudate"]))) == []


def test_a_contrast_of_no_region_has_no_map(tmp_path):
    assert names_in(written(tmp_path, contrast_of("a − b").assign(region="all regions"))) == []


def test_written_again_is_the_same(tmp_path):
    contrast = contrast_of("a − b")
    one, other = (written(tmp_path / part, contrast) for part in ("one", "other"))
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes()
