"""Methods of harmonisation, and the options that each of them knows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from multipet.core.problems import Problem, did_you_mean, listed

#: Options that mean something to each method, beside ``tested`` and ``log``.
METHODS: dict[str, tuple[str, ...]] = {
    "combat": ("reference", "fit_on", "prior"),
    "combat_no_eb": ("reference", "fit_on"),
    "location": ("reference", "fit_on", "prior"),
    "combat_spline": ("reference", "fit_on", "prior", "spline"),
    "longitudinal_combat": ("reference", "subject", "variance"),
    "covbat": ("reference", "prior"),
    "linear_scale": ("equations",),
}
NEEDED = {"longitudinal_combat": "subject", "linear_scale": "equations"}
PRIORS = ("parametric", "nonparametric")
VARIANCES = ("reml", "msr")


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``harmonise``, which says what they mean."""

    reference: str | None = None
    fit_on: "Mapping[str, str | Sequence[str]] | Sequence[bool] | pd.Series | None" = None
    prior: str = "parametric"
    subject: str | None = None
    variance: str = "reml"
    spline: Sequence[str] | None = None
    equations: Mapping[str, Mapping[str, Any]] | None = None
    tested: Sequence[str] = ()
    log: bool = False

    def problems(self, method: str) -> Iterator[Problem]:
        """Options that do not exist, or mean nothing to ``method``."""
        if method not in METHODS:
            yield Problem("method", f'no method "{method}"', did_you_mean(method, METHODS))
            return
        for name, allowed in (("prior", PRIORS), ("variance", VARIANCES)):
            value = getattr(self, name)
            if value not in allowed:
                yield Problem(name, f'no {name} "{value}"', did_you_mean(value, allowed))
        for field in fields(self):
            owners = [m for m, known in METHODS.items() if field.name in known]
            value = getattr(self, field.name)
            is_set = value is not None and not (isinstance(value, str) and value == field.default)
            if owners and is_set and method not in owners:
                message = f'means nothing to method "{method}"'
                yield Problem(field.name, message, f"take it out; it is of {listed(owners)}")
        needed = NEEDED.get(method)
        if needed and getattr(self, needed) is None:
            yield Problem("method", f'"{method}" needs the option {needed}')
