"""A fingerprint of the code that a step runs: it changes when the code does, not its comments."""

import ast
import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from multipet import __version__

PACKAGE = Path(__file__).parents[1]
TEMPLATES = (".j2", ".css", ".js", ".bib", ".toml")

#: Libraries whose version numbers or figures may depend on.
LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels", "nibabel", "matplotlib")


def fingerprint(script: Path) -> str:
    """Hash the code of a step and of every package module that it imports, however deep.

    Comments, docstrings and layout do not count; templates of a package folder do, and so
    do modules that are imported inside a function, multipet's version, and those of the
    libraries that numbers and figures come from, as far as the step imports them.

    Parameters
    ----------
    script
        The step script, ``scripts/<step>.py``.

    Returns
    -------
    str
        16 hex digits.
    """
    seen: dict[str, str] = {}
    queue = [script]
    while queue:
        path = queue.pop()
        name = str(path.relative_to(PACKAGE.parent))
        if name not in seen:
            seen[name] = _hash(path)
            queue += _imported(path)
            seen |= {name: _version(name) for name in _libraries(path)}
    lines = [f"multipet {__version__}", *(f"{name} {seen[name]}" for name in sorted(seen))]
    text = "\n".join(lines)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _hash(path: Path) -> str:
    if path.suffix != ".py":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return hashlib.sha256(ast.dump(_without_docstrings(_tree(path))).encode()).hexdigest()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _imported(path: Path) -> list[Path]:
    ours = [name for name in sorted(_names(path)) if name.split(".")[0] == PACKAGE.name]
    return [file for name in ours for part in _with_parents(name) for file in _files(part)]


@cache
def _libraries(path: Path) -> frozenset[str]:
    return frozenset(name.split(".")[0] for name in _names(path)) & frozenset(LIBRARIES)


@cache
def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "absent"


@cache
def _names(path: Path) -> frozenset[str]:
    """Modules that a file imports, and what it may import from them."""
    if path.suffix != ".py":
        return frozenset()
    names: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def _with_parents(module: str) -> list[str]:
    """A module and the packages that importing it runs."""
    words = module.split(".")
    return [".".join(words[:length]) for length in range(1, len(words) + 1)]


@cache
def _files(module: str) -> list[Path]:
    """Files of a module: a package's templates too, except at the library's root."""
    path = PACKAGE.parent.joinpath(*module.split("."))
    if path.with_suffix(".py").is_file():
        return [path.with_suffix(".py")]
    if path == PACKAGE:
        return [path / "__init__.py"]
    if (path / "__init__.py").is_file():
        templates = [file for file in sorted(path.rglob("*")) if file.suffix in TEMPLATES]
        return [path / "__init__.py", *templates]
    return []


def _without_docstrings(tree: ast.Module) -> ast.Module:
    """Blank every docstring; the tree is only hashed, so it may be changed in place."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None:
            node.body[0].value.value = ""
    return tree
