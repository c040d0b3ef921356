"""How a report looks in a notebook: its verdicts as a table, and every figure with its caption."""

from hashlib import sha256
from html import escape

from spectra import notebook
from spectra.plain_text import clean
from spectra.report.exhibit import Exhibit
from spectra.report.headline import headline
from spectra.report.inline_svg import inline_svg
from spectra.report.law_answers import answers
from spectra.report.law_study import LawStudy
from spectra.report.study import Study
from spectra.report.style import svg_text
from spectra.report.verdicts import verdicts


def study_html(study: Study) -> str:
    """What a study found: notes, a row for every question and case, and the numbers behind the verdicts."""
    rows = [
        (escape(answer.case), escape(f"{answer.sign} {answer.verdict}"), escape(answer.sentence), escape(card.question))
        for card in verdicts(study)
        if card.first
        for answer in card.answers
    ]
    numbers = headline(study)
    notes = "".join(f"<p>{escape(clean(note))}</p>" for note in study.notes)
    body = notebook.table(("case", "verdict", "in words", "question"), rows) if rows else ""
    if numbers.rows:
        body += notebook.table(numbers.columns, [[escape(cell) for cell in row] for row in numbers.rows])
    return notebook.card(clean(study.title), "", notes + body)


def law_html(study: LawStudy) -> str:
    """What a study of laws found: notes, and a row for every case of which theory says something."""
    rows = [tuple(map(escape, (answer.case, answer.verdict, answer.sentence))) for answer in answers(study)]
    notes = "".join(f"<p>{escape(clean(note))}</p>" for note in study.notes)
    body = notebook.table(("case", "verdict", "in words"), rows) if rows else ""
    return notebook.card(clean(study.title), "", notes + body)


def exhibit_html(exhibit: Exhibit) -> str:
    """A figure, its caption, and what a reader hears who cannot see it."""
    text = svg_text(exhibit.draw(), salt=exhibit.name)
    # The same figure twice may share its identifiers, another one may not.
    name = f"n{sha256(text.encode()).hexdigest()[:10]}"
    drawing = inline_svg(text, name=name, alternative=exhibit.alternative)
    caption = f"<figcaption>{escape(clean(exhibit.caption))}</figcaption>"
    return f'<figure style="margin:0;max-width:60em"><div style="background:#ffffff">{drawing}</div>{caption}</figure>'
