"""When residuals are permuted, and when drawn from a distribution."""

import numpy as np
import pytest
from calibration_cases import FORMULA, REGIONS, group_question, scan_rows

from multipet.analysis.contrast.estimates import contrast_estimates
from multipet.calibration.blocks import exchangeable_blocks
from multipet.calibration.draw_method import choose_method, unmoved_share
from multipet.calibration.model_part import separate_parts
from multipet.calibration.reduced_model import null_space
from multipet.mixed_model import fit_regions


def chosen(table, formula=FORMULA, asked="auto", columns=("site",), **settings):
    fits = fit_regions(formula, table, REGIONS)
    parts = separate_parts(
        contrast_estimates(group_question(table, **settings), fits, table), REGIONS
    )
    blocks = exchangeable_blocks(table, columns)
    spaces = [null_space(part, blocks) for part in parts]
    method = choose_method(asked, parts, spaces, blocks)
    return method, unmoved_share(parts[0], spaces[0], blocks)


def test_one_scan_a_subject_is_permuted():
    method, unmoved = chosen(scan_rows())
    assert method.used == "permutation" and method.reason == ""
    assert unmoved < 1e-20


@pytest.mark.parametrize("asked", ["permutation", "bootstrap"])
def test_what_is_configured_is_done(asked):
    assert chosen(scan_rows(), asked=asked)[0].used == asked


def test_too_few_subjects():
    table = scan_rows(people=12)
    method, _ = chosen(table, formula="group + (1 | site)")
    assert method.used == "permutation"  # 3! ** 4 = 1296
    method, _ = chosen(table.iloc[:-1], formula="group + (1 | site)")
    assert method.used == "bootstrap"
    assert "432 ways" in method.reason


def test_time_is_the_same_in_all_subjects_and_cannot_be_permuted():
    table = scan_rows(visits=2)
    formula = "group * years + (1 | site) + (1 | participant_id)"
    method, unmoved = chosen(table, formula, slope={"years": 1})
    assert method.used == "bootstrap" and unmoved > 0.9
    assert "stays where it is" in method.reason


def test_its_interaction_with_the_group_can():
    table = scan_rows(visits=2, share=0.5)
    formula = "group * years + (1 | site) + (1 | participant_id)"
    asked = {
        "combination": [
            {"weight": weight, "at": {"group": group}, "slope": {"years": 1}}
            for weight, group in ((1, "patient"), (-1, "control"))
        ]
    }
    method, unmoved = chosen(table, formula, **asked)
    assert method.used == "permutation" and unmoved < 0.1
    # with groups of other sizes from site to site a part of it lies between sites' slopes
    method, unmoved = chosen(scan_rows(visits=2, share=0.8), formula, **asked)
    assert method.used == "bootstrap" and 0.25 < unmoved < 0.45


def test_people_with_patterns_of_their_own_count():
    table = scan_rows(visits=2)
    rng = np.random.default_rng(1)
    lonely = table["participant_id"].isin([f"p{k:03d}" for k in range(40)])
    table["unit"] = np.where(lonely, table["participant_id"], table["site"].astype(str))
    formula = "group + (1 | site) + (1 | participant_id)"
    method, unmoved = chosen(table, formula, columns=("site", "unit"))
    assert unmoved < 1e-20 and method.used == "permutation"  # strata of their own: no direction
    some = table.drop(index=table.index[1::2][rng.random(80) < 0.4]).reset_index(drop=True)
    method, unmoved = chosen(some, formula)
    assert 0 < unmoved < 0.2 and method.used == "permutation"
