"""``python -m multipet`` is the command ``multipet``."""

from multipet.run.command import run

run()
