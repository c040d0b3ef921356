"""The answers first: one verdict per case and question."""

import re
from dataclasses import dataclass

from spectra.report.case_fits import CaseFits
from spectra.report.study import Study
from spectra.report.titles import column_title, criterion_title, entry_title, quantity_title
from spectra.verdicts.stability_words import ABOVE, AT
from spectra.verdicts.verdict import capital

# How a verdict is shown: the word always stands beside the sign, and the colour only repeats it. A verdict says what
# was seen, which theory may well have foretold: no colour praises or blames.
TONES = {
    "super consistent": "same", "transfers": "same", "supercollapse": "same",
    "inconsistent": "change", "drifts": "change", "no supercollapse": "change",
    "consistent but accumulating": "care", "trivially consistent": "care", "censored": "care",
    "depends on the rate": "plain", "fast": "plain", "not fast": "plain", "low cost": "plain",
    "wider is better": "plain", "wider is worse": "plain", "deeper is better": "plain", "deeper is worse": "plain",
    "at the edge": "plain", "below the edge": "plain", "above the edge": "plain", "differs by size": "plain",
    "pass": "plain", "fail": "care",
    "lower": "plain", "higher": "plain", "equal within the margin": "plain", "lower and higher": "plain",
    "lower in part": "plain", "higher in part": "plain", "equal in part": "plain",
}  # fmt: skip
SIGNS = {"same": "=", "change": "≠", "care": "!", "plain": "•", "open": "?"}
DETAILED = re.compile(r"^([^()]*: [\d\u202f]+) \((.+)\)\.$", re.DOTALL)
"""A note that counts something and says in brackets what."""


@dataclass(frozen=True)
class Verdict:
    """The answer for one case to one question.

    Attributes:
        case: Title of the case.
        verdict: The answer in a word.
        sentence: The answer in words with numbers.
        notes: What a reader must know besides.
        details: Sentences with the single numbers that it sums up; a page folds them.
    """

    case: str
    verdict: str
    sentence: str
    notes: tuple[str, ...]
    details: tuple[str, ...] = ()

    @property
    def lead(self) -> str:
        """The answer: its sentences up to the first one with a number."""
        sentences = self.sentence.removesuffix(".").split(". ")
        count = next((i for i, each in enumerate(sentences) if any(map(str.isdigit, each))), 0) + 1
        return ". ".join(sentences[:count]) + "."

    @property
    def rest(self) -> str:
        """What follows it: how far the answer reaches."""
        return self.sentence.removeprefix(self.lead.removesuffix(".")).lstrip(". ")

    @property
    def tone(self) -> str:
        """same (nothing depends on the size), change (it does), care (read the sentence), plain (a fact) or open."""
        return TONES.get(self.verdict, "open")

    @property
    def sign(self) -> str:
        """One sign for the tone, so that colour is not needed."""
        return SIGNS[self.tone]


@dataclass(frozen=True)
class Card:
    """One question with its answers.

    Attributes:
        question: The question in words.
        answers: One per case that it was asked of.
        kind: Of the question, as `question.KINDS`.
        first: Whether it stands at the head of a page; others can be unfolded.
        asked: Whether it answers the title of the page.
        notes: What a reader must know of all its answers.
    """

    question: str
    answers: tuple[Verdict, ...]
    kind: str
    first: bool = True
    asked: bool = False
    notes: tuple[str, ...] = ()


def verdicts(study: Study) -> list[Card]:
    """The questions with an answer for some case: collapse, consistency, stability, learning rates."""
    cards = [*_collapse(study), *_consistency(study), *_stability(study), *_rates(study)]
    return [card for card in cards if card.answers]


def _collapse(study: Study) -> list[Card]:
    answers = (_verdict(study, case, fit.verdict, fit.sentence) for case, fit in study.collapses().items())
    return [Card(f"Do the loss curves of every {column_title(study.scale)} fall onto one?", tuple(answers), "collapse")]


