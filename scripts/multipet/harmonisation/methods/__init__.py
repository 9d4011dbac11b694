"""The methods of harmonisation by name: how each does what ``config.methods`` says of it."""

from multipet.harmonisation.methods.combat import COMBAT, COMBAT_NO_EB, COMBAT_SPLINE, LOCATION
from multipet.harmonisation.methods.covbat import COVBAT
from multipet.harmonisation.methods.linear_scale import LINEAR_SCALE, GivenMethod
from multipet.harmonisation.methods.longitudinal_combat import LONGITUDINAL_COMBAT
from multipet.harmonisation.methods.method import BatchMethod

IMPLEMENTED: dict[str, BatchMethod | GivenMethod] = {
    method.name: method
    for method in (
        COMBAT,
        COMBAT_NO_EB,
        LOCATION,
        COMBAT_SPLINE,
        LONGITUDINAL_COMBAT,
        COVBAT,
        LINEAR_SCALE,
    )
}


def batch_method(name: str) -> BatchMethod:
    """The method that estimates batch effects under this name."""
    method = IMPLEMENTED[name]
    if isinstance(method, BatchMethod):
        return method
    raise ValueError(f"{name} estimates no batch effects")
