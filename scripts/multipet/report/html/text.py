"""Numbers, names and sentences as the report prints them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from multipet.config.page_specs import IndexSpec, ReportHarmonisationSpec, ReportSpec
from multipet.core.symbols import is_symbol
from multipet.ingest.scan_notes import NO_SCANNER

Labelled = ReportSpec | IndexSpec | ReportHarmonisationSpec  # specs of pages, which hold labels
MISSING = "n/a"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALLEST_P = 0.001  # below it, p-values are printed as ``< .001``
MOST_DIGITS = 17  # of a p-value
SMALLEST_PLAIN = 1e-4  # below it, powers of ten read better than zeros


def is_missing(value: float | None) -> bool:
    """Whether ``value`` is no number: ``None``, NaN or infinite."""
    return value is None or not math.isfinite(value)


def number(value: float | None, digits: int = 3) -> str:
    """Return ``value`` with ``digits`` significant digits; whole digits are never rounded away.

    Examples
    --------
    >>> number(-0.051234), number(12345.6), number(2.4e-7)
    ('−0.0512', '12346', '2.40 × 10⁻⁷')
    """
    if value is None or is_missing(value):
        return MISSING
    rounded = float(f"{value:.{digits - 1}e}")
    if rounded == 0:
        return "0"
    exponent = math.floor(math.log10(abs(rounded)))
    if abs(rounded) < SMALLEST_PLAIN:
        mantissa = f"{value:.{digits - 1}e}".partition("e")[0]
        return f"{mantissa} × 10{str(exponent).translate(SUPERSCRIPTS)}".replace("-", "−")
    return f"{value:.{max(digits - 1 - exponent, 0)}f}".replace("-", "−")


def signed(value: float | None, digits: int = 3) -> str:
    """Return ``number(value)`` with a plus sign where it is positive."""
    text = number(value, digits)
    return f"+{text}" if value is not None and value > 0 and text not in ("0", MISSING) else text


def p_value(value: float | None, alpha: float = 0.05) -> str:
    """Return a p-value without its leading zero: ``.034``, ``< .001``, ``> .999``.

    More than three digits are given where fewer would put it on the other side of ``alpha``.
    """
    if value is None or is_missing(value):
        return MISSING
    smallest = min(SMALLEST_P, alpha)
    if value < smallest:
        return f"< {threshold(smallest)}"
    if value > 0.999:
        return "> .999"
    texts = (f"{value:.{digits}f}" for digits in range(3, MOST_DIGITS))
    faithful = (text for text in texts if (float(text) < alpha) == (value < alpha))
    return next(faithful, repr(float(value))).removeprefix("0")


def p_equals(value: float | None, name: str = "p", alpha: float = 0.05) -> str:
    """Return a p-value as a clause of a sentence: ``p = .034``, ``adjusted p < .001``."""
    text = p_value(value, alpha)
    sign = "" if text[0] in "<>" else "= "
    return f"{name} {sign}{text}".replace(" ", "\N{NO-BREAK SPACE}")


def percent(share: float | None, digits: int = 2) -> str:
    """Return a share (0 to 1) in percent: ``5 %``, ``9.2 %``."""
    if share is None or is_missing(share):
        return MISSING
    text = number(100 * share, digits)
    whole = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{whole}\N{NO-BREAK SPACE}%"


def threshold(level: float) -> str:
    """Return a configured level as it is, without its leading zero: ``.05``, ``.025``."""
    return _exact(Decimal(str(level))).removeprefix("0")


def level_percent(level: float) -> str:
    """Return a configured level in percent, never rounded: ``95 %``, ``97.5 %``."""
    return f"{_exact(100 * Decimal(str(level)))}\N{NO-BREAK SPACE}%"


def count(n: int | float, one: str, many: str = "") -> str:
    """Return ``n`` with its noun: ``1 region``, ``4 regions``, ``3 people``."""
    return f"{int(n)} {one if int(n) == 1 else many or one + 's'}"


def some(words: list[str] | tuple[str, ...], most: int = 3) -> str:
    """Join the first words and count the others: ``a, b, c and 4 more``."""
    words = list(words)
    shown = words if len(words) <= most else [*words[:most], f"{len(words) - most} more"]
    return listed(shown)


def listed(words: list[str] | tuple[str, ...], last: str = "and") -> str:
    """Join words as a sentence does: ``age, sex and group``."""
    *head, tail = [str(word) for word in words] or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
#: Names of people, which keep their capital within a sentence.
EPONYMS = ("Brodmann", "Broca", "Heschl", "Meynert", "Rolandic", "Sylvian", "Wernicke")


def counted_in_words(n: int, one: str, many: str = "") -> str:
    """How a sentence begins with a number: ``Three regions``; digits beyond ten."""
    noun = one if n == 1 else many or f"{one}s"
    return f"{capital(WORDS[n]) if n < len(WORDS) else f'As many as {n}'} {noun}"


def capital(text: str) -> str:
    """``text`` with a capital in front, as a sentence begins."""
    return text[:1].upper() + text[1:]


def within_sentence(label: str) -> str:
    """A label without the capital of its first word: ``nucleus accumbens``, but ``VTA``."""
    first = label.partition(" ")[0]
    plain = first.isalpha() and first[1:].islower() and first not in EPONYMS
    return label[:1].lower() + label[1:] if plain else label


def _exact(number: Decimal) -> str:
    return f"{number.normalize():f}"


@dataclass(frozen=True)
class Span:
    """A piece of a sentence.

    Attributes
    ----------
    text
        Plain text; escaped where it is rendered.
    strong
        Printed in bold.
    name
        Comes from the config or a table: set apart from the direction of the text around it.
    symbol
        Is a quantity with a subscript after its first underscore, as ``BP_ND``.
    meaning
        Explains the piece where a pointer rests on it.
    """

    text: str
    strong: bool = False
    name: bool = False
    symbol: bool = False
    meaning: str = ""

    @property
    def base(self) -> str:
        """Text before the subscript of a symbol: ``BP`` of ``BP_ND``."""
        return self.text.partition("_")[0]

    @property
    def subscript(self) -> str:
        """Subscript of a symbol: ``ND`` of ``BP_ND``."""
        return self.text.partition("_")[2]


Prose = tuple[Span, ...]


def prose(*parts: str | Span) -> Prose:
    """Join parts to prose; strings are plain text."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts if part)


