"""Speed of tables: reading and writing our own, and checking what sites deliver.

Prints a table of CPU seconds (user, one thread) and peak memory. Run it before and after a change,
``--code`` naming the ``scripts`` folder of each:

    python benchmarks/tables_speed.py
    python benchmarks/tables_speed.py --code ../before/scripts
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[1] / "scripts"
CONFIG = """
study: {{title: Speed, outcome: {{column: bp, scale: log}}}}
variables: {{age: {{kind: number}}, sex: {{kind: level, levels: [F, M]}}}}
sites: {{a: {{format: {format}, path: t.csv, columns: {{participant_id: ID}}{regions}}}}}
models: {{m: {{formula: age + sex, harmonisation: none}}}}
contrasts: {{age: {{model: m, slope: {{age: 10}}}}}}
"""
OWN = """
import sys, time
import numpy as np, pandas as pd
from multipet.core.columns import Column
from multipet.core.tables import read_table, write_table
n, draw = 300_000, np.random.default_rng(1)
frame = pd.DataFrame({
    "participant_id": [f"S{i // 30:05d}" for i in range(n)],
    "site": pd.Categorical([f"site{i % 7}" for i in range(n)]),
    "scanner": pd.Categorical([f"scanner{i % 9}" for i in range(n)]),
    "region": pd.Categorical([f"region{i % 30}" for i in range(n)]),
    "value": draw.lognormal(size=n),
    "age": np.repeat(draw.uniform(20, 80, n // 30).round(1), 30),
})
kinds = {"participant_id": "text", "value": "number", "age": "number"}
columns = [Column(name, name, kind=kinds.get(name, "level")) for name in frame]
start = time.process_time()
write_table("t.tsv", frame, columns)
middle = time.process_time()
read_table("t.tsv")
print(middle - start, time.process_time() - middle)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--code", type=Path, default=HERE, help="scripts folder to measure")
    code = parser.parse_args().code.resolve()
    print("| work | CPU s | MB |\n| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        written, read = run(code, folder, "-c", OWN)[2].split()
        print(f"| write_table of 300,000 rows | {float(written):.2f} | |")
        print(f"| read_table of 300,000 rows | {float(read):.2f} | |")
        for name, size in {
            "10,000 scans x 400 regions": lambda path: wide(path, 10_000, 400),
            "wide table of 100 MB (10,000 x 1,100)": lambda path: wide(path, 10_000, 1_100),
            "long table of 100 MB (2.4 million rows)": lambda path: long(path, 6_000, 400),
        }.items():
            size(Path(folder))
            seconds, memory, _ = run(code, folder, str(code / "check.py"), "config.yaml")
            print(f"| check of a {name} | {seconds:.1f} | {memory:.0f} |")


def run(code: Path, folder: str, *words: str) -> tuple[float, float, str]:
    """CPU seconds, peak memory in MB and output of a Python process."""
    env = {**os.environ, "PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *words]
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{words[0][:40]} failed")
    return usage.ru_utime, usage.ru_maxrss / 1024, output


def wide(folder: Path, scans: int, regions: int) -> None:
    """A study whose table has one row a scan."""
    config = CONFIG.format(format="wide_table", regions=", regions: {prefix: bp_}")
    (folder / "config.yaml").write_text(config)
    draw = random.Random(1)
    with (folder / "t.csv").open("w") as file:
        file.write("ID,age,sex,scanner," + ",".join(f"bp_{at}" for at in range(regions)) + "\n")
        for scan in range(scans):
            values = ",".join(f"{draw.lognormvariate(0, 0.3):.6f}" for _ in range(regions))
            file.write(f"{person(scan, draw)},{values}\n")


def long(folder: Path, scans: int, regions: int) -> None:
    """A study whose table has one row a scan and region."""
    (folder / "config.yaml").write_text(CONFIG.format(format="long_table", regions=""))
    draw = random.Random(2)
    with (folder / "t.csv").open("w") as file:
        file.write("ID,age,sex,scanner,region,bp\n")
        for scan in range(scans):
            head = person(scan, draw)
            for region in range(regions):
                file.write(f"{head},region_{region:03d},{draw.lognormvariate(0, 0.3):.6f}\n")


def person(scan: int, draw: random.Random) -> str:
    """Id, age, sex and scanner of a scan."""
    age, sex, scanner = draw.uniform(20, 80), draw.choice("FM"), draw.choice(["HRRT", "GE"])
    return f"S{scan:05d},{age:.1f},{sex},{scanner}"


if __name__ == "__main__":
    main()
