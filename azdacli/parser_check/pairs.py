"""Which parser goes with which configuration, as far as that is beyond doubt."""

from collections.abc import Iterator

from azdacli.parser_check import cross
from azdacli.parser_check.config.settings import Config
from azdacli.parser_check.parser import Parser
from dsconfig.parser_contract import ParserKind as Kind


def pairs(read_parsers: list[Parser], configs: list[Config]) -> Iterator[tuple[Parser, Config]]:
    """Which parser goes with which configuration, as far as that is beyond doubt."""
    usable = [p for p in read_parsers if p.kind is not None]
    if len(usable) == 1 and len(configs) == 1:
        yield usable[0], configs[0]
        return
    secondaries = [p for p in usable if p.kind is Kind.SECONDARY]
    for parser in secondaries:
        own = cross.gie_id(parser)
        matching = [c for c in configs if c.unique_id and own is not None and c.unique_id.integer == own]
        alone = [c for c in configs if c.process_mode == 2]  # secondary
        chosen = matching or (alone if len(alone) == 1 and len(secondaries) == 1 else [])
        yield from ((parser, config) for config in chosen)
    yield from _primary_pairs([p for p in usable if p.kind is not Kind.SECONDARY], configs)


def _primary_pairs(primaries: list[Parser], configs: list[Config]) -> Iterator[tuple[Parser, Config]]:
    for folder in sorted({p.path.parent for p in primaries}):
        here = [p for p in primaries if p.path.parent == folder]
        for_python = [c for c in configs if c.process_mode != 2 and not c.functions]  # secondary
        beside = [c for c in for_python if c.path.parent == folder] or (for_python if len(primaries) == 1 else [])
        eager = [c for c in beside if c.tensor_meta or c.is_other] or beside
        if len(here) == 1 and len(eager) == 1:
            yield here[0], eager[0]
