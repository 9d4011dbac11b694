"""Makes scans.csv; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd

rng = np.random.default_rng(20)
people = [f"p{i:02d}" for i in (*range(70), *range(20))]
session = ["1"] * 70 + ["2"] * 20
of_person = {p: rng.integers(0, 4) for p in dict.fromkeys(people)}
batch = np.array([of_person[p] for p in people])
batch[80:86] = (batch[80:86] + 1) % 4  # scanned again elsewhere
level = {p: rng.normal(0, 0.15) for p in of_person}
age_of = {p: rng.uniform(20, 80) for p in of_person}
group_of = {p: int(rng.random() < 0.3 + 0.1 * of_person[p]) for p in of_person}
age = np.array([age_of[p] for p in people]).round(1)
group = np.array([group_of[p] for p in people])
table = pd.DataFrame({"participant_id": people, "session": session})
table["site"] = [f"s{b}" for b in batch]
table["age"] = age
table["group"] = np.where(group, "patient", "control")
shift, scale = np.array([0.2, -0.1, 0.0, 0.3]), np.array([1.0, 1.6, 0.8, 1.2])
for k in range(3):
    noise = scale[batch] * rng.normal(0, 0.1, 90)
    own = np.array([level[p] for p in people])
    y = 2 + 0.3 * k - 0.005 * age - 0.1 * group + (k + 1) / 2 * shift[batch] + own + noise
    table[f"r{k}"] = y.round(6)
table.loc[[3, 17, 40, 71], "r2"] = np.nan
table.to_csv(Path(__file__).parent / "scans.csv", index=False)
