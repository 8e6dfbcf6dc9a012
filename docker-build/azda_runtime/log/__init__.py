"""Logging: one handler for the standard library's loggers, with filters for pipelines, rates and secrets.

Modules log by ``logging.getLogger(__name__)``. A record may carry more than its text, in ``extra``: ``hint``, what to
do about it; ``pipeline``, whose it is; ``rate``, see `limited`.
"""

from azda_runtime.log.handler import RELAYED_FORM, Form, configure, set_levels, whose
from azda_runtime.log.options import add_log_options, configure_from
from azda_runtime.log.problems import log_failure, log_problem
from azda_runtime.log.rate import RateFilter, limited, over
from azda_runtime.log.redaction import RedactionFilter
from azda_runtime.log.relay import relay

__all__ = [
    "RELAYED_FORM",
    "Form",
    "RateFilter",
    "RedactionFilter",
    "add_log_options",
    "configure",
    "configure_from",
    "limited",
    "log_failure",
    "log_problem",
    "over",
    "relay",
    "set_levels",
    "whose",
]
