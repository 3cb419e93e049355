"""Two charts side by side, as structured differences."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import msgspec

from moorage.artifacts.description import TextFile
from moorage.artifacts.helm import ChartDetails, Dependency
from moorage.artifacts.line_diff import Hunk, LineDiff
from moorage.artifacts.references import image_name
from moorage.charts.errors import ChartError
from moorage.charts.helm_yaml import load_values

VALUES_SHOWN = 2_000
FILES_SHOWN = 500
PATH_LENGTH = 250
"""What lies below a longer path is compared as a whole; a longer key is cut."""
DEPTH = 50
"""Maps and lists in a value that is shown."""

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of Chart.yaml."""

    field: str
    change: Change
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value by its path, as `image.tag` or `ports[0].name`; `old` and `new` are JSON values."""

    path: str
    change: Change
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class FileChange:
    """A template, or another file whose text is compared."""

    name: str
    change: Change
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class DependencyChange:
    name: str
    change: Change
    old_version: str
    new_version: str
    old_repository: str
    new_repository: str


@dataclass(frozen=True, slots=True)
class ImageChange:
    """An image by its name; `old` and `new` are the references."""

    name: str
    change: Change
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Side:
    tag: str | None
    digest: str
    title: str
    version: str
    app_version: str


@dataclass(frozen=True, slots=True)
class ChartSide:
    """A chart that is compared: its details, and its texts by role."""

    side: Side
    details: ChartDetails
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`is_cut`: there were more differences than are shown."""

    old: Side
    new: Side
    is_same: bool
    metadata: tuple[FieldChange, ...]
    values: tuple[ValueChange, ...]
    values_hunks: tuple[Hunk, ...]
    templates: tuple[FileChange, ...]
    readme_hunks: tuple[Hunk, ...]
    schema_hunks: tuple[Hunk, ...]
    dependencies: tuple[DependencyChange, ...]
    images: tuple[ImageChange, ...]
    is_cut: bool


_FIELDS = (
    *("name", "version", "app_version", "description", "api_version", "type", "kube_version"),
    *("home", "icon", "sources", "keywords", "maintainers", "annotations", "deprecated"),
)


def compare_charts(old: ChartSide, new: ChartSide) -> Comparison:
    """What is different in `new`."""
    changes = _values(_document(old.texts.get("values")), _document(new.texts.get("values")))
    values = list(islice(changes, VALUES_SHOWN + 1))
    diff = LineDiff()
    # What all look at first: a chart's many templates may use up the steps.
    values_hunks = _text_hunks(diff, old, new, "values")
    readme_hunks = _text_hunks(diff, old, new, "readme")
    schema_hunks = _text_hunks(diff, old, new, "schema")
    files = _files(diff, old.texts.get("templates"), new.texts.get("templates"))
    templates = list(islice(files, FILES_SHOWN + 1))
    return Comparison(
        old=old.side,
        new=new.side,
        is_same=old.side.digest == new.side.digest,
        metadata=tuple(_fields(old.details, new.details)),
        values=tuple(values[:VALUES_SHOWN]),
        values_hunks=values_hunks,
        templates=tuple(templates[:FILES_SHOWN]),
        readme_hunks=readme_hunks,
        schema_hunks=schema_hunks,
        dependencies=tuple(_dependencies(old.details, new.details)),
        images=tuple(_images(old.details.images, new.details.images)),
        is_cut=len(values) > VALUES_SHOWN or len(templates) > FILES_SHOWN,
    )


def _text_hunks(diff: LineDiff, old: ChartSide, new: ChartSide, role: str) -> tuple[Hunk, ...]:
    return diff.hunks(old.texts.get(role, ""), new.texts.get(role, ""))


def _fields(old: ChartDetails, new: ChartDetails) -> Iterator[FieldChange]:
    for name in _FIELDS:
        before, after = _shown(getattr(old, name)), _shown(getattr(new, name))
        if before != after:
            yield FieldChange(name, _change(before, after), before, after)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    return (
        json.dumps(msgspec.to_builtins(value), ensure_ascii=False, sort_keys=True) if value else ""
    )


