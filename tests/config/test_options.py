"""Options and the methods that know them."""

import pytest

from multipet.config.methods import OF_HARMONISE, Options


def said(method, **options) -> list[str]:
    return list(map(str, Options(**options).problems(method)))


def test_defaults_suit_every_method_that_needs_nothing():
    for method in OF_HARMONISE:
        needed = {"longitudinal_combat": "subject", "linear_scale": "equations"}.get(method)
        wanted = [f'method: "{method}" needs the option {needed}'] if needed else []
        assert said(method) == wanted


def test_known_options_are_accepted():
    assert said("longitudinal_combat", subject="id", variance="msr", reference="A") == []
    assert said("combat_spline", spline=["age"], prior="nonparametric", fit_on={"a": "b"}) == []
    assert said("linear_scale", equations={"A": {}}) == []


@pytest.mark.parametrize(
    ("method", "options", "expected"),
    [
        ("combatt", {}, 'method: no method "combatt"; did you mean "combat"?'),
        ("combat", {"prior": "none"}, 'prior: no prior "none"; allowed: parametric, nonparametric'),
        ("combat", {"subject": "id"}, "it is of longitudinal_combat"),
        ("combat", {"variance": "msr"}, 'variance: means nothing to method "combat"'),
        ("combat", {"spline": ["age"]}, "it is of combat_spline"),
        ("combat", {"equations": {}}, "it is of linear_scale"),
        ("combat_no_eb", {"prior": "nonparametric"}, "it is of combat, location, combat_spline"),
        ("covbat", {"fit_on": {"a": "b"}}, 'fit_on: means nothing to method "covbat"'),
    ],
)
def test_what_means_nothing_is_refused(method, options, expected):
    (message,) = said(method, **options)
    assert expected in message


def test_several_mistakes_are_said_at_once():
    messages = said("linear_scale", reference="A", prior="nonparametric")
    assert [message.split(":")[0] for message in messages] == ["reference", "prior", "method"]
