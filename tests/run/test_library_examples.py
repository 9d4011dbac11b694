"""The examples of what the library offers run and give what they print."""

import doctest

import pytest

import multipet


@pytest.mark.parametrize("name", multipet.__all__)
def test_examples(name):
    function = getattr(multipet, name)
    (example,) = doctest.DocTestFinder(recurse=False).find(function, name, globs={name: function})
    assert len(example.examples) > 2
    assert doctest.DocTestRunner().run(example).failed == 0
