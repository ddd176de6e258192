"""The catalogue: whatever the console says in English, it says in every other language too."""

import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "src/holdfast/web/static"
TEXT = r'"((?:[^"\\]|\\.)*)"'
SAID = re.compile(rf"\bt\(\s*{TEXT}")
COUNTED = re.compile(rf"\btn\(\s*[^\"`]*?,\s*{TEXT},\s*{TEXT}")
ENTRY = re.compile(rf"^  (?:{TEXT}|([A-Za-z]\w*)):\s*{TEXT},$", re.MULTILINE)
BLANK = re.compile(r"\{\w+\}")


def catalogue(language: str) -> dict[str, str]:
    """All entries of a language's files."""
    found: dict[str, str] = {}
    for file in sorted((STATIC / "words" / language).glob("*.js")):
        text = re.sub(r":\n\s+", ": ", file.read_text())
        for quoted, bare, value in ENTRY.findall(text):
            found[quoted or bare] = value
    return found


def said() -> dict[str, str]:
    """Every sentence that the scripts say, and where."""
    found: dict[str, str] = {}
    for folder in ("core", "parts", "screens"):
        for file in sorted((STATIC / folder).rglob("*.js")):
            text = file.read_text()
            found |= dict.fromkeys(SAID.findall(text), file.name)
            found |= {f"{one}|{several}": file.name for one, several in COUNTED.findall(text)}
    return found


def test_every_sentence_is_there_in_german() -> None:
    german = catalogue("de")
    missing = {one: where for one, where in said().items() if one not in german}
    assert not missing


def test_no_entry_is_left_over() -> None:
    assert not set(catalogue("de")) - set(said())


def test_a_sentence_keeps_its_values() -> None:
    changed = {one: other for one, other in catalogue("de").items() if shape(one) != shape(other)}
    assert not changed


def shape(sentence: str) -> tuple[set[str], int]:
    """The values that stand in it, and how many forms it has."""
    return set(BLANK.findall(sentence)), sentence.count("|")
