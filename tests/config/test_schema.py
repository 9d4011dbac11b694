"""The schema is closed everywhere, says what each key means, and fills in defaults."""

from jsonschema import Draft202012Validator

from multipet.config.checks.contrasts import CHECKS
from multipet.config.config_file import ConfigFile
from multipet.config.kinds import KINDS
from multipet.config.schema import load_schema, resolved, schema_problems, with_defaults


def objects(schema, path=""):
    schema = resolved(schema)
    if "properties" in schema:
        yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from objects(part, f"{path}.{name}")
    for part in (schema.get("additionalProperties"), schema.get("items")):
        if isinstance(part, dict):
            yield from objects(part, f"{path}.*")


def test_schema_is_valid():
    Draft202012Validator.check_schema(load_schema())


def test_every_object_is_closed_and_every_key_described():
    found = list(objects(load_schema()))
    assert len(found) > 15
    for path, schema in found:
        assert schema["additionalProperties"] is False, path
        for name, part in schema["properties"].items():
            assert resolved(part).get("description"), f"{path}.{name}"


def test_a_kind_of_contrast_has_its_key_in_the_schema_and_its_check():
    contrast = load_schema()["properties"]["contrasts"]["additionalProperties"]
    assert set(CHECKS) == set(KINDS)
    assert set(KINDS) <= set(contrast["properties"])


def test_defaults_are_valid_themselves():
    def check(schema):
        schema = resolved(schema)
        for part in schema.get("properties", {}).values():
            if "default" in part:
                whole = {**resolved(part), "$defs": load_schema()["$defs"]}
                assert list(Draft202012Validator(whole).iter_errors(part["default"])) == []
            check(part)

    check(load_schema())


def test_examples_are_valid():
    found = 0

    def check(schema):
        nonlocal found
        schema = resolved(schema)
        for example in schema.get("examples", ()):
            whole = {**schema, "$defs": load_schema()["$defs"]}
            assert list(Draft202012Validator(whole).iter_errors(example)) == []
            found += 1
        for part in (*schema.get("properties", {}).values(), schema.get("additionalProperties")):
            if isinstance(part, dict):
                check(part)

    check(load_schema())
    assert found > 8


def test_defaults_are_copies():
    one, two = with_defaults({"sites": {"a": {}}}), with_defaults({"sites": {"a": {}}})
    one["sites"]["a"]["missing"].append("x")
    assert "x" not in two["sites"]["a"]["missing"]


def test_missing_sections_are_told_with_their_meaning():
    problems = [str(p) for p in schema_problems(ConfigFile({}))]
    assert any('key "sites" is missing; One entry a site' in line for line in problems)
