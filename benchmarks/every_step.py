"""Random small studies through every step, in both orders of their sites. See README.md.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python benchmarks/every_step.py
"""

import argparse
import sys
import traceback
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"


def main() -> None:
    """Print the studies that fail, or differ with the order of their sites."""
    sys.path[:0] = [str(TESTS), str(TESTS / "analysis")]
    from random_studies import random_studies
    from test_every_step import SEED, all_steps, unlike

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=500)
    n, same = parser.parse_args().studies, 0
    for k, study in enumerate(random_studies(SEED, n)):
        try:
            different = unlike(all_steps(study), all_steps(study.with_sites_reversed()))
        except Exception:  # every failure is what is looked for
            print(f"study {k}: {traceback.format_exc(limit=-3)}", flush=True)
            continue
        same += not different
        if different:
            print(f"study {k}: {', '.join(different)} differ with the order of sites", flush=True)
    print(f"{same} of {n} studies are answered alike in both orders")


if __name__ == "__main__":
    main()
