"""Shell patterns for paths: `*`, `?` and `[…]` within a name, `**` for any number of folders.

A name is bytes; for matching, what is UTF-8 is taken as characters, and every other byte as one.
"""

import re

_SIGN = re.compile(r"\[(?P<negated>[!^]?)(?P<set>\][^\]]*|[^\]]+)\]|\\.|.", re.DOTALL)


class Pattern:
    """One pattern: without a slash it is for names, with one for whole paths; a leading slash says nothing.

    >>> Pattern(b"*.txt").matches(b"srv/data/letter.txt")
    True
    >>> Pattern(b"srv/*.txt").matches(b"srv/data/letter.txt")
    False
    >>> Pattern(b"srv/**/*.txt").matches(b"srv/data/letter.txt")
    True
    """

    def __init__(self, pattern: bytes) -> None:
        text = _text(pattern)
        self._whole = "/" in text
        parts = text.strip("/").split("/")
        self._match = re.compile(_expression(parts), re.DOTALL).fullmatch

    def matches(self, path: bytes) -> bool:
        """Whether a path, without its leading slash, fits."""
        return self._fits(_text(path))

    def rows(self, paths: bytes) -> list[int]:
        """Which of some paths fit, by number; a zero byte stands between them."""
        return [number for number, path in enumerate(_text(paths).split("\0")) if self._fits(path)]

    def _fits(self, path: str) -> bool:
        return self._match(path if self._whole else path.rpartition("/")[2]) is not None


def _text(path: bytes) -> str:
    return path.decode(errors="surrogateescape")


def _expression(parts: list[str]) -> str:
    """The regular expression for a path of these parts; `**` takes its slash along."""
    *above, last = parts
    pieces = [None if part == "**" else _part(part) + "/" for part in above]
    pieces += [None, "[^/]+"] if last == "**" else [_part(last)]
    return _sequence(pieces, "(?:[^/]+/)")


def _part(part: str) -> str:
    """The regular expression for one name."""
    pieces: list[str | None] = []
    for found in _SIGN.finditer(part):
        sign = found[0]
        if sign == "*":
            pieces.append(None)
        elif sign == "?":
            pieces.append("[^/]")
        elif found["set"]:
            pieces.append(_set(found["set"], negated=bool(found["negated"])))
        else:
            pieces.append(re.escape(sign[-1]))
    return _sequence(pieces, "[^/]")


def _sequence(pieces: list[str | None], wild: str) -> str:
    """Pieces one after another, None being any number of `wild`.

    All but the last None take as little as they can, and do not try again: they would find nothing else,
    and would look for it for hours.
    """
    groups = [""]
    for piece in pieces:
        if piece is None:
            groups.append("")
        else:
            groups[-1] += piece
    if len(groups) == 1:
        return groups[0]
    return groups[0] + "".join(f"(?>{wild}*?{one})" for one in groups[1:-1]) + f"{wild}*{groups[-1]}"


def _set(inside: str, *, negated: bool) -> str:
    """The regular expression for one character out of a set."""
    members = []
    position = 0
    while position < len(inside):
        if inside[position + 1 : position + 2] == "-" and position + 2 < len(inside):
            first, last = inside[position], inside[position + 2]
            if first <= last:
                members.append(f"{re.escape(first)}-{re.escape(last)}")
            position += 3
        else:
            members.append(re.escape(inside[position]))
            position += 1
    if negated:
        return f"[^/{''.join(members)}]"
    return f"[{''.join(members)}]" if members else "(?!)"
