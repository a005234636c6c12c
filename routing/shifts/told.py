"""What is wrong with a plan, in both languages. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence, its facts filled in."""

    de: str
    en: str

    def of(self, name: str) -> "Told":
        """The same about that value of a line."""
        return Told(f"{name}: {self.de}", f"{name}: {self.en}")

    def in_language(self, language: str) -> str:
        """The sentence in that language."""
        return self.de if language == "de" else self.en
