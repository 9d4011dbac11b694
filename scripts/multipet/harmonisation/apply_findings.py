"""What a reader must know of scans harmonised with saved parameters."""

from collections.abc import Iterator

import numpy as np

from multipet.findings import Finding
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.harmonisation_findings import Notes, of_region
from multipet.harmonisation.usable_scans import UsableScans


def lost_findings(harmonised: Array, scans: UsableScans, notes: Notes) -> Iterator[Finding]:
    """Cells with a value that the parameters cannot harmonise, by batch and region.

    Parameters
    ----------
    harmonised
        Of ``scans``, (scan, region).
    """
    lost = ~np.isnan(scans.values) & np.isnan(harmonised)
    for code in np.flatnonzero(np.bincount(scans.batches.codes[lost.any(axis=1)])):
        rows = scans.batches.codes == code
        for region in np.flatnonzero(lost[rows].any(axis=0)):
            name, label = scans.regions[region], scans.batches.labels[code]
            message = f'the parameters have no shift of region "{name}" in batch "{label}": missing'
            n = int(lost[rows, region].sum())
            fields = {"action": "missing", "region": name, "value": str(n)}
            yield notes.of_batch(int(code), "region_not_in_parameters", message, **fields)


def level_findings(method: str) -> Iterator[Finding]:
    """That subjects' levels are of the scans given, where ``method`` has them."""
    if method == "longitudinal_combat":
        message = (
            "the subjects' levels are predicted from the scans given here: as in the first run "
            "where all scans of a subject are, otherwise nearer the mean"
        )
        yield of_region("subject_level_predicted", message)
