"""Check a study's config and tables without running anything: check.py CONFIG.yaml [CONFIG.yaml]"""

from multipet.run.check import main
from multipet.run.step import run_command

if __name__ == "__main__":
    run_command(main)
