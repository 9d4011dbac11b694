"""Share of p < 0.05 where nothing differs, with the residual variance by scanner.

1,000 simulated studies a row, in ten designs of 100 outcomes each. Run from the checkout:
PYTHONPATH=scripts python tests/reference/residual_by_scanner/type_one_error.py
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from multipet.inference import estimate
from multipet.mixed_model import fit_regions

CONTRAST = {"group[b]": 1}
OUTCOMES = [f"y{k}" for k in range(100)]


def study(
    rng: np.random.Generator, sizes: Sequence[int], noise: Sequence[float], kind: str
) -> pd.DataFrame:
    """One design: a scanner a site, ``sizes`` scans each; ``kind`` within, repeated or between."""
    scanner = np.repeat(np.arange(len(sizes)), sizes)
    people = -(-2 * max(sizes) // 3) if kind == "repeated" else max(sizes)
    place = np.concatenate([np.arange(n) for n in sizes])
    person = scanner * people + place % people
    share = np.where(np.arange(len(sizes)) % 2, 0.6, 0.4)
    group = rng.random(person.max() + 1)[person] < share[scanner]
    group = scanner % 2 == 1 if kind == "between" else group
    site = rng.normal(0, 0.2, (len(sizes), len(OUTCOMES)))[scanner]
    subject = rng.normal(0, 0.25 * (kind == "repeated"), (person.max() + 1, len(OUTCOMES)))[person]
    error = rng.normal(0, 0.3, site.shape) * np.asarray(noise)[scanner, None]
    table = pd.DataFrame(site + subject + error, columns=OUTCOMES)
    return table.assign(
        site=scanner.astype(str),
        subject=person.astype(str),
        group=np.where(group, "b", "a"),
        age=rng.normal(50, 15, len(scanner)),
    )


def row(
    seed: int, formula: str, sizes: Sequence[int], noise: Sequence[float], kind: str = "within"
) -> str:
    """Percentages by Kenward-Roger and Satterthwaite, and by Kenward-Roger with one variance."""
    rng = np.random.default_rng(seed)
    p_values = []
    for _ in range(10):
        table = study(rng, sizes, noise, kind)
        for fit in fit_regions(formula, table, OUTCOMES, residual_by="site"):
            methods = ("kenward-roger", "satterthwaite")
            p_values.append([estimate(fit, CONTRAST, method).p_value for method in methods])
        for k, fit in enumerate(fit_regions(formula, table, OUTCOMES), len(p_values) - 100):
            p_values[k].append(estimate(fit, CONTRAST).p_value)
    shares = 100 * (np.array(p_values) < 0.05).mean(axis=0)
    cells, shown = " | ".join(f"{share:.1f}" for share in shares), formula.replace("|", "\\|")
    return f"| {kind}, {min(sizes)}-{max(sizes)} scans | {len(sizes)} | `{shown}` | {cells} |"


if __name__ == "__main__":
    print("| contrast | scanners | model | Kenward-Roger | Satterthwaite | one variance, KR |")
    print("|---|---|---|---|---|---|")
    for n in (6, 8, 10, 15, 20, 40):
        print(row(n, "group + (1 | site)", [n] * 5, [1, 3, 1, 2, 1]))
    print(row(1, "group + age + site", [15, 25, 40, 20], [1, 2, 0.5, 4]))
    print(row(2, "group + age + site + (1 | subject)", [20, 30, 24], [1, 3, 0.6], "repeated"))
    sizes, noise = [10, 20, 15, 10, 25, 12, 10, 15], [1, 3, 2, 1, 1, 4, 2, 1]
    print(row(3, "group + (1 | site)", sizes, noise, "between"))
    print(row(4, "group + (1 | site)", sizes[:4], noise[:4], "between"))
