"""GLib's key files, line by line as `g_key_file_load_from_file` reads them (gkeyfile.c, GLib 2.74).

DeepStream asks GLib with no flags: translations of keys are dropped, a later value of a key replaces an earlier one,
groups of one name are one group. A test compares 20,000 files with the library itself.
"""

from dataclasses import dataclass, field

from dsconfig.document import Document, Entry, Fault, FaultKind, Form

# What g_ascii_isspace takes for a blank: not the vertical tab, which the C library's isspace has besides.
BLANKS = " \t\n\f\r"
_LOCALE_PUNCTUATION = "-_.@"
_ENCODING = "Encoding"
_SHORTEST_LOCALE = 2  # of the brackets alone
_BYTE_ORDER_MARK = "\ufeff"


def decoded(data: bytes) -> str:
    """Bytes as text that can be turned back: GLib looks at the encoding of a value only when it is asked for text."""
    return data.decode("utf-8", errors="surrogateescape")


def parse(data: bytes) -> Document:
    """Read a key file.

    GLib stops at the first line that it cannot read. Here reading goes on behind it, so that a checker can show all
    such lines; what GLib refuses has a fatal fault.
    """
    reader = _Reader()
    text = decoded(data)
    lines = text.split("\n")
    for number, raw in enumerate(lines, start=1):
        ended = number < len(lines)  # the last line has no end, and keeps its carriage return
        line = raw.removesuffix("\r") if ended else raw
        # The C functions see a line up to its first NUL.
        seen, zero, _ = line.partition("\0")
        start = seen.lstrip(BLANKS)
        if start and not start.startswith("#"):
            reader.line(number, start, rest=line[len(seen) :] if zero else "")
    return reader.document()


@dataclass(slots=True)
class _Reader:
    entries: list[Entry] = field(default_factory=list)
    groups: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    group: str | None = None
    refused_start: bool = False

    def line(self, number: int, text: str, *, rest: str) -> None:
        if _is_group(text):
            self._group(number, text, rest)
        elif "=" in text and not text.startswith("="):
            self._pair(number, text)
        else:
            self._refuse(number, *_not_readable(text, number))
            self.refused_start = self.refused_start or "[" in text

    def document(self) -> Document:
        return Document(form=Form.KEY_FILE, entries=tuple(self.entries), groups=self.groups, faults=tuple(self.faults))

    def _refuse(self, number: int, message: str, hint: str = "") -> None:
        self.faults.append(Fault(kind=FaultKind.UNREADABLE, message=message, line=number, hint=hint))

    def _group(self, number: int, text: str, rest: str) -> None:
        whole = text + rest
        name = whole[1 : whole.rindex("]")].partition("\0")[0]
        if not name or any(c in "[]" or ord(c) < 0x20 or ord(c) == 0x7F for c in name):  # noqa: PLR2004 # g_ascii_iscntrl
            self._refuse(
                number, f"'{name}' cannot be the name of a group", "Write the name alone between the brackets."
            )
            name = name or " "
        self.group = name
        self.groups.setdefault(name, number)

    def _pair(self, number: int, text: str) -> None:
        key, _, value = text.partition("=")
        key = key.rstrip(BLANKS)
        if self.group is None:
            # Said once: what follows is the same mistake, or that of the group's line above it.
            if not self.refused_start:
                self._refuse(
                    number, f"'{key}' stands before the first group", "Write the group, `[property]`, above it."
                )
            self.refused_start = True
            return
        if not _is_key(key):
            self._refuse(number, f"'{key}' cannot be the name of a key", "Write `key=value`.")
            return
        value = value.lstrip(BLANKS)
        if key == _ENCODING and self.group == next(iter(self.groups)) and value.lower() != "utf-8":
            self._refuse(number, f"GLib reads no encoding '{value}'", "Remove the line; the file is UTF-8.")
        if not _is_translation(key):
            self.entries.append(Entry(group=self.group, key=key, value=value, line=number))


def _not_readable(text: str, number: int) -> tuple[str, str]:
    if number == 1 and text.startswith(_BYTE_ORDER_MARK):
        return (
            "the file begins with a byte-order mark, which GLib takes for text of the first line",
            "Save the file as UTF-8 without a byte-order mark (BOM).",
        )
    if text.startswith("[") and "]" not in text:
        return "the group's name lacks its closing bracket", f"Write `{text.rstrip(BLANKS)}]`."
    if text.startswith("["):
        return "a group's name stands in brackets, alone on its line", "Put a comment on a line of its own."
    if text.startswith(";"):
        return "';' begins no comment here", "Begin a comment with `#`."
    return (
        "this is neither a group, a key with a value, nor a comment",
        "Write it as `key=value`, or put `#` before a comment.",
    )


def _is_group(text: str) -> bool:
    _, bracket, behind = text.partition("]")
    return text.startswith("[") and bool(bracket) and not behind.strip(" \t")


def _is_key(key: str) -> bool:
    name, bracket, locale = key.partition("[")
    if not name or "]" in name or name.startswith(" ") or name.endswith(" "):
        return False
    if not bracket:
        return True
    inside, closed, behind = locale.partition("]")
    return bool(closed) and not behind and all(c.isalnum() or c in _LOCALE_PUNCTUATION for c in inside)


def _is_translation(key: str) -> bool:
    """Whether GLib drops a key because it is meant for a language (`name[de]`)."""
    _, bracket, locale = key.rpartition("[")
    return bool(bracket) and len(locale) + 1 > _SHORTEST_LOCALE and locale[:-1] != "C"
