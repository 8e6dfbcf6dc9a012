"""What `--explain` prints, and the pages in docs/rules: both from the rules themselves."""

from collections.abc import Mapping

from azdacli.parser_check.rules import ALL, BY_NAME, Rule
from azdacli.util.suggest import near

_FAMILIES = {
    "0": "The checker itself",
    "1": "Reading a Python file",
    "2": "The parser contract",
    "3": "What a parser imports",
    "4": "Configurations",
    "5": "Parser, configuration, labels and model together",
    "6": "Native libraries",
    "7": "Running a parser",
}


def named(name: str) -> tuple[Rule, ...]:
    """The rule of an id or name, every rule for `all`; none when there is no such rule."""
    if name.lower() == "all":
        return tuple(ALL)
    rule = BY_NAME.get(name.upper()) or BY_NAME.get(name.lower())
    return () if rule is None else (rule,)


def explain(name: str) -> str | None:
    """A rule's page by its id or name, the list for `all`; None when there is no such rule."""
    rules = named(name)
    if name.lower() == "all":
        return "\n".join(f"{rule.id}  {rule.severity.value:<7}  {rule.name:<26}  {rule.title}" for rule in rules)
    return page(rules[0]) if rules else None


def nearest(name: str) -> str | None:
    """The rule's name that was perhaps meant."""
    return near(name, BY_NAME)


def page(rule: Rule) -> str:
    """One rule's page in Markdown."""
    language = "python" if rule.id[2] in "01237" else "ini"
    parts = [
        f"# {rule.id} {rule.name}",
        f"Severity: **{rule.severity.value}**",
        f"**{rule.title}**",
        rule.why,
        f"## Cure\n\n{rule.cure}",
    ]
    if rule.bad:
        parts.append(f"## Example\n\nThis is reported:\n\n```{language}\n{rule.bad}\n```")
    if rule.good:
        parts.append(f"This is not:\n\n```{language}\n{rule.good}\n```")
    where = "at the end of the line" if language == "python" else "on the line above it"
    parts.append(f"To leave one place as it is, write `# azda: ignore[{rule.id}] reason` {where}.")
    return "\n\n".join(parts) + "\n"


def pages() -> Mapping[str, str]:
    """All pages by file name, with an index."""
    found = {f"{rule.id}.md": page(rule) for rule in ALL}
    lines = [
        "# What `azdacli validate-parser` looks for",
        "",
        "`azdacli validate-parser --explain RULE` prints the same pages.",
    ]
    for digit, family in _FAMILIES.items():
        lines += ["", f"## {family}", "", "| Rule | | Severity | What is right |", "|---|---|---|---|"]
        lines += [_row(rule) for rule in ALL if rule.id[2] == digit]
    return {"README.md": "\n".join(lines) + "\n", **found}


def _row(rule: Rule) -> str:
    title = rule.title.replace("|", r"\|")
    return f"| [{rule.id}]({rule.id}.md) | {rule.name} | {rule.severity.value} | {title} |"
