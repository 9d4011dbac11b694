"""Real specs of jobs, from a small config, for tests of what reads them."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from study import config, write_study

from multipet.config.delivered import Variable
from multipet.config.jobs import specs
from multipet.config.loading import load_config
from multipet.config.part import Part, typed
from multipet.config.schema import load_schema, with_defaults
from multipet.config.specs import UsedHarmonisation, write_spec
from multipet.config.study import Study, study_of


def study_with(**changes: Any) -> Study:
    """The tiny study of ``study.py``; ``changes`` as for ``study.config``."""
    with TemporaryDirectory() as folder:
        return _loaded(Path(folder), changes)


def specs_of(**changes: Any) -> dict[tuple[str, str], Any]:
    """Every spec of the tiny study by rule and id; ``changes`` as for ``study.config``."""
    with TemporaryDirectory() as folder:
        return specs(_loaded(Path(folder), changes))


def spec_of(rule: str, name: str = "", **changes: Any) -> Any:
    """The spec of one job, by default the first of its rule."""
    jobs = specs_of(**changes)
    return jobs[rule, name or next(id for kind, id in jobs if kind == rule)]


def changed(spec: Part, **fields: Any) -> Any:
    """A spec with other values in some of its fields; ``contrast__title`` for those within."""
    for path, value in fields.items():
        field, _, rest = path.partition("__")
        if rest:
            value = changed(getattr(spec, field), **{rest: value})
        spec = msgspec.structs.replace(spec, **{field: value})
    return spec


def written(path: Path, spec: Part) -> Path:
    """A spec's file, as a step reads it."""
    write_spec(path, spec, "0" * 16)
    return path


def _loaded(folder: Path, changes: dict[str, Any]) -> Study:
    return study_of(load_config([write_study(folder, config(**changes), people=3)]).values)


def harmonisation_with(tested: Sequence[str] = (), **settings: Any) -> UsedHarmonisation:
    """Settings of a harmonisation with every default; ``preserve`` is nothing where not given."""
    schema = load_schema()["properties"]["harmonisation"]["additionalProperties"]
    full = with_defaults({"preserve": "1", **settings}, schema)
    return typed(UsedHarmonisation, {**full, "tested": tested})


def variable_with(**settings: Any) -> Variable:
    """A variable with every default, with levels where no kind is given."""
    schema = load_schema()["properties"]["variables"]["additionalProperties"]
    return typed(Variable, with_defaults({"kind": "level", **settings}, schema))
