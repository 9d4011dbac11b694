"""P-values on harmonised values that hold their level."""

from multipet.calibration.calibrate import Calibration, calibrate
from multipet.calibration.calibration_table import CALIBRATION, apply_to
from multipet.calibration.draws import CalibrationSettings

__all__ = ["CALIBRATION", "Calibration", "CalibrationSettings", "apply_to", "calibrate"]
