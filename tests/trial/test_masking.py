"""
No secret is on a page.
"""

import pytest

from workbench.trial.masking import MASK, Mask

ENVIRON = {
    "STRIPE_KEY": "correct-horse",
    "DB_PASSWORD": "correct-horse-battery",
    "CITY": "Amsterdam",
    "PIN_TOKEN": "1234",
}


@pytest.mark.parametrize(
    "text",
    [
        "cannot reach correct-horse",
        "postgresql://shop:hunter2hunter2@db/shop failed",
        "redis://:hunter2hunter2@127.0.0.1",
        "API_KEY=hunter2hunter2",
        "{'password': 'hunter2hunter2'}",
        "uvicorn --token hunter2hunter2",
        "Authorization: Bearer hunter2hunter2",
        "got eyJhbGciOi.eyJzdWIiOiIx.hunter2hunter2",
        "key AKIAABCDEFGHIJKLMNOP is not known",
        "sk-hunter2hunter2hunter2",
        "digest 0123456789abcdef0123456789abcdef",
        "Amsterdam",
    ],
)
def test_a_quotation_is_masked(text: str) -> None:
    """
    Values of variables whose names say so, or that are named, and what looks like a secret.
    """
    quoted = Mask(ENVIRON, ("CITY",)).quoted(text)

    assert MASK in quoted
    for secret in ("correct", "hunter2", "AKIA", "eyJ", "0123", "Amsterdam"):
        assert secret not in quoted


def test_a_longer_secret_is_masked_whole() -> None:
    """
    Of two secrets, one the beginning of the other, nothing is left.
    """
    assert Mask(ENVIRON).known("correct-horse-battery") == MASK


def test_words_stay() -> None:
    """
    What is no secret stays, and so does a value so short that it is a word anywhere.
    """
    said = "RuntimeError: 1234 is not set: Amsterdam, GET /keys"

    assert Mask(ENVIRON).quoted(said) == said
    assert Mask({}).known("started without API_KEY: it starts") == (
        "started without API_KEY: it starts"
    )
