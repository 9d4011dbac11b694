"""Exit with one line where this Python cannot make the virtual environment."""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        f"multipet needs Python 3.11, 3.12 or 3.13; {sys.executable} is {sys.version.split()[0]}. "
        "Name another, as in: make demo PYTHON=python3.12"
    )
try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    sys.exit(f"{sys.executable} has no venv module; on Debian or Ubuntu: apt install python3-venv")
