"""Document: a report's text as the rules read it, with its sections and passages found once."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from pathstage.prepare.sections import Section, sections
from pathstage.prepare.sentences import sentences


class Document:
    """A normalized report text (see `pathstage.prepare.normalize`). All offsets count its characters."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The parts of the report, in order."""
        return sections(self.text)

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Half-open spans of the sentences, in order."""
        return sentences(self.text)

    @cached_property
    def _section_starts(self) -> list[int]:
        return [part.start for part in self.sections]

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    def section(self, offset: int) -> str:
        """Kind of the section that holds the character at `offset`."""
        return self.section_at(offset).kind

    def section_at(self, offset: int) -> Section:
        """The section that holds the character at `offset`."""
        return self.sections[max(0, bisect_right(self._section_starts, offset) - 1)]

    def sentence(self, offset: int) -> tuple[int, int]:
        """The sentence that holds the character at `offset`, or the last one before it."""
        return self.sentences[max(0, bisect_right(self._sentence_starts, offset) - 1)]
