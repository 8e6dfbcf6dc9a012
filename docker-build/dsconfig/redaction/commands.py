"""Secrets behind the short options of well-known programs: `curl -u me:…`, `docker login -p …`, `sshpass -p …`.

The same letter means something else elsewhere (`docker run -p 80:80`), so each program has its own options.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from dsconfig.redaction.span import Span

_LONGEST_COMMAND = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Program:
    """The options of one program that are followed by a secret.

    Attributes:
        options: The options.
        after: A word that must come first: `login` in `docker login -p …`.
        user: Whether the value is `user:password`, whose user is shown.
        attached: Whether the value must follow without a blank, as in `mysql -p…`.
    """

    options: tuple[str, ...]
    after: str = ""
    user: bool = False
    attached: bool = False

    def rest(self) -> re.Pattern[str]:
        """The rest of the command's line, in which the options are looked for."""
        first = rf"(?:(?!\b{self.after}\b)[^\n]){{0,200}}\b{self.after}\b" if self.after else ""
        return re.compile(rf"{first}(?P<rest>[^\n]{{0,{_LONGEST_COMMAND}}})")

    def option(self) -> re.Pattern[str]:
        """An option and the quote that opens its value, which begins where the match ends."""
        short = "|".join(option for option in self.options if not option.startswith("--"))
        long = "|".join(option for option in self.options if option.startswith("--"))
        blanks = "" if self.attached else r"\s{0,8}"
        forms = rf"(?:{short}){blanks}" + (rf"|(?:{long})(?:=|\s{{1,8}})" if long else "")
        user = r"[^\s:\"']{1,100}:" if self.user else r"(?=[^\s-])"
        return re.compile(rf"(?<!\S)(?:{forms})(?P<quote>[\"']?){user}")


_LOGIN = _Program(options=("-p",), after="login")
_MOSQUITTO = _Program(options=("-P",))
_MYSQL = _Program(options=("-p",), attached=True)
# Each program's manual page or `--help`.
_PROGRAMS: Mapping[str, _Program] = {
    "curl": _Program(options=("-u", "--user", "-U", "--proxy-user"), user=True),
    **dict.fromkeys(("docker", "podman", "nerdctl", "buildah", "skopeo", "helm", "oras", "az"), _LOGIN),
    **dict.fromkeys(("mosquitto_pub", "mosquitto_sub", "mosquitto_rr"), _MOSQUITTO),
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump"), _MYSQL),
    "redis-cli": _Program(options=("-a",)),
    "sshpass": _Program(options=("-p",)),
}
_NAME = re.compile(r"(?<![\w.-])(?:" + "|".join(sorted(map(re.escape, _PROGRAMS), key=len, reverse=True)) + r")(?=\s)")
_REST = {name: program.rest() for name, program in _PROGRAMS.items()}


_OPTIONS = {name: program.option() for name, program in _PROGRAMS.items()}
_END = re.compile(r"[\s\"']|\Z")


def commands(text: str) -> Iterator[Span]:
    """Secrets in command lines inside a text."""
    covered = 0
    for name in _NAME.finditer(text):
        rest = _REST[name[0]].match(text, name.end()) if name.end() >= covered else None
        if rest is None:
            continue
        covered = rest.end()
        for option in _OPTIONS[name[0]].finditer(text, *rest.span("rest")):
            end = text.find(option["quote"], option.end()) if option["quote"] else -1
            if end < 0:
                ends = _END.search(text, option.end())
                end = ends.start() if ends else len(text)
            yield Span(option.end(), end, sure=True)


def items(command: Sequence[object]) -> Mapping[int, Span]:
    """Secrets in a command that is a list: the index of the item, and where in it the secret stands."""
    written = [re.sub(r"[\s\"']", "_", item) if isinstance(item, str) else "\n" for item in command]
    starts = list(accumulate((len(item) + 1 for item in written), initial=0))
    found: dict[int, Span] = {}
    for span in commands(" ".join(written)):
        index = bisect_right(starts, span.start) - 1
        found[index] = Span(span.start - starts[index], span.end - starts[index], sure=True)
    return found
