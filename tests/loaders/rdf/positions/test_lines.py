"""Lines of a text: places and spans, compared with what Python splits."""

from hypothesis import given
from hypothesis import strategies as st

from loaders.rdf.positions.lines import Lines

TEXTS = st.text(st.sampled_from("ab\u00e9\U0001f600\n\r"), max_size=40)


def split(text: str) -> list[str]:
    """Return the lines without their ends; CR LF counts as one end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


@given(TEXTS)
def test_lines_are_counted_and_found(text: str) -> None:
    lines = Lines(text)
    assert lines.count == len(split(text))
    assert [text[slice(*lines.span(number))].rstrip("\r") for number in range(1, lines.count + 1)] == split(text)


@given(TEXTS)
def test_the_place_of_an_offset_leads_back_to_it(text: str) -> None:
    lines = Lines(text)
    for offset, character in enumerate(text):
        line, column = lines.place(offset)
        assert lines.span(line)[0] + column - 1 == offset, character


def test_lines_beyond_the_first_block_are_found() -> None:
    texts = [f"{number} " + "x" * (number % 97) for number in range(2_000)]
    lines = Lines("\n".join(texts))
    assert lines.count == 2_000
    for number in (1, 2, 99, 1_000, 1_999, 2_000):
        start, end = lines.span(number)
        assert "\n".join(texts)[start:end] == texts[number - 1]
        assert lines.place(end - 1) == (number, end - start)
