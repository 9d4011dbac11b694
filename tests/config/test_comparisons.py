"""What a contrast compares, spelled out by levels."""

from multipet.config.kinds import Comparison, Term, comparisons, kind_of, variables_of

VARIABLES = {"age": {"kind": "number", "unit": "years"}}
LEVELS = {"site": ["turku", "yale", "aarhus"]}


def test_difference_is_first_minus_second():
    (found,) = comparisons({"difference": {"group": ["p", "c"]}, "at": {}}, LEVELS, VARIABLES)
    assert found == Comparison("p − c", (Term(1, (("group", "p"),)), Term(-1, (("group", "c"),))))


def test_pairwise_goes_through_the_levels_in_order():
    found = comparisons({"pairwise": "site", "at": {}}, LEVELS, VARIABLES)
    assert [c.label for c in found] == ["turku − yale", "turku − aarhus", "yale − aarhus"]


def test_slope_says_its_amount_and_place():
    (found,) = comparisons({"slope": {"age": 10}, "at": {"sex": "F"}}, LEVELS, VARIABLES)
    assert found.label == "age, per 10 years at sex F"
    assert found.terms == (Term(1, (("sex", "F"),), ("age", 10)),)


def test_combination_of_slopes():
    settings = {
        "combination": [
            {"weight": 1, "slope": {"age": 10}, "at": {"group": "p"}},
            {"weight": -0.5, "slope": {"age": 10}, "at": {"group": "c"}},
        ],
        "at": {},
    }
    (found,) = comparisons(settings, LEVELS, VARIABLES)
    assert found.label == "(age, per 10 years at group p) − 0.5 × (age, per 10 years at group c)"
    assert [term.weight for term in found.terms] == [1, -0.5]
    assert kind_of(settings) == "combination"
    assert variables_of(settings) == {"age", "group"}


def test_variables_held_alike_are_not_compared():
    terms = [
        {"weight": 1, "at": {"group": "p", "sex": "F"}},
        {"weight": -1, "at": {"group": "c", "sex": "F"}},
    ]
    assert variables_of({"combination": terms}) == {"group"}
