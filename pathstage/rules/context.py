"""Context: what the words around a finding say of it, after ConText (Chapman et al. 2007, doi:10.3115/1572392.1572411).

A cue reaches over its sentence: ahead of itself (`ahead`), behind itself (`behind`, where "^" is the end of what was
found) or both ways (`around`), as far as the sentence goes or until a word of `stops`. Cues are data: the
`context.yaml` of the schema's rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pathstage.rules.document import Document


@dataclass(frozen=True)
class ContextRules:
    """For each context its cues by reach (ahead, behind, around) and the sections that imply it; what stops cues.

    A section of the kinds `ending` that goes on behind words that end it, or for long, holds the rest of the report.
    """

    cues: dict[str, dict[str, re.Pattern[str]]]
    sections: dict[str, frozenset[str]]
    stops: re.Pattern[str]
    ending: frozenset[str]
    ends: re.Pattern[str]
    longest: int
    beyond: str

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ContextRules:
        """Compile the content of a `context.yaml`."""
        cues = {
            name: {
                reach: re.compile("|".join(body[reach]), re.IGNORECASE)
                for reach in ("ahead", "behind", "around")
                if reach in body
            }
            for name, body in data["contexts"].items()
        }
        implied = {name: frozenset(body.get("sections", ())) for name, body in data["contexts"].items()}
        ending = data.get("ending", {"sections": [], "ends": ["(?!)"], "longest": 0, "beyond": ""})
        return cls(
            cues,
            implied,
            re.compile("|".join(data["stops"]), re.IGNORECASE),
            frozenset(ending["sections"]),
            re.compile("|".join(ending["ends"]), re.IGNORECASE),
            ending["longest"],
            ending["beyond"],
        )

    def section(self, document: Document, offset: int) -> str:
        """Kind of the section that holds the character at `offset`, where it has not come to its end before."""
        section = document.section_at(offset)
        if section.kind in self.ending and (
            offset - section.start > self.longest or self.ends.search(document.text, section.start, offset)
        ):
            return self.beyond
        return section.kind

    def around(self, document: Document, start: int, end: int) -> frozenset[str]:
        """The contexts of the span `start:end`."""
        first, last = document.sentence(start)
        last = max(last, end)
        text = document.text
        section = self.section(document, start)
        found = {name for name, sections in self.sections.items() if section in sections}
        for name, cues in self.cues.items():
            before = (match.end() for match in cues["ahead"].finditer(text, first, start)) if "ahead" in cues else ()
            behind = (
                (end + match.start() for match in cues["behind"].finditer(text[end:last])) if "behind" in cues else ()
            )
            if (
                any(self._reaches(text, at, start) for at in before)
                or any(self._reaches(text, end, at) for at in behind)
                or ("around" in cues and cues["around"].search(text, first, last))
            ):
                found.add(name)
        return frozenset(found)

    def _reaches(self, text: str, start: int, end: int) -> bool:
        return not self.stops.search(text, start, end)
