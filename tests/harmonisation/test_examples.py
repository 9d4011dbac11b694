"""The examples of the public functions run and give what they print."""

import doctest

import pytest

from multipet.harmonisation import apply_parameters, harmonise


@pytest.mark.parametrize("function", [harmonise, apply_parameters])
def test_examples(function):
    tests = doctest.DocTestFinder(recurse=False).find(
        function, function.__name__, globs={function.__name__: function}
    )
    (example,) = tests
    assert len(example.examples) > 3
    assert doctest.DocTestRunner().run(example).failed == 0