def _change(old: object, new: object) -> Change:
    return "added" if not old else "removed" if not new else "changed"


def _document(text: str | None) -> Any:
    """values.yaml; None where it is no YAML: its lines are compared all the same."""
    try:
        return load_values(text or "", "values.yaml")
    except ChartError:
        return None


def _values(old: Any, new: Any, path: str = "") -> Iterator[ValueChange]:
    is_deep = len(path) > PATH_LENGTH
    if isinstance(old, dict) and isinstance(new, dict) and not is_deep:
        for key in sorted({*old, *new}, key=str):
            below = f"{path}.{_key(key)}" if path else _key(key)
            yield from _member(old, new, key, below)
    elif isinstance(old, list) and isinstance(new, list) and not is_deep:
        before, after = dict(enumerate(old)), dict(enumerate(new))
        for place in range(max(len(old), len(new))):
            yield from _member(before, after, place, f"{path}[{place}]")
    elif old != new or type(old) is not type(new):
        yield ValueChange(path, "changed", _plain(old), _plain(new))


def _member(old: dict[Any, Any], new: dict[Any, Any], key: Any, path: str) -> Iterator[ValueChange]:
    if key not in old:
        yield ValueChange(path, "added", None, _plain(new[key]))
    elif key not in new:
        yield ValueChange(path, "removed", _plain(old[key]), None)
    else:
        yield from _values(old[key], new[key], path)


def _key(key: Any) -> str:
    """As in `.Values`; a key with a dot or a blank is quoted."""
    text = str(key)
    if len(text) > PATH_LENGTH:
        text = f"{text[:PATH_LENGTH]}..."
    return text if text.replace("_", "a").replace("-", "a").isalnum() else json.dumps(text)


def _plain(value: Any, depth: int = 0) -> Any:
    """A value that JSON knows: what only YAML has, as dates and `.inf`, becomes text."""
    if isinstance(value, dict | list) and depth == DEPTH:
        return "..."
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool):
        return value
    is_number = isinstance(value, int) and abs(value) < 2**63
    if is_number or (isinstance(value, float) and math.isfinite(value)):
        return value
    return hex(value) if isinstance(value, int) else str(value)


def _files(diff: LineDiff, old: str | None, new: str | None) -> Iterator[FileChange]:
    before, after = _by_name(old), _by_name(new)
    for name in sorted({*before, *after}):
        if before.get(name) == after.get(name):
            continue
        change: Change = (
            "added" if name not in before else "removed" if name not in after else "changed"
        )
        hunks = diff.hunks(before.get(name, ""), after.get(name, ""))
        yield FileChange(name, change, hunks)


def _by_name(text: str | None) -> dict[str, str]:
    files = msgspec.json.decode(text, type=list[TextFile]) if text else []
    return {file.name: file.text for file in files}


def _dependencies(old: ChartDetails, new: ChartDetails) -> Iterator[DependencyChange]:
    before, after = _by_alias(old.dependencies), _by_alias(new.dependencies)
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if _wanted(one) != _wanted(other):
            yield DependencyChange(name, _change(one, other), *_wanted(one, other))


def _by_alias(dependencies: tuple[Dependency, ...]) -> dict[str, Dependency]:
    return {one.alias or one.name: one for one in dependencies}


def _wanted(*sides: Dependency | None) -> tuple[str, ...]:
    """Versions, then repositories, of each side."""
    versions = tuple(one.version if one else "" for one in sides)
    return versions + tuple(one.repository if one else "" for one in sides)


def _images(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[ImageChange]:
    """Images of one name are paired; of several with one name, those that both have go first."""
    before = [image for image in old if image not in new]
    after = {image: image_name(image).name for image in new if image not in old}
    for image in before:
        name = image_name(image).name
        paired = next((one for one, other in after.items() if other == name), "")
        after.pop(paired, None)
        yield ImageChange(name, "changed" if paired else "removed", image, paired)
    for image, name in after.items():
        yield ImageChange(name, "added", "", image)
