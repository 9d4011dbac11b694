"""What a reader must know of a calibration."""

from multipet.calibration.draw_method import BOOTSTRAP, DrawMethod
from multipet.core.findings import Finding


def method_findings(harmonisation: str, comparison: str, method: DrawMethod) -> list[Finding]:
    """Say why residuals were drawn from a distribution instead of permuted."""
    if method.used != BOOTSTRAP or not method.reason:
        return []
    message = (
        f"on values harmonised by {harmonisation} p is from a parametric bootstrap and not from "
        f"permutations, as {method.reason}."
    )
    return [_finding("calibration_bootstrap", message, method.used, comparison)]


def failed_findings(
    harmonisation: str, comparison: str, region: str, failed: int, draws: int
) -> list[Finding]:
    """Say how many draws have no statistic."""
    if not failed:
        return []
    message = (
        f"of the data sets simulated to calibrate p on values harmonised by {harmonisation}, "
        f"{failed} of {draws} could not be harmonised and fitted; each counts as larger than what "
        "was found."
    )
    return [_finding("calibration_failed_draws", message, str(failed), comparison, region)]


def refused_finding(harmonisation: str, reason: str) -> Finding:
    """Say why a harmonisation that is shown beside the model's own has no answer."""
    message = f"The answer from values harmonised by {harmonisation} is not shown: {reason}"
    return _finding("calibration_refused", message, harmonisation)


def _finding(
    check: str, message: str, value: str, comparison: str = "", region: str = ""
) -> Finding:
    return Finding(
        stage="contrast",
        check=check,
        action="noted",
        message=message,
        region=region,
        comparison=comparison,
        value=value,
    )
