"""Where the parts of the checkout are that tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "scripts"
PACKAGE = SCRIPTS / "multipet"
REFERENCE = Path(__file__).parent / "reference"
