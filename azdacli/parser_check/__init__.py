"""The static checks of a parser, its configuration and its model; the user's file is read and never run."""

from azdacli.parser_check.check import check, check_assets, in_pairs
from azdacli.parser_check.finding import Certainty, Finding, Report, Span

__all__ = ["Certainty", "Finding", "Report", "Span", "check", "check_assets", "in_pairs"]
