"""Check a study's config and tables without running anything: check.py CONFIG.yaml [CONFIG.yaml]"""

from multipet.check import main
from multipet.step import run_step

if __name__ == "__main__":
    run_step(main)
