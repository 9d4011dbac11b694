"""The methods of harmonisation: what each is called, takes and estimates, and what may use it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from multipet.core.problems import Problem, did_you_mean, listed

if TYPE_CHECKING:
    import pandas as pd

PRIORS = ("parametric", "nonparametric")
VARIANCES = ("reml", "msr")
NEW_BATCHES = ("error", "estimate")


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method of harmonisation.

    Attributes
    ----------
    label
        What pages and the methods text call it.
    papers
        Keys of the papers to cite.
    options
        Options that mean something to it, beside batch and preserve.
    needs
        The option without which it cannot run; empty: none.
    estimates
        What it estimates from the data; nothing: values are changed by what is given, so that
        there is nothing to preserve and nothing to calibrate.
    removes_batches
        Whether differences between batches are taken out, so that nobody can test them after.
    export_only
        Whether its values are for other programs, and no model may use them.
    reads_parameters
        Whether it applies the parameters of an earlier run (``apply_parameters``).
    """

    label: str
    papers: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    needs: str = ""
    estimates: tuple[str, ...] = ()
    removes_batches: bool = True
    export_only: bool = False
    reads_parameters: bool = False

    @property
    def is_given(self) -> bool:
        """Whether it takes nothing from the data."""
        return not self.estimates


METHODS: dict[str, Method] = {
    "combat": Method(
        label="ComBat",
        papers=("johnson2007", "fortin2018"),
        options=("reference", "fit_on", "prior"),
        estimates=("shift", "scale", "prior"),
    ),
    "combat_no_eb": Method(
        label="ComBat without empirical Bayes",
        papers=("johnson2007", "fortin2018"),
        options=("reference", "fit_on"),
        estimates=("shift", "scale"),
    ),
    "location": Method(
        label="additive ComBat (shifts alone, shrunk by empirical Bayes)",
        papers=("johnson2007",),
        options=("reference", "fit_on", "prior"),
        estimates=("shift", "prior"),
    ),
    "combat_spline": Method(
        label="ComBat with natural cubic splines",
        papers=("johnson2007", "fortin2018", "pomponio2020"),
        options=("reference", "fit_on", "prior", "spline"),
        estimates=("shift", "scale", "prior"),
    ),
    "longitudinal_combat": Method(
        label="longitudinal ComBat",
        papers=("beer2020",),
        options=("reference", "subject", "variance"),
        needs="subject",
        estimates=("shift", "scale", "prior", "subjects"),
    ),
    "covbat": Method(
        label="CovBat (ComBat that also aligns covariances)",
        papers=("johnson2007", "fortin2018", "chen2022"),
        options=("reference", "prior"),
        estimates=("shift", "scale", "prior", "covariance"),
        export_only=True,
    ),
    "linear_scale": Method(
        label="linear equations given beforehand",
        options=("equations",),
        needs="equations",
        removes_batches=False,
    ),
    "saved": Method(
        label="the parameters of an earlier run",
        options=("parameters", "new_batches"),
        needs="parameters",
        reads_parameters=True,
    ),
}
#: Methods that take nothing from the data.
GIVEN = tuple(name for name, method in METHODS.items() if method.is_given)
#: Methods of ``harmonise``.
OF_HARMONISE = tuple(n for n, method in METHODS.items() if not method.reads_parameters)


def takers(option: str) -> list[str]:
    """Methods to which an option means something."""
    return [name for name, method in METHODS.items() if option in method.options]


def misplaced(method: str, given: Iterable[str]) -> Iterator[str]:
    """Options among ``given`` that mean nothing to ``method``."""
    return (name for name in given if takers(name) and name not in METHODS[method].options)


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``harmonise``, which says what they mean."""

    reference: str | None = None
    fit_on: "Mapping[str, str | Sequence[str]] | Sequence[bool] | pd.Series | None" = None
    prior: Literal["parametric", "nonparametric"] = "parametric"
    subject: str | None = None
    variance: Literal["reml", "msr"] = "reml"
    spline: Sequence[str] | None = None
    equations: Mapping[str, Mapping[str, Any]] | None = None
    tested: Sequence[str] = ()
    log: bool = False

    @classmethod
    def configured(cls, settings: Mapping[str, Any], **more: Any) -> "Options":
        """Options of the config's settings that the method knows; what is empty is not set."""
        known = METHODS[settings["method"]].options
        given = {name: settings.get(name) for name in known}
        if "subject" in known:
            given["subject"] = given["subject"] or "participant_id"
        return cls(**{name: value for name, value in given.items() if value}, **more)

    def problems(self, method: str) -> Iterator[Problem]:
        """Options that do not exist, or mean nothing to ``method``."""
        if method not in OF_HARMONISE:
            hint = did_you_mean(method, OF_HARMONISE)
            yield Problem("method", f'no method "{method}"', hint)
            return
        for name, allowed in (("prior", PRIORS), ("variance", VARIANCES)):
            value = getattr(self, name)
            if value not in allowed:
                yield Problem(name, f'no {name} "{value}"', did_you_mean(value, allowed))
        for name in misplaced(method, self._given()):
            message = f'means nothing to method "{method}"'
            yield Problem(name, message, f"take it out; it is of {listed(takers(name))}")
        needed = METHODS[method].needs
        if needed and getattr(self, needed) is None:
            yield Problem("method", f'"{method}" needs the option {needed}')

    def _given(self) -> Iterator[str]:
        """Options that are not at their default."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not (isinstance(value, str) and value == field.default):
                yield field.name
