"""Studies with something wrong, strange or hostile in config or tables, made from a seed."""

import copy
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import yaml
from study import config, table_text

SITES = ("turku", "aarhus")
#: The tiny study with most kinds of keys in it.
BASE = config(
    inference={"profile_intervals": False},
    variables__age__label="Age",
    variables__group__labels={"patient": "Patients"},
    regions={"keep": [], "labels": {"caudate": "Caudate nucleus"}},
    sites__turku__constants={},
    sites__turku__label="Turku",
    sites__aarhus__values={"group": {"kontrol": "control"}},
    harmonisation={"combat": {"method": "combat", "batch": "site"}},
    models__harmonised={"formula": "age + group", "harmonisation": "combat"},
    contrasts__after={"model": "harmonised", "slope": {"age": 10}},
    contrasts__at_a_level={
        "model": "main",
        "combination": [
            {"weight": 1, "at": {"group": "patient", "sex": "F"}},
            {"weight": -1, "at": {"group": "control", "sex": "F"}},
        ],
    },
)
NAMES = (
    *("../../escape", "a/b", "..", ".", "/tmp/escape", "C:\\escape", "a'b", 'a"b', "a`b", "a|b"),
    *("$(touch escape)", "a;touch escape", "a\nb", "a\r\nb", "a\tb", "{x}", "{wildcards.site}"),
    *("{{", "%s%n", "%", "x" * 300, "😀👩‍🔬", "e\u0301", "\u202egnp.exe", "\u200fאב", "\ufeffa"),
    *("<script>alert(1)</script>", "&lt;", "</title>", "$\\frac$", "$x^{", "\\", "#", "a: b"),
    *("=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "+1+cmd", "__import__('os').system('touch escape')"),
    *(
        "NA",
        "n/a",
        "nan",
        "None",
        "null",
        "true",
        "007",
        "-",
        "",
        " ",
        "\u00a0",
        "\x1b[31m",
        "\x00",
    ),
    *("site", "scanner", "region", "value", "participant_id", "(", "[a-", "a*b", "(1 | age)"),
)
NUMBERS = (
    "inf",
    "-inf",
    "1e999",
    "1e-320",
    "0",
    "-1",
    "1_000",
    "0x10",
    "１２",
    "1,5",
    "1 000",
    "٣",
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 10**400, 1.5, float("inf"), float("nan"), 1e308, "", [], {}),
    *([None], [[]], {"a": {}}, ["a", "a"], {"": ""}, "age", "log", "none", "random", "combat"),
)
FORMULAS = (
    *("", "1", "0", "-1", "age", "age +", "age ++ sex", "age ~ sex", "age * sex * group", "I(age)"),
    *(
        "poly(age, 2)",
        "age^2",
        "age^99",
        "(1 | site)",
        "(1 | participant_id)",
        "(age | participant_id",
    ),
    *("(1 + age || participant_id)", "log(age)", "exp(exp(exp(age)))", "age / 0"),
    *("age:sex:group",),
    *("__import__('os').system('touch escape')", "age; import os", "{age}", "age + " * 300 + "age"),
    *("(" * 3000 + "age" + ")" * 3000, "-" * 3000 + "age", "age " * 500, "😀", "age\x00", "`age`"),
)
TEXTS = (
    *(
        "!!python/object/apply:os.system ['touch escape']",
        "*a",
        "&a [*a]",
        "<<: {a: 1}",
        "\t",
        "\x00",
    ),
    *(
        "---",
        "...",
        "? ",
        ": ",
        "- ",
        "{",
        "[",
        '"',
        "'",
        "|\n",
        ">\n",
        "%YAML 9",
        "#",
        "!!binary x",
    ),
    *("&a [x,x,x,x]", "\u2028", "\x85", "2024-01-01", "0o17", "1e", "~", "@", "`"),
)


