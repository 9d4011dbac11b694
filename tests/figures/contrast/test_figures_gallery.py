"""All figures of a contrast, from tables to an index that a report can read."""

import json
import xml.etree.ElementTree as ET

import mock_study
import numpy as np
import pytest
import small_atlas
from specs_of import spec_of, written
from step_run import run_step

from multipet.analysis.diagnostics.model_tables import (
    random_effects_table,
    residual_table,
    shrinkage_table,
)
from multipet.analysis.diagnostics.variance_components import variance_table
from multipet.atlas.label_image import label_image
from multipet.atlas.label_table import AtlasLabel
from multipet.atlas.outlines import atlas_tables
from multipet.core import columns
from multipet.core.tables import read_table, write_table
from multipet.figures.contrast import CONTRAST_FIGURES
from multipet.figures.contrast.random_effects import (
    caterpillar_table,
    draw_caterpillar,
    rows_height,
)
from multipet.figures.contrast.source import AtlasTables, contrast_source
from multipet.figures.figure import INDEX, save_figures
from multipet.figures.labels import Labels
from multipet.figures.style import figure_style, new_figure
from multipet.mixed_model import fit_regions

REGIONS = ["caudate", "$x$", "<b>insula</b>", "_amygdala", "thalamus"]
LABELS = Labels(outcome="BP_ND", scale="log", sites={"turku": "$Turku$"})


def tables_of(factors=tuple(mock_study.SDS), regions=REGIONS):
    table = mock_study.scan_table(regions, people=70)
    fits = [mock_study.solve(table, region, factors) for region in regions]
    random = [f"(1 | {factor})" for factor in factors]
    fixed = [mock_study.solve(table, region, ()) for region in regions]
    whole = fit_regions(" + ".join(["age", *random]), table, regions)
    return {
        "contrast": mock_study.contrast_rows(regions),
        "by_site": mock_study.by_site_rows(regions),
        "residuals": residual_table(fits, table, fixed),
        "random_effects": random_effects_table(fits),
        "shrinkage": shrinkage_table(fits, table),
        "variance_components": variance_table(whole),
    }


def atlas():
    own = dict(zip(small_atlas.BOXES, ["caudate", "$x$", "thalamus"], strict=True))
    labels = [AtlasLabel(index, region, region) for index, region in own.items()]
    return AtlasTables(*atlas_tables(label_image(small_atlas.image()), labels), "an atlas")


def save(tables, folder, atlas=None):
    save_figures(CONTRAST_FIGURES, contrast_source(tables, LABELS, atlas), folder)
    return json.loads((folder / INDEX).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables():
    return tables_of()


@pytest.fixture(scope="module")
def saved(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    return folder, save(tables, folder, atlas())


def test_index_lists_every_figure_in_order(saved):
    folder, index = saved
    drawn = [kind for kind in CONTRAST_FIGURES if kind.name != "forest_rest"]
    said = [(entry["name"], entry["section"], entry["part"]) for entry in index]
    assert said == [(kind.name, kind.section, kind.part) for kind in drawn]
    for entry in index:
        ET.parse(folder / entry["file"])
        assert not read_table(folder / entry["table"]).empty


def test_captions_say_what_and_how_it_should_look(saved):
    for entry in saved[1]:
        shows, well = entry["caption"].split(" When all is well, ")
        assert len(shows) > 40
        assert len(well) > 20
        assert "{" not in entry["caption"] + entry["alt"]


def test_no_id_is_used_twice_over_all_figures(saved):
    folder, index = saved
    roots = [ET.parse(folder / entry["file"]).getroot() for entry in index]
    ids = [e.get("id") for root in roots for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))


def test_labels_are_drawn_as_they_are(saved):
    folder, _ = saved
    texts = {e.text for e in ET.parse(folder / "forest.svg").iter()}
    assert {"$x$", "<b>insula</b>", "_amygdala"} <= texts


def test_drawn_again_is_the_same(tables, saved, tmp_path):
    folder, _ = saved
    save(tables, tmp_path, atlas())
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_model_without_random_effects_has_no_figures_of_them(tmp_path):
    index = save(tables_of(factors=()), tmp_path)
    assert {entry["name"] for entry in index} == {
        "forest",
        "by_site",
        "residuals_fitted",
        "residual_spread",
        "residual_distribution",
        "residual_quantiles",
    }
    quantiles = read_table(tmp_path / "residual_quantiles.tsv")
    assert quantiles["model"].unique().tolist() == ["without random effects"]


def test_no_fit_leaves_the_forest_plot_alone(tables, tmp_path):
    empty = {name: table.iloc[:0] for name, table in tables.items()}
    index = save(empty | {"contrast": tables["contrast"]}, tmp_path)
    assert [entry["name"] for entry in index] == ["forest"]


def test_step_draws_from_files_alone(tables, tmp_path):
    kinds = (
        columns.CONTRAST, columns.BY_SITE, columns.RESIDUALS, columns.RANDOM_EFFECTS,
        columns.SHRINKAGE, columns.VARIANCE_COMPONENTS,
    )  # fmt: skip
    paths = {name: tmp_path / f"{name}.tsv" for name in tables}
    for path, table, kind in zip(paths.values(), tables.values(), kinds, strict=True):
        write_table(path, table, kind)
    spec = written(tmp_path / "spec.json", spec_of("draw_contrast"))
    done = run_step("draw_contrast", spec=spec, folder=tmp_path / "figures", **paths)
    assert done.returncode == 0, done.stderr
    assert len(json.loads((tmp_path / "figures" / "index.json").read_text())) == 9


@pytest.mark.parametrize("size", [1e-17, 0.0])
def test_a_variance_of_0_is_said_and_not_magnified(tables, size):
    effects = tables["random_effects"].copy()
    of_site = effects["factor"] == "site"
    effects.loc[of_site, ["mode", "sd"]] = size
    drawn = caterpillar_table(effects)
    with figure_style():
        figure = draw_caterpillar(drawn, new_figure(rows_height(drawn, LABELS)), LABELS)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert texts.count("estimated as 0") == len(REGIONS)
    assert all(np.ptp(axes.get_xlim()) > 1e-3 for axes in figure.axes)
