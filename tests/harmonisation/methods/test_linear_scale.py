"""Given equations for each batch."""

import numpy as np
import pandas as pd
import pytest

from multipet.core.problems import UserError
from multipet.harmonisation import harmonise

TABLE = pd.DataFrame(
    {
        "tracer": ["PiB", "FBB", "FBB", "PiB"],
        "cortex": [1.2, 1.4, np.nan, 2.0],
        "pons": [0.5, 0.7, 0.1, 0.9],
    }
)
EQUATIONS = {
    "PiB": {"slope": 93.7, "intercept": -94.6},
    "FBB": {"slope": 150, "intercept": -154.0},
}


def run(equations=EQUATIONS, table=TABLE, preserve=None, regions=("cortex", "pons"), **options):
    return harmonise(
        table, regions, "tracer", preserve, "linear_scale", equations=equations, **options
    )


def refusal(*arguments, **options) -> list[str]:
    with pytest.raises(UserError) as caught:
        run(*arguments, **options)
    return list(map(str, caught.value.problems))


def test_every_value_gets_the_equation_of_its_batch():
    result = run()
    np.testing.assert_allclose(
        result.table["cortex"], [93.7 * 1.2 - 94.6, 150 * 1.4 - 154, np.nan, 93.7 * 2 - 94.6]
    )
    assert result.site_effects.empty
    assert result.parameters["equations"]["FBB"] == {"slope": 150.0, "intercept": -154.0}


def test_equations_by_region():
    by_region = {
        "PiB": EQUATIONS["PiB"],
        "FBB": {"cortex": EQUATIONS["FBB"], "pons": {"slope": 1, "intercept": 0}},
    }
    result = run(by_region)
    assert result.table.loc[1, "pons"] == 0.7
    assert result.table.loc[1, "cortex"] == pytest.approx(56)


def test_one_batch_is_enough():
    one = TABLE[TABLE["tracer"] == "PiB"]
    assert run({"PiB": EQUATIONS["PiB"]}, one).table.shape == (2, 3)


def test_logarithms_are_scaled_as_what_they_are_of():
    logs = TABLE.assign(cortex=np.log(TABLE["cortex"]), pons=np.log(TABLE["pons"]))
    plain, result = run(), run(table=logs, log=True)
    expected = plain.table[["cortex", "pons"]].where(lambda v: v > 0)
    np.testing.assert_allclose(np.exp(result.table[["cortex", "pons"]]), expected, rtol=1e-12)
    lost = [f for f in result.findings if f.check == "not_positive_by_equation"]
    assert {f.region: (f.value, f.action, f.row) for f in lost} == {
        "pons": ("4", "missing", "2, 3, 4, 5")
    }


def test_a_changed_sign_is_noted():
    (finding,) = [f for f in run().findings if f.check == "sign_changed"]
    assert (finding.region, finding.value) == ("pons", "4")


def test_preserve_is_not_needed_and_said_so():
    (finding,) = [f for f in run(preserve="age").findings if f.check == "preserve_not_needed"]
    assert finding.value == "age"
    pd.testing.assert_frame_equal(run(preserve="age").table, run().table)


FBB = EQUATIONS["FBB"]


@pytest.mark.parametrize(
    ("equations", "expected"),
    [
        ({"FBB": FBB}, ['equations: batch "PiB" of tracer has no equation']),
        (
            EQUATIONS | {"PIB": FBB},
            ['equations: no batch "PIB" in tracer; did you mean "PiB"?'],
        ),
        (
            EQUATIONS | {"FBB": {"slope": 2}},
            ["equations.FBB: wants slope and intercept, nothing else"],
        ),
        (EQUATIONS | {"FBB": 3}, ["equations.FBB: wants slope and intercept, nothing else"]),
        (EQUATIONS | {"FBB": {}}, ["equations.FBB: wants slope and intercept, nothing else"]),
        (
            EQUATIONS | {"FBB": {"slope": "2", "intercept": np.nan}},
            [
                'equations.FBB: slope "2" is not a number',
                'equations.FBB: intercept "nan" is not a number',
            ],
        ),
        (
            EQUATIONS | {"FBB": {"slope": 0, "intercept": 1}},
            ["equations.FBB: slope 0 is not above 0"],
        ),
        (
            EQUATIONS | {"FBB": {"cortex": FBB, "ponz": FBB}},
            [
                'equations.FBB: region "pons" has no equation',
                'equations.FBB: no region "ponz"; did you mean "pons"?',
            ],
        ),
    ],
)
def test_mistakes_are_said(equations, expected):
    assert refusal(equations) == expected


def test_order_and_unit_change_nothing_but_the_unit():
    back = run(table=TABLE.iloc[::-1]).table.iloc[::-1]
    pd.testing.assert_frame_equal(back, run().table)
    percent = TABLE.assign(cortex=100 * TABLE["cortex"], pons=100 * TABLE["pons"])
    equations = {k: e | {"intercept": 100 * e["intercept"]} for k, e in EQUATIONS.items()}
    numbers = run(equations, percent).table[["cortex", "pons"]] / 100
    pd.testing.assert_frame_equal(numbers, run().table[["cortex", "pons"]])
