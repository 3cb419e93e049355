"""Real charts: what moorage says of them beside what `helm show` of Helm 4 prints."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from moorage.charts.archive import read_metadata
from tests.api.conftest import Api
from tests.artifacts.things import HELM_LAYER, Layer, page, push
from tests.clients.network import TOOLS

HELM = TOOLS / "bin" / "helm-4.3.1"
CHARTS = sorted((Path(__file__).parents[1] / "clients/charts/redhat-cop").glob("*.tgz"))

pytestmark = pytest.mark.skipif(not HELM.exists(), reason="helm 4.3.1: run make tools")


def shown(what: str, archive: Path) -> str:
    done = subprocess.run([HELM, "show", what, archive], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("archive", CHARTS, ids=lambda path: path.stem)
def test_a_chart_is_described_as_helm_shows_it(api: Api, archive: Path) -> None:
    raw = archive.read_bytes()
    metadata = read_metadata(io.BytesIO(raw))
    repository = f"beside/{metadata.name}"
    config = json.loads(metadata.as_json())
    kind = "application/vnd.cncf.helm.config.v1+json"

    digest = push(
        api,
        repository,
        metadata.version,
        [Layer(HELM_LAYER, raw)],
        config=config,
        config_type=kind,
    )

    chart = page(api, repository, digest, "chart")
    expected: dict[str, Any] = yaml.load(shown("chart", archive), Loader=yaml.BaseLoader)
    assert {
        "name": chart["name"],
        "version": chart["version"],
        "description": chart["description"],
        "appVersion": chart["app_version"],
        "home": chart["home"],
        "icon": chart["icon"],
        "keywords": chart["keywords"],
        "maintainers": [one["name"] for one in chart["maintainers"]],
        "dependencies": [(one["name"], one["version"]) for one in chart["dependencies"]],
    } == {
        **{
            key: expected.get(key, "")
            for key in ("name", "version", "description", "appVersion", "home", "icon")
        },
        "keywords": expected.get("keywords", []),
        "maintainers": [one["name"] for one in expected.get("maintainers", [])],
        "dependencies": [(one["name"], one["version"]) for one in expected.get("dependencies", [])],
    }
    values = page(api, repository, digest, "chart/values")["text"] or ""
    readme = page(api, repository, digest, "chart/readme")["text"] or ""
    assert values.strip() == shown("values", archive).strip()
    assert readme.strip() == shown("readme", archive).strip()