def name(text: str) -> Span:
    """A piece that comes from the config or a table."""
    return Span(str(text), name=True)


def outcome(label: str) -> Span:
    """The outcome's label; ``BP_ND`` and ``V_T`` get their subscript."""
    return Span(label, name=True, symbol=is_symbol(label))


def strong(text: str) -> Span:
    """A piece in bold."""
    return Span(text, strong=True)


def emphasised(parts: Iterable[str | Span]) -> Prose:
    """Return the same prose in bold."""
    return tuple(replace(part, strong=True) for part in prose(*parts))


def plain(spans: Iterable[Span]) -> str:
    """Return prose as plain text."""
    return "".join(span.text for span in spans)


def site_label(spec: Labelled, site: str) -> str:
    """Name of a site as readers know it."""
    described = spec.sites.get(site, site)
    return described if isinstance(described, str) else described.label


def variable_label(spec: Labelled, variable: str) -> str:
    """Name of a variable as readers know it; site, scanner and region are their own."""
    described = spec.variables.get(variable)
    return (described.label or variable) if described else variable


def level_label(spec: Labelled, variable: str, level: str) -> str:
    """Name of a level as readers know it."""
    if variable == "site":
        return site_label(spec, level)
    if variable == "region":
        return spec.region_labels.get(level, level)
    if variable == "scanner":
        site, _, camera = level.partition("/")
        return f"{site_label(spec, site)} {'' if camera == NO_SCANNER else camera}".strip()
    described = spec.variables.get(variable)
    return described.labels.get(level, level) if described else level


def names_scanners(counts: Mapping[str, Any]) -> bool:
    """Whether a scanner in ``counts`` (a plan, or the data of a summary) has a name."""
    scanners = [name for site in counts["per_site"] for name in site["scanners"]]
    return not scanners or any(not name.endswith(f"/{NO_SCANNER}") for name in scanners)
