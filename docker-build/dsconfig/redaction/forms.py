"""How a known secret may be written: as it is, in JSON, as Python shows it, in an address."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

from dsconfig.redaction.span import SHORTEST_SECRET


def known_spans(text: str, secrets: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where secrets stand in a text, in every form; very short ones are left, for they are everywhere by chance."""
    pattern = _pattern(frozenset(secrets))
    return (match.span() for match in pattern.finditer(text)) if pattern else iter(())


@lru_cache(maxsize=2)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
    if not forms:
        return None
    pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form))))
    re.purge()  # it would keep the last 512 of these, a megabyte each where secrets are long and change
    return pattern


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(json.dumps(secret))[3:-3]
    yield repr(secret)[1:-1]
    written = secret.encode(errors="surrogatepass")
    for spelled in (quote(written, safe=""), quote(written), quote_plus(written)):
        yield spelled
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), spelled)
