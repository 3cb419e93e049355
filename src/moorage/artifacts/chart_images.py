"""The images that a chart names, as far as its text tells: nothing is rendered.

In values, a text under `image` (or `...Image`, if it is a whole reference), or a map with
`repository` and often `registry`, `tag` and `digest`; in templates, a whole reference after
`image:`; in Chart.yaml, Artifact Hub's annotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moorage.artifacts.description import short
from moorage.artifacts.references import is_reference
from moorage.charts.chart import Chart, Metadata
from moorage.charts.errors import ChartError
from moorage.charts.helm_yaml import load_text

IMAGES = 500
VALUES_BYTES = 1024 * 1024
ANNOTATION = "artifacthub.io/images"
_IN_TEMPLATE = re.compile(
    rb"""^[ \t-]*image:[ \t]*["']?([A-Za-z0-9][^\s"'{}]*)["']?[ \t]*$""", re.M
)


def images_of(chart: Chart, metadata: Metadata, problems: list[str]) -> tuple[str, ...]:
    """Sorted, each once; subcharts' too."""
    found: set[str] = set(_annotated(metadata))
    waiting = [chart]
    while waiting:
        one = waiting.pop()
        waiting += one.subcharts
        for file in one.templates:
            found |= {
                match.decode("utf-8", "replace") for match in _IN_TEMPLATE.findall(file.content)
            }
        if one.values is not None:
            try:
                found |= set(_in_values(one.values, one.metadata.app_version))
            except ChartError as error:
                problems.append(error.message)
    return tuple(sorted(image for image in found if is_reference(image))[:IMAGES])


def _annotated(metadata: Metadata) -> Iterator[str]:
    try:
        listed = load_text(metadata.annotations.get(ANNOTATION, ""), ANNOTATION)
    except ChartError:
        return
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and (image := short(one.get("image"))):
            yield image


def _in_values(values: bytes, app_version: str) -> Iterator[str]:
    """Raises ChartError for values that are no YAML."""
    if len(values) > VALUES_BYTES:
        return
    waiting: list[Any] = [load_text(values, "values.yaml")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            if image := _reference(value, app_version):
                yield image
            for key, text in value.items():
                if isinstance(text, str) and _names_image(str(key), text):
                    yield text


def _names_image(key: str, text: str) -> bool:
    """`image: nginx`, and `sidecarImage: quay.io/org/name:1.0`, which leaves no doubt."""
    if key == "image":
        return True
    return key.lower().endswith("image") and "/" in text and (":" in text or "@" in text)


def _reference(value: dict[Any, Any], app_version: str) -> str:
    """A map that stands for an image: without a tag, templates put the application's version."""
    repository = value.get("repository")
    if not isinstance(repository, str) or not repository or "://" in repository:
        return ""
    if not value.keys() & {"tag", "digest", "pullPolicy", "registry", "imagePullPolicy"}:
        return ""
    registry, tag, digest = (short(value.get(key)) for key in ("registry", "tag", "digest"))
    name = f"{registry}/{repository}" if registry else repository
    if digest.startswith("sha256:"):
        return f"{name}@{digest}"
    tag = tag or app_version
    return f"{name}:{tag}" if tag and ":" not in repository.rpartition("/")[2] else name
