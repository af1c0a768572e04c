"""What a language model writes, as it is to be spoken."""

from __future__ import annotations

import pytest

from workers.text.plain import plain


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("**Paris** is the *capital*.", "Paris is the capital."),
        ("# Title\n- one\n- two", "Title\none\ntwo"),
        ("See [the page](https://example.com/a_b).", "See the page."),
        ("Use `make run`. ```py\nx = 1\n```", "Use make run. x = 1\n"),
        ("Great! 🎉👍🏽 Bye.", "Great!  Bye."),
        ("2 * 3 is 6, and snake_case stays. #1!", "2 * 3 is 6, and snake_case stays. #1!"),
        ("— Well, 5 < 6.", "— Well, 5 < 6."),
    ],
)
def test_only_the_words_are_left(written: str, said: str) -> None:
    assert plain(written) == said
