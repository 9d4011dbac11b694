"""What a reader must know of values with aligned covariances."""

from collections.abc import Iterator

from multipet.findings import Finding
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.covbat import complete_part
from multipet.harmonisation.harmonisation_findings import of_region


def covbat_findings(values: Array) -> Iterator[Finding]:
    """Incomplete scans, and too few complete ones; ``values`` of the usable scans."""
    used, complete = complete_part(values)
    lacking, known, regions = int((~complete).sum()), int(complete.sum()), int(used.sum())
    if lacking:
        message = (
            f"{lacking} of {len(values)} scans lack a region: the components come from the other "
            f"{known}, and the missing cells, which stay missing, count in their scan's scores as "
            "expected from its other regions"
        )
        yield of_region("covariance_of_complete_scans", message, value=str(lacking))
    if known <= regions:
        message = (
            f"{known} complete scans for {regions} regions: the components are known badly, and "
            "the covariance is aligned in part"
        )
        yield of_region("few_scans_for_covariance", message, value=str(known))
