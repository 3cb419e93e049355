"""YAML as Helm reads and writes it.

Helm reads through JSON into strings, so `version: 1.10` must not become the number 1.1: scalars
stay the text that was written. It writes with sorted keys, lists not indented, double quotes
around what YAML would take for another type. Both sides are libyaml.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import yaml

from moorage.charts.errors import ChartError, quoted

NODES = 1_000_000
"""Most nodes of a document, aliases expanded: a bomb of aliases loads fast and then explodes."""


class _TextLoader(yaml.CSafeLoader):
    """Every scalar is a string, save null."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag in ("tag:yaml.org,2002:null",)]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def load_text(raw: bytes | str, named: str) -> Any:
    """A document whose scalars are text or None. `named` is for messages. Raises ChartError."""
    return _load(raw, named, _TextLoader)


def load_values(raw: bytes | str, named: str) -> Any:
    """A document with YAML's own types, as values.yaml is read. Raises ChartError."""
    return _load(raw, named, yaml.CSafeLoader)


def dump(document: Any) -> str:
    """`document` in the form that Helm writes."""
    return yaml.dump(
        _sorted(document),
        Dumper=_HelmDumper,
        default_flow_style=False,
        sort_keys=False,
        allow_unicode=True,
    )


def _load(raw: bytes | str, named: str, loader: type[yaml.CSafeLoader]) -> Any:
    try:
        node = yaml.compose(raw, Loader=loader)
        if node is None:
            return None
        if _expanded(node, {}) > NODES:
            raise ChartError(f"{named} has more than {NODES} nodes when its aliases are expanded")
        builder = loader("")
        return builder.construct_document(node)
    except RecursionError:
        raise ChartError(f"{named} is nested too deeply") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ChartError(f"{named} is not YAML: {quoted(_problem(error))}") from None


def _problem(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem or error.context}"
    return str(error)


def _expanded(node: yaml.Node, known: dict[int, int | None]) -> int:
    """How many nodes there are when every alias is followed."""
    if id(node) in known:
        size = known[id(node)]
        if size is None:
            raise RecursionError
        return size
    known[id(node)] = None
    size = 1
    if isinstance(node, yaml.SequenceNode):
        size += sum(_expanded(item, known) for item in node.value)
    elif isinstance(node, yaml.MappingNode):
        size += sum(_expanded(k, known) + _expanded(v, known) for k, v in node.value)
    known[id(node)] = size
    return size


def _sorted(document: Any) -> Any:
    """With the keys of every map in Helm's order."""
    if isinstance(document, dict):
        keys = sorted(document, key=functools.cmp_to_key(_compared))
        return {key: _sorted(document[key]) for key in keys}
    return [_sorted(item) for item in document] if isinstance(document, list) else document


def _compared(one: str, other: str) -> int:
    """Go's YAML sorts for people: letters come after other characters, numbers by their value."""
    pairs = zip(one, other, strict=False)
    place = next((i for i, pair in enumerate(pairs) if pair[0] != pair[1]), None)
    if place is None:
        return len(one) - len(other)
    a, b = one[place], other[place]
    if a.isalpha() or b.isalpha():
        return ord(a) - ord(b) if a.isalpha() and b.isalpha() else 1 if a.isalpha() else -1
    lead = "1" if "0" in (a, b) and one[:place].rstrip("0")[-1:].isdigit() else "0"
    numbers = [_DIGITS.match(text, place) for text in (one, other)]
    a_digits, b_digits = (found[0] if found else "" for found in numbers)
    difference = int(lead + a_digits) - int(lead + b_digits)
    return difference or len(a_digits) - len(b_digits) or ord(a) - ord(b)


class _HelmDumper(yaml.CSafeDumper):
    """As Go, it takes << and = for text; what else is quoted, `_represent_text` decides."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_DIGITS = re.compile("[0-9]*")
_OTHER_TYPES = re.compile(
    r"""(?x) |~|null|Null|NULL|true|True|TRUE|false|False|FALSE
    | y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF
    | [-+]?(\.[\d_]+|\d[\d_]*(\.[\d_]*)?)([eE][-+]?\d+)?
    | [-+]?0x[\da-fA-F_]+ | [-+]?0o[0-7_]+ | [-+]?0b[01_]+
    | [-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?
    | [-+]?\.(inf|Inf|INF) | \.(nan|NaN|NAN)
    | \d{4}-\d\d?-\d\d?([Tt\ ]\d.*)?"""
)
"""What YAML 1.1 takes for null, a boolean, a number (base 60 too), a time or a merge key."""


def _represent_text(dumper: yaml.CSafeDumper, text: str) -> yaml.Node:
    style = None
    if "\n" in text:
        style = "|"
    elif _OTHER_TYPES.fullmatch(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)


_HelmDumper.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0].rpartition(":")[2] not in ("merge", "value")]
    for first, rules in yaml.CSafeDumper.yaml_implicit_resolvers.items()
}
_HelmDumper.add_representer(str, _represent_text)
_HelmDumper.add_multi_representer(str, _represent_text)  # digests and names are text too
