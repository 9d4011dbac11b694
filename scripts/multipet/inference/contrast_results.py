"""What a test of fixed effects says: numbers only."""

from dataclasses import dataclass

from scipy.special import fdtrc, stdtr, stdtrit


@dataclass(frozen=True, kw_only=True)
class ContrastEstimate:
    """One linear contrast of the fixed effects.

    Attributes
    ----------
    estimate, standard_error
        In units of the outcome on the analysis scale.
    df
        Denominator degrees of freedom.
    df_method
        ``kenward-roger``, ``satterthwaite``, or ``residual`` in a model without random terms.
    ci_low, ci_high
        Confidence interval at level ``confidence``.
    note
        What a reader should know about the degrees of freedom; mostly empty.
    """

    estimate: float
    standard_error: float
    df: float
    df_method: str
    confidence: float = 0.95
    note: str = ""

    @property
    def t(self) -> float:
        """Estimate over standard error."""
        return self.estimate / self.standard_error

    @property
    def p_value(self) -> float:
        """Two-sided."""
        return float(2 * stdtr(self.df, -abs(self.t)))

    @property
    def margin(self) -> float:
        """Half the width of the confidence interval."""
        return float(stdtrit(self.df, (1 + self.confidence) / 2)) * self.standard_error

    @property
    def ci_low(self) -> float:
        """Lower confidence limit."""
        return self.estimate - self.margin

    @property
    def ci_high(self) -> float:
        """Upper confidence limit."""
        return self.estimate + self.margin


@dataclass(frozen=True, kw_only=True)
class JointTest:
    """F test that several contrasts are all 0.

    Attributes
    ----------
    f
        The F value that is tested: with Kenward-Roger scaled by ``f_scale``.
    numerator_df, denominator_df
        Degrees of freedom; the first is the number of independent contrasts.
    """

    f: float
    numerator_df: int
    denominator_df: float
    df_method: str
    f_scale: float = 1.0
    note: str = ""

    @property
    def p_value(self) -> float:
        """Upper tail of F."""
        return float(fdtrc(self.numerator_df, self.denominator_df, max(self.f, 0.0)))
