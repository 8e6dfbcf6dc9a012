"""The static checks of a parser, its configuration and its model; the user's file is read and not run here."""

from azdacli.parser_check.check import check, check_and_pair, check_assets, in_pairs
from azdacli.parser_check.finding import Certainty, Finding, Report, Span
from azdacli.parser_check.run import Runnable

__all__ = ["Certainty", "Finding", "Report", "Runnable", "Span", "check", "check_and_pair", "check_assets", "in_pairs"]
