"""
A reader's own service on trial: started, loaded, signalled, and told of on one page.

    options.py                             what the reader has said; what is refused
    clock.py client.py service.py          time, requests, and the service for each attack
    attacks.py                             their order
    calm.py signals.py connections.py
    settings.py upstream.py                the attacks; each returns what was seen
    findings.py                            what that means, in the words of the chapters
    page.py masking.py                     forty lines without a secret
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from typing import Any, NamedTuple

from workbench.errors import WorkbenchError

from .attacks import Attacks
from .calm import watch
from .clock import NotTried
from .findings import Finding, Seen, findings
from .options import Options, Refused, Request
from .page import page
from .service import Bench

__all__ = ["Finding", "Options", "Refused", "Request", "Result", "put_on_trial"]


class Result(NamedTuple):
    """
    What a trial has found: a page to read, and all of it as JSON.
    """

    page: str
    found: list[Finding]
    json: str

    def has(self, *levels: str) -> bool:
        return any(each.level in levels for each in self.found)


def put_on_trial(
    options: Options, environ: Mapping[str, str], tell: Callable[[str], None]
) -> Result:
    """
    Attack after attack, the one that leaves locks behind at the end.

    Args:
        options: The service, and what is around it.
        environ: Where its command was typed.
        tell: Called with the name of each attack, when it begins.

    Raises:
        Refused: It would do harm, or could say nothing.
        NotTried: The service cannot be tried at all.
    """
    options.refuse(environ)
    bench = Bench(options, environ)
    tell("in calm")
    try:
        seen = Seen(watch(bench))
    except WorkbenchError as why:
        msg = f"Not tried: {bench.mask.known(str(why))}."
        raise NotTried(msg) from None
    for what, attack in Attacks(bench, seen):
        tell(what)
        try:
            attack()
        except NotTried as why:
            seen.untried[what] = str(why)
        except Exception as error:  # noqa: BLE001, what the others have seen is not lost for it
            seen.untried[what] = f"the trial itself failed: {type(error).__name__}: {error}"
    found = findings(seen, options)
    took, requests = bench.clock.took, bench.client.sent.total()
    text = page(options, seen, found, took=took, requests=requests, mask=bench.mask)
    whole = {
        "command": bench.mask.quoted(str(options)),
        "seconds": round(took, 1),
        "requests": dict(bench.client.sent),
        "findings": [each._asdict() for each in found],
        "seen": _plain(seen),
    }
    as_json = json.dumps(whole, indent=1, ensure_ascii=False)
    return Result(text, found, bench.mask.known(as_json))


def _plain(value: Any) -> Any:
    """
    What was seen, as JSON knows it.
    """
    if isinstance(value, Request):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value