def _consistency(study: Study) -> list[Card]:
    return [
        Card(
            f"Does the {entry_title(quantity, index)} depend on the {column_title(study.scale)}?",
            tuple(
                _verdict(study, case, fit.verdict, fit.sentence, fit.notes, quantity=quantity)
                for case, fit in study.trends((quantity, index)).items()
            ),
            "consistency",
        )
        for quantity, index in study.question.quantities
    ]


def _stability(study: Study) -> list[Card]:
    cards = []
    for quantity in dict.fromkeys(quantity for quantity, _ in study.question.quantities):
        found = {case.title: case.edges[quantity] for case in study.cases if quantity in case.edges}
        answers = (
            _verdict(study, case, fit.verdict, fit.sentence, fit.notes, quantity=quantity)
            for case, fit in found.items()
        )
        question = f"Does the {quantity_title(quantity)} settle at the stability limit of the optimizer?"
        # Below the limit at every case it is no answer to a question that was asked.
        near = {AT, ABOVE} & {fit.verdict for fit in found.values()}
        cards.append(Card(question, tuple(answers), "stability", first=bool(near)))
    return cards


def _rates(study: Study) -> list[Card]:
    fits, scale = study.transfers(), column_title(study.scale)
    chosen = criterion_title(study.question.criterion)
    others = {criterion_title(fit.other.criterion) for fit in fits.values()}
    moves = f"Does the best learning rate move with the {scale}? Judged by the"
    return [
        Card(
            f"{moves} {chosen}",
            tuple(_verdict(study, c, f.verdict, f.sentence, f.notes) for c, f in fits.items()),
            "transfer",
        ),
        Card(
            f"{moves} {' or '.join(others)}",
            tuple(_verdict(study, case, fit.other.verdict, fit.other.sentence) for case, fit in fits.items()),
            "transfer",
            first=False,
        ),
        Card(
            f"Does the cost of a transferred rate vanish faster than the loss improves with the {scale}?",
            tuple(_verdict(study, case, fit.fast.word, fit.fast.sentence) for case, fit in fits.items()),
            "fast transfer",
            first=False,
        ),
        Card(
            f"Is the larger {scale} better at every learning rate?",
            tuple(_verdict(study, case, fit.wider.word, fit.wider.sentence) for case, fit in fits.items()),
            "order of sizes",
            first=False,
        ),
    ]


def _verdict(
    study: Study, case: str, word: str, sentence: str, notes: tuple[str, ...] = (), *, quantity: str = ""
) -> Verdict:
    # The word stands beside the sentence already.
    sentence = sentence.removeprefix(f"{word.capitalize()}: ")
    return Verdict(case, word, plain(sentence, study, quantity), tuple(plain(note, study, quantity) for note in notes))


def plain(sentence: str, study: Study, quantity: str = "") -> str:
    """A sentence of a verdict as a page has it: names of columns in words, and numbers typeset."""
    titles = {study.scale: column_title(study.scale), quantity: quantity_title(quantity)}
    for name, title in titles.items():
        if name != title:
            sentence = title.join(re.split(rf"(?<!\w){re.escape(name)}(?=s?(?!\w))", sentence))
    return typeset(capital(sentence))


def typeset(sentence: str) -> str:
    """Numbers as `number` writes them, and no end of a line before a percent sign."""
    for name, sign in ((r"\bnan\b", "–"), (r"\binf\b", "∞"), (r"(?<![\w.])-(?=[\d∞])", "−"), (" %", "\u00a0%")):
        sentence = re.sub(name, sign, sentence)
    return sentence


def folded(note: str) -> tuple[str, str]:
    """A note as one line, and what can be unfolded below it; empty for most."""
    found = DETAILED.match(note)
    return (f"{found[1]}.", found[2]) if found else (note, "")


def judged(case: CaseFits) -> bool:
    """Whether anything was judged of a case."""
    return bool(case.consistency) or case.transfer is not None
