"""The rules, as data: what `--explain`, the pages in docs/rules and the SARIF report are made from."""

from collections.abc import Mapping

from azdacli.parser_check.rules import configuration, contract, cross, reading, running
from azdacli.parser_check.rules.rule import Rule, Severity

ALL: tuple[Rule, ...] = (*reading.RULES, *contract.RULES, *configuration.RULES, *cross.RULES, *running.RULES)
BY_NAME: Mapping[str, Rule] = {key: rule for rule in ALL for key in (rule.id, rule.name)}

__all__ = ["ALL", "BY_NAME", "Rule", "Severity"]
