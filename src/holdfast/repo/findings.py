"""What a check finds: problems, which endanger backups, and remarks, which do not."""

from collections.abc import Iterable

KEPT = 1000  # sentences of each sort; beyond that they are counted


class Findings:
    """Sentences, in the order in which they were found."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.remarks: list[str] = []
        self.problem_count = 0

    def problem(self, sentence: str) -> None:
        """Something is wrong."""
        self.problem_count += 1
        if len(self.problems) < KEPT:
            self.problems.append(sentence)

    def add(self, sentences: Iterable[str]) -> None:
        """All of these are problems."""
        for sentence in sentences:
            self.problem(sentence)

    def remark(self, sentence: str) -> None:
        """Something is worth knowing."""
        if len(self.remarks) < KEPT:
            self.remarks.append(sentence)
