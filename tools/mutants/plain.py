"""
Changes of what is no Python: the entries of a TOML or YAML file, the lines of a shell script.
"""

import re
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import yaml

from .change import Change

Spans = list[tuple[int, int]]


def toml(text: str) -> Iterator[Change]:
    """
    Its tables of an array, and its entries: dropped, doubled, swapped; its numbers.
    """
    tables = [found.start() for found in re.finditer(r"^\[\[", text, re.MULTILINE)]
    last = re.search(r"^# --- to here$", text, re.MULTILINE)
    ends = [*tables[1:], last.start() if last else len(text)]
    entries = [found.span() for found in re.finditer(r"^\w+ *= .*\n", text, re.MULTILINE)]
    numbers = re.finditer(r"(?<== )\d+(?:\.\d+)?$", text, re.MULTILINE)
    lists = re.finditer(r"(?<== \[)[^\]\n]+(?=\]$)", text, re.MULTILINE)
    made = [
        *_entries("table", list(zip(tables, ends, strict=False)), text),
        *(Change("drop an entry", *span, "") for span in entries),
        *(Change("a number tenfold", *each.span(), f"{each[0]}0") for each in numbers),
    ]
    for found in lists:
        start = found.start()
        items = [each.span() for each in re.finditer(r"[^,\s][^,]*", found[0])]
        made += _items([(start + a, start + b) for a, b in items], text)
    return _valid(made, text, tomllib.loads)


def yaml_(text: str) -> Iterator[Change]:
    """
    Its entries: dropped, doubled, swapped; its conditions; the lines of its scripts.
    """
    made: list[Change] = []
    for node in _yaml_nodes(yaml.compose(text, yaml.SafeLoader)):
        if isinstance(node, yaml.MappingNode):
            keys = [key for key, _ in node.value]
            made += [
                Change("drop an entry", *span, "")
                for key, span in zip(keys, _spans(keys, node, text), strict=True)
                if key.value != "name"
                or len(keys) == 1  # who reads needs a name, who runs none
            ]
            for key, value in node.value:
                at = value.start_mark.index, value.end_mark.index
                if key.value == "if":
                    made.append(Change("a condition always true", *at, "always()"))
                    made.append(Change("a condition always false", *at, "false"))
                elif value.tag.endswith((":int", ":bool")):
                    other = {"true": "false", "false": "true"}.get(value.value)
                    made.append(Change("another value", *at, other or f"{value.value}0"))
        elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
            made += _entries("step", _spans(node.value, node, text), text)
        elif isinstance(node, yaml.ScalarNode) and node.style == "|":
            start, end = node.start_mark.index, node.end_mark.index
            made += _script(text, start + text[start:end].index("\n") + 1, end)
    return _valid(made, text, yaml.safe_load)


def shell(text: str) -> Iterator[Change]:
    """
    Its lines dropped; `exec`, `!` and what is done on failure dropped; another status.
    """
    return _valid(_script(text, 0, len(text)), text, _parse_shell)


def _script(text: str, start: int, end: int) -> list[Change]:
    lines = re.finditer(r"^ *[^#\s].*\n?", text[start:end], re.MULTILINE)
    made = [
        Change("drop a line", start + found.start(), start + found.end(), "") for found in lines
    ]
    patterns = (
        ("drop an exec", r"\bexec (?=\w)", ""),
        ("drop a not", r"(?<=\s)! ", ""),
        ("another status", r"(?<=exit )1\b", "0"),
        ("another status", r"(?<=return )1\b", "0"),
        ("nothing on failure", r" *\|\|.*", ""),
        ("equal for not equal", r" != ", " = "),
        ("not equal for equal", r" = ", " != "),
        ("drop an option", r" --?[a-z][\w-]*(?:=\S+)?(?= |$)", ""),
    )
    for name, pattern, new in patterns:
        for found in re.finditer(pattern, text[start:end], re.MULTILINE):
            line = text.rfind("\n", 0, start + found.start()) + 1
            if not text[line:].lstrip().startswith("#"):
                made.append(Change(name, start + found.start(), start + found.end(), new))
    return made


def _entries(what: str, spans: Spans, text: str) -> Iterator[Change]:
    for start, end in spans:
        yield Change(f"drop a {what}", start, end, "")
        yield Change(f"double a {what}", start, end, 2 * text[start:end])
    for (start, middle), (_, end) in pairwise(spans):
        swapped = text[middle:end] + text[start:middle]
        yield Change(f"swap a {what} with the next", start, end, swapped)


def _items(spans: Spans, text: str) -> Iterator[Change]:
    for (start, middle), (next_, end) in pairwise(spans):
        swapped = text[next_:end] + text[middle:next_] + text[start:middle]
        yield Change("swap an item with the next", start, end, swapped)
        yield Change("drop an item", start, next_, "")
    if len(spans) > 1:
        yield Change("drop an item", spans[-2][1], spans[-1][1], "")


def _spans(entries: list[yaml.Node], node: yaml.Node, text: str) -> Spans:
    """
    Each entry, from its first character to the first of the next; the last to the end of its
    last line. (A node ends where the next one begins, blank lines and comments later.)
    """
    first = [each.start_mark.index for each in entries]
    if isinstance(node, yaml.SequenceNode):
        first = [text.rindex("-", 0, start) for start in first]
    end = len(text[: node.end_mark.index].rstrip())
    return list(pairwise([*first, end]))


def _yaml_nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        for each in child if isinstance(child, tuple) else (child,):
            yield from _yaml_nodes(each)


def _parse_shell(text: str) -> None:
    done = subprocess.run(
        ["bash", "-n"], input=text, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise ValueError(done.stderr)


def _valid(
    made: Iterable[Change], text: str, read: Callable[[str], object]
) -> Iterator[Change]:
    """
    Those that leave another text that can be read, in the order of the text.
    """
    seen = {text}
    for change in sorted(made, key=lambda each: (each.start, each.end)):
        changed = change.apply(text)
        if changed in seen:
            continue
        seen.add(changed)
        try:
            read(changed)
        except (ValueError, yaml.YAMLError):
            continue
        yield change