@dataclass(frozen=True)
class Mutant:
    """A study to be checked: bytes of its files, and what was done to it."""

    told: str
    config: bytes
    tables: dict[str, bytes]

    def write(self, folder: Path) -> Path:
        """Write the study; returns the config's path."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.tables.items():
            (folder / name).write_bytes(data)
        (folder / "study.yaml").write_bytes(self.config)
        return folder / "study.yaml"


@dataclass
class Study:
    """A study while it is changed."""

    values: dict[str, Any]
    rows: dict[str, list[list[str]]]

    def mutant(self, told: str) -> Mutant:
        text = yaml.safe_dump(self.values, sort_keys=False, allow_unicode=True)
        tables = {f"{name}.csv": as_csv(rows) for name, rows in self.rows.items()}
        return Mutant(told, text.encode(), tables)


def base() -> Study:
    rows = {
        name: [line.split(",") for line in table_text(name, seed, people=6).splitlines()]
        for seed, name in enumerate(SITES)
    }
    return Study(copy.deepcopy(BASE), rows)


def as_csv(rows: list[list[str]]) -> bytes:
    import csv

    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def paths(value: Any, above: tuple = ()) -> list[tuple]:
    """Keys of everything in a config."""
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    return [path for key, item in items for path in [(*above, key), *paths(item, (*above, key))]]


def holder(values: Any, path: tuple) -> Any:
    for key in path[:-1]:
        values = values[key]
    return values


def change_value(study: Study, dice: random.Random) -> Mutant:
    path = dice.choice(paths(study.values))
    new = copy.deepcopy(dice.choice([*VALUES, *NAMES, *FORMULAS]))
    holder(study.values, path)[path[-1]] = new
    return study.mutant(f"{path} = {new!r:.80}")


def change_key(study: Study, dice: random.Random) -> Mutant:
    path = dice.choice([path for path in paths(study.values) if isinstance(path[-1], str)])
    new = dice.choice(NAMES)
    own = holder(study.values, path)
    own[new] = own.pop(path[-1])
    return study.mutant(f"key {path} -> {new!r:.80}")


def drop_value(study: Study, dice: random.Random) -> Mutant:
    path = dice.choice(paths(study.values))
    del holder(study.values, path)[path[-1]]
    return study.mutant(f"without {path}")


def swap_values(study: Study, dice: random.Random) -> Mutant:
    one, other = (dice.choice(paths(study.values)) for _ in range(2))
    new = copy.deepcopy(holder(study.values, other)[other[-1]])
    holder(study.values, one)[one[-1]] = new
    return study.mutant(f"{one} = that of {other}")


def change_formula(study: Study, dice: random.Random) -> Mutant:
    formula = dice.choice([*FORMULAS, *NAMES])
    study.values["models"]["main"]["formula"] = formula
    return study.mutant(f"formula {formula!r:.80}")


def change_text(study: Study, dice: random.Random) -> Mutant:
    mutant = study.mutant("")
    data, at = bytearray(mutant.config), dice.randrange(len(mutant.config))
    new = dice.choice([text.encode() for text in TEXTS])
    data[at : at + dice.choice([0, 0, 1, 30])] = new
    return Mutant(f"config: {new!r:.80} at byte {at}", bytes(data), mutant.tables)


def change_bytes(study: Study, dice: random.Random) -> Mutant:
    """Bytes of a file flipped, cut out or cut off."""
    mutant = study.mutant("")
    files = {"study.yaml": mutant.config, **mutant.tables}
    name = dice.choice(sorted(files))
    data = bytearray(files[name])
    for _ in range(dice.choice([1, 1, 5, 50])):
        data[dice.randrange(len(data))] = dice.randrange(256)
    if dice.random() < 0.3:
        data = data[: dice.randrange(len(data))]
    files[name] = bytes(data)
    return Mutant(f"{name}: {len(data)} bytes, some changed", files.pop("study.yaml"), files)


def change_cell(study: Study, dice: random.Random) -> Mutant:
    name = dice.choice(SITES)
    rows = study.rows[name]
    row, column = dice.randrange(len(rows)), dice.randrange(len(rows[0]))
    new = dice.choice([*NAMES, *NUMBERS])
    rows[row][column] = new
    return study.mutant(f"{name} row {row + 1}, column {column + 1}: {new!r:.80}")


def change_column(study: Study, dice: random.Random) -> Mutant:
    """A name everywhere in a column, as a scanner, a level or a region's header."""
    name = dice.choice(SITES)
    rows = study.rows[name]
    column, new = dice.randrange(len(rows[0])), dice.choice([*NAMES, *NUMBERS])
    if dice.random() < 0.4:
        rows[0][column] = rows[0][column][:3] + new
    else:
        for row in rows[1:]:
            row[column] = new
    return study.mutant(f"{name} column {column + 1}: {new!r:.80}")


