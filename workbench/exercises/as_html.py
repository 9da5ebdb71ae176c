"""
A verdict as a notebook shows it.
"""

import re
from html import escape

from workbench._display import BLUE, GREEN, RED, YELLOW
from workbench._records import printable

from .verdict import COULD_NOT_CHECK, FAIL, NOT_ATTEMPTED, PASS, Claim, Verdict

GROUNDS = {PASS: GREEN, FAIL: RED, NOT_ATTEMPTED: BLUE, COULD_NOT_CHECK: YELLOW}


def as_html(verdict: Verdict) -> str:
    """
    The result, what to think about, and only then what was judged; the log is folded.
    """
    ground = f"background-color:{GROUNDS[verdict.result]}"
    result = f'<strong style="{ground};padding:2px 8px">{verdict.result}</strong>'
    parts = [f'<p style="font-size:115%">{result} {_text(verdict.headline)}</p>']
    parts += [f"<p>{_text(line)}</p>" for line in verdict.reason.splitlines()]
    if verdict.hint:
        hint = f"<strong>Hint:</strong> {_text(verdict.hint.text)}"
        parts.append(f'<p style="{ground};padding:8px 12px;font-size:115%">{hint}</p>')
    parts += map(_claim, verdict.judged)
    if verdict.line:
        parts.append(f"<p>Your line: <code>{_plain(verdict.line)}</code></p>")
    if verdict.again:
        parts.append(f"<p>{_text(verdict.again)}</p>")
    if verdict.log:
        what = "<summary>The last that your service said</summary>"
        log = "\n".join(map(_plain, verdict.log))
        parts.append(f"<details>{what}\n<pre>{log}</pre></details>")
    # What a service says in dollars is no formula.
    return "\n".join(['<div class="mathjax_ignore">', *parts, "</div>"])


def _claim(claim: Claim) -> str:
    facts = [
        f'<div style="padding-left:24px"><em>{name}:</em> {_text(fact)}</div>'
        for name, fact in claim.facts.items()
    ]
    said = _text(claim.said)
    said = f"<strong>{said}</strong>" if claim.met is False else said
    return "\n".join([f"<div>{claim.mark} {said}</div>", *facts])


def _text(text: str) -> str:
    """
    A sentence: what stands in backticks is code.
    """
    return re.sub("`([^`]+)`", r"<code>\1</code>", _plain(text))


def _plain(text: str) -> str:
    return escape(printable(text), quote=False)
