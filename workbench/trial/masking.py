"""
Take secrets out of what is quoted: a page is shown around.
"""

import re
from collections.abc import Mapping

MASK = "•••"
SHORTEST = 6  # characters: shorter values are words that stand anywhere
SECRET = re.compile(
    r"(?i)key|secret|token|passw|passphrase|pwd|credential|private|auth|dsn|cookie|session"
)
SHAPES = (
    # user:password@ in an address
    (re.compile(r"(?<=://)[^/\s@]+(?=@)"), MASK),
    # a name that says so, and its value: API_KEY=…, "password": "…", --token …
    (
        re.compile(
            r"(?i)([\w-]*(?:api[_-]?key|secret|token|passw\w*|pwd|authorization)[\w-]*"
            r"[\"']?\s*(?:[=:]|\s)\s*[\"']?(?:bearer |basic )?)[^\s\"',;&]+"
        ),
        rf"\1{MASK}",
    ),
    # what is a secret by its looks: JWT, AWS, GitHub, OpenAI and the like, a long hexadecimal
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MASK),
    (re.compile(r"\b(?:gh[pousr]|sk|pk|xox[abpr])[_-][\w-]{16,}"), MASK),
    (re.compile(r"\b[0-9a-fA-F]{32,}\b"), MASK),
)


class Mask:
    """
    What is secret around a service: the values of variables whose names say so, and of those
    that are named.
    """

    def __init__(self, environ: Mapping[str, str], named: tuple[str, ...] = ()) -> None:
        secret = {
            value
            for name, value in environ.items()
            if len(value) >= SHORTEST and (name in named or SECRET.search(name))
        }
        self._values = sorted(secret, key=len, reverse=True)  # one may be part of another

    def known(self, text: str) -> str:
        """
        Ours, without those values.
        """
        for value in self._values:
            text = text.replace(value, MASK)
        return text

    def quoted(self, text: str) -> str:
        """
        A quotation, also without what looks like a secret.
        """
        text = self.known(text)
        for shape, instead in SHAPES:
            text = shape.sub(instead, text)
        return text