def change_shape(study: Study, dice: random.Random) -> Mutant:
    """Rows and columns dropped, doubled, shuffled, turned or multiplied."""
    name = dice.choice(SITES)
    rows = study.rows[name]
    at = dice.randrange(len(rows))
    column = dice.randrange(len(rows[0]))
    changes: dict[str, Callable[[], Any]] = {
        "row dropped": lambda: rows.pop(at),
        "row doubled": lambda: rows.insert(at, list(rows[at])),
        "rows dropped": lambda: rows.__delitem__(slice(at, None)),
        "columns dropped": lambda: [row.__delitem__(column) for row in rows],
        "column doubled": lambda: [row.insert(0, row[column]) for row in rows],
        "turned": lambda: rows.__setitem__(slice(None), map(list, zip(*rows, strict=True))),
        "short row": lambda: rows[at].__delitem__(slice(column, None)),
        "long row": lambda: rows[at].extend(["1"] * 300),
        "shuffled": lambda: dice.shuffle(rows),
        "values times": lambda: [
            row.__setitem__(-1, str(float(row[-1]) * dice.choice([0, -1, 1e300, 1e-300])))
            for row in rows[1:]
        ],
    }
    told = dice.choice(sorted(changes))
    changes[told]()
    return study.mutant(f"{name}: {told} at {at}, {column}")


def as_workbook(study: Study, dice: random.Random) -> Mutant:
    """A table as Excel, with names and formulas in its cells."""
    name = dice.choice(SITES)
    book = openpyxl.Workbook()
    for row in study.rows[name]:
        book.active.append([_cell(text) for text in row])
    new = dice.choice([text for text in NAMES if "\x00" not in text and "\x1b" not in text])
    row, column = dice.randint(1, 6), dice.randint(1, 6)
    book.active.cell(row, column).value = new
    if dice.random() < 0.2:
        book.active.merge_cells("A2:B3")
    buffer = io.BytesIO()
    book.save(buffer)
    study.values["sites"][name]["path"] = f"{name}.xlsx"
    mutant = study.mutant(f"{name}.xlsx row {row}, column {column}: {new!r:.80}")
    return Mutant(mutant.told, mutant.config, {**mutant.tables, f"{name}.xlsx": buffer.getvalue()})


def _cell(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def alias_bomb(study: Study, dice: random.Random) -> Mutant:
    """Aliases of aliases: a few lines that stand for billions."""
    mutant, depth = study.mutant("an alias bomb"), dice.randint(5, 30)
    lines = ["bomb0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"bomb{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, depth)]
    return Mutant(mutant.told, mutant.config + "\n".join(lines).encode(), mutant.tables)


def deep_config(study: Study, dice: random.Random) -> Mutant:
    mutant, depth = study.mutant("a deep config"), dice.choice([50, 500, 5000])
    return Mutant(
        mutant.told, mutant.config + b"deep: " + b"[" * depth + b"]" * depth, mutant.tables
    )


MUTATORS: tuple[Callable[[Study, random.Random], Mutant], ...] = (
    *(change_value, change_value, change_key, drop_value, swap_values, change_formula, change_text),
    *(change_bytes, change_cell, change_cell, change_column, change_column, change_shape),
    *(as_workbook,),
)
#: Once in a while is enough.
RARE = (alias_bomb, deep_config)


def mutants(count: int, seed: int) -> list[Callable[[], Mutant]]:
    """``count`` recipes, each the same for the same seed."""

    def recipe(number: int) -> Callable[[], Mutant]:
        dice = random.Random(f"{seed} {number}")
        one = RARE[number // 50 % len(RARE)] if number % 50 == 49 else dice.choice(MUTATORS)
        return lambda: one(base(), dice)

    return [recipe(number) for number in range(count)]
