"""A second reader of a Dockerfile's words: as BuildKit's (frontend/dockerfile/shell/lex.go), each variable set."""

EXPANDED = "<a variable's value>"


def expanded(word: str) -> str:
    """What BuildKit makes of a word: quotes and backslashes go, and a variable gives its value."""
    found, at = [], 0
    while at < len(word):
        char = word[at]
        if char == "'":
            end = word.index("'", at + 1)  # a ValueError where none closes, as there
            found.append(word[at + 1 : end])
            at = end + 1
        elif char == '"':
            text, at = _quoted(word, at + 1)
            found.append(text)
        elif char == "\\":
            found.append(word[at + 1 : at + 2])
            at += 2
        elif char == "$":
            text, at = _variable(word, at + 1)
            found.append(text)
        else:
            found.append(char)
            at += 1
    return "".join(found)


def _quoted(word: str, at: int) -> tuple[str, int]:
    found = []
    while word[at] != '"':  # an IndexError where none closes
        if word[at] == "$":
            text, at = _variable(word, at + 1)
            found.append(text)
        elif word[at] == "\\":
            char = word[at + 1]
            found.append(char if char in '"$\\' else f"\\{char}")
            at += 2
        else:
            found.append(word[at])
            at += 1
    return "".join(found), at + 1


def _variable(word: str, at: int) -> tuple[str, int]:
    if word[at : at + 1] == "{":
        return EXPANDED, word.index("}", at) + 1
    end = at
    while end < len(word) and (word[end].isalnum() or word[end] == "_"):
        end += 1
    return (EXPANDED, end) if end > at else ("$", at)
