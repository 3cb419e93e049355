"""What today's Helm prints and writes, and what `moorage` does with the same arguments."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.clients.charts import write_chart
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import MOORAGE, PASSWORD, USER, Registry, tree_of

CHARTS = sorted((Path(__file__).parent / "charts/redhat-cop").glob("*.tgz"))
VERSIONS = """
0.0.3 0.0.4 0.1.0 0.1.9 0.2.0 0.2.3 0.3.0 0.9.9 1.0.0 1.0.0-rc.1 1.2.0 1.2.3 1.2.9 1.2.9-alpha.1
1.3.0+build.7 1.4.0 1.4.5 1.4.6 1.9.9 1.10.0 2.0.0-rc.1 2.0.0 2.1.0 3.0.0 3.1.0-beta
"""
CONSTRAINTS = """
*|x|1|1.2|1.2.3|1.x|1.2.x|v1.2|=1.2|=1.2.3|!=1|!=1.2|!=1.2.3|>1|>1.2|>1.2.3|>=1|>=1.2|<1|<1.2
<=1|<=1.2|<=1.2.3|~1|~1.2|~1.2.3|~0|~0.2|~0.0.3|^1|^1.2|^1.2.3|^0|^0.2|^0.2.3|^0.0.3|^0.0|>=1, <2
>=1 <2|>= 1.2, < 1.4 || >3|1.2 - 1.4|1.2.3 - 1.4.5|^1 || ^3|>0.0.0-0|>=1.0.0-0|~1.2.9-alpha|>9
>1.2.3 <1.3.0|~>1.2|=>1.2|=<1.2|1.3.0+build.7|^1.3.0+x|!=1.x, >=1|>=3.1.0-alpha|<2.0.0-rc.2
<1.2.3|^2.0.0-0
"""
ODD_TEXTS = r"""
1.10|1e3|0x1F|0o17|017|0b11|1_000|.5|5.|+1|-1|.|-|+|~|null|Null|NULL|nULL|true|True|yes|=|!x
Yes|y|Y|on|off|no|No|n|2001-01-01|2001-1-1|2001-01-01T00:00:00Z|1:30|190:20:30|1:90|.inf|-.INF
.nan|<<|&a|*a|a: b|a #b|#a|@a|`a|%a|[a]|{a}|a,b|'a'|"a"|- a|? a|: a|a:|-a|é|日本|emoji 🎉
 lead|trail | |x:y|multi\nline|multi\nline\n|\n lead|http://a/b?c=d&e=<f>|null is|12e|e12|0x
1.2.3|v1|a very long text that is longer than eighty columns and has to be folded, or has it not?
word-that-is-longer-than-eighty-columns-word-that-is-longer-than-eighty-columns-and-goes-on x y z
"""


def listed(text: str) -> list[str]:
    """Parted by | and line ends; \\n is a line end in a text."""
    parts = text.strip("\n").replace("\n", "|").split("|")
    return [part.replace("\\n", "\n") for part in parts]


@pytest.fixture
def pair(machine: Machine) -> tuple[Tool, Tool]:
    """Helm 4 and moorage on one machine."""
    return machine.tool("helm-4.3.1"), machine.tool(MOORAGE)


@pytest.mark.parametrize("archive", CHARTS, ids=lambda path: path.stem)
def test_a_real_chart_is_shown_alike(pair: tuple[Tool, Tool], archive: Path) -> None:
    """Chart.yaml in Helm's form, and the rest as it is."""
    for part in ("chart", "values", "readme", "crds", "all"):
        theirs, ours = (client("show", part, str(archive)).stdout for client in pair)

        assert theirs == ours, part


@pytest.mark.parametrize("archive", CHARTS, ids=lambda path: path.stem)
def test_a_real_chart_is_packed_alike(pair: tuple[Tool, Tool], archive: Path) -> None:
    """The same files in the same order with the same bytes; ours twice the same archive."""
    work = pair[0].machine.work
    subprocess.run(["tar", "-x", "-C", work, "-f", archive], check=True)
    folder = next(path for path in work.iterdir() if path.is_dir())
    members = []
    for client in (*pair, pair[1]):
        packed = re.search(r"saved it to: (.+)\n", client("package", str(folder)).stdout)
        assert packed
        members.append((work / packed[1]).read_bytes())
        (work / packed[1]).unlink()
        (folder / "Chart.yaml").touch()

    assert _members(members[0]) == _members(members[1])
    assert members[1] == members[2]


@pytest.mark.parametrize("archive", CHARTS, ids=lambda path: path.stem)
def test_a_real_chart_is_linted_alike(pair: tuple[Tool, Tool], archive: Path) -> None:
    """But for templates, which we do not render."""
    work = pair[0].machine.work
    subprocess.run(["tar", "-x", "-C", work, "-f", archive], check=True)
    folder = next(path for path in work.iterdir() if path.is_dir())

    theirs, ours = (client.run("lint", folder.name) for client in pair)

    kept = [line for line in theirs.lines if "templates/" not in line and line.startswith("[")]
    assert kept == [line for line in ours.lines if line.startswith("[")]


def test_odd_texts_are_quoted_alike(pair: tuple[Tool, Tool]) -> None:
    """A package of both has the same Chart.yaml, so that signatures and digests agree."""
    chart = Path(write_chart(pair[0].machine.home / "charts", "odd", "1.0.0"))
    document = {
        "apiVersion": "v2",
        "name": "odd",
        "version": "1.0.0",
        "deprecated": True,
        "keywords": listed(ODD_TEXTS),
        "annotations": {f"k{place}": text for place, text in enumerate(listed(ODD_TEXTS))}
        | dict.fromkeys(["a.io/license", "a-b", "ab", "aB", "a_b", "Zed", "1.10", "1.9", "é"], "x"),
    }
    (chart / "Chart.yaml").write_text(json.dumps(document, ensure_ascii=False))

    theirs, ours = (client("show", "chart", str(chart)).stdout for client in pair)

    assert theirs == ours


def test_ranges_choose_the_same_versions(pair: tuple[Tool, Tool]) -> None:
    """Helm itself says what Masterminds' rules are."""
    helm = pair[0]
    entries = [
        {"name": "a", "apiVersion": "v2", "version": v, "urls": ["x"]} for v in VERSIONS.split()
    ]
    index = {"apiVersion": "v1", "entries": {"a": entries}}
    cache = helm.machine.home / ".cache/helm/repository"
    cache.mkdir(parents=True)
    (cache / "site-index.yaml").write_text(json.dumps(index))
    config = helm.machine.home / ".config/helm/repositories.yaml"
    config.parent.mkdir(parents=True)
    config.write_text('apiVersion: ""\nrepositories:\n- name: site\n  url: https://site.test\n')

    chosen = {
        constraint: [
            [row["version"] for row in json.loads(client(*_search(constraint)).stdout)]
            for client in pair
        ]
        for constraint in listed(CONSTRAINTS)
    }

    differing = {key: both for key, both in chosen.items() if both[0] != both[1]}
    assert differing == {}
    assert chosen["^1.2.3"][1][0] == "1.10.0"


def test_a_folder_is_indexed_alike(pair: tuple[Tool, Tool]) -> None:
    """But for the times."""
    site = pair[0].machine.work / "site"
    (site / "more").mkdir(parents=True)
    for archive in CHARTS[:6]:
        shutil.copy(archive, site)
    shutil.copy(CHARTS[-1], site / "more")
    (site / "broken.tgz").write_text("no archive")
    texts = []
    for client in pair:
        client("repo", "index", "site", "--url", "https://charts.test/x")
        texts.append(re.sub(r'"20[^"]+Z"', "TIME", (site / "index.yaml").read_text()))
        (site / "index.yaml").unlink()

    assert texts[0] == texts[1]


def test_a_chart_with_a_requirements_file_packs_alike(pair: tuple[Tool, Tool]) -> None:
    """Old charts, subcharts in both forms, a lock, .helmignore."""
    chart = Path(write_chart(pair[0].machine.home / "charts", "old", "1.0.0"))
    text = (chart / "Chart.yaml").read_text().replace("apiVersion: v2", "apiVersion: v1")
    (chart / "Chart.yaml").write_text(text)
    (chart / "requirements.yaml").write_text(
        'dependencies:\n- name: sub\n  version: 1.x\n  repository: "https://a.test"\n'
        "  tags: [a, b]\n  import-values: [data]\n  condition: sub.on\n"
    )
    (chart / ".helmignore").write_text("*.md\n/notes\n")
    (chart / "notes").write_text("n")
    shutil.copytree(write_chart(chart.parent / "x", "sub", "1.2.3"), chart / "charts/sub")

    packed = []
    for client in pair:
        client("package", str(chart))
        packed.append((client.machine.work / "old-1.0.0.tgz").read_bytes())

    assert _members(packed[0]) == _members(packed[1])


def test_what_is_wrong_ends_alike(pair: tuple[Tool, Tool]) -> None:
    """Exit code 1 and Helm's first line; what to do stands below it."""
    chart = write_chart(pair[0].machine.home / "charts", "etherpad", "0.0.4")
    commands = (
        ("repo", "update"),
        ("repo", "remove", "x"),
        ("search", "repo", "x"),
        ("pull", "nothing"),
        ("pull", "missing/chart"),
        ("push", "missing.tgz", "oci://registry.test/a"),
        ("push", chart, "oci://registry.test/a"),
        ("package", "missing"),
        ("verify", "missing.tgz"),
        ("repo", "add", "a/b", "https://charts.test"),
    )
    for command in commands:
        theirs, ours = (client.run(*command) for client in pair)

        assert theirs.code == ours.code == 1, (theirs, ours)
        assert theirs.stderr.splitlines()[-1] == ours.stderr.splitlines()[0]
        assert theirs.stdout == ours.stdout


def test_a_registry_is_pushed_to_and_pulled_from_alike(
    pair: tuple[Tool, Tool], registry: Registry
) -> None:
    registry.create_organization("alike")
    pair[1]("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin", stdin=PASSWORD)
    space, url = f"oci://{QUAY_HOST}/alike", f"oci://{QUAY_HOST}/alike/etherpad"
    for version in ("1.0.0", "1.3.0+build.7", "2.0.0-rc.1"):
        chart = write_chart(pair[0].machine.home / "charts", "etherpad", version)
        pair[1]("package", chart)
        texts = [c("push", f"etherpad-{version}.tgz", space).stdout for c in pair]
        assert texts[0] == texts[1]

    digest = re.search("sha256:[0-9a-f]{64}", pair[1]("pull", f"{url}:1.0.0").stdout)
    assert digest
    commands = (
        ("pull", url),
        ("pull", url, "--version", "1.0.0"),
        ("pull", url, "--version", "^1"),
        ("pull", url, "--devel"),
        ("pull", f"{url}:1.0.0"),
        ("pull", f"{url}@{digest[0]}"),
        ("pull", f"{url}:1.0.0@{digest[0]}"),
        ("pull", url, "--version", "1.0.0", "--untar", "--untardir", "there"),
        ("show", "chart", url, "--version", "1.0.0"),
    )
    for command in commands:
        results, trees = [], []
        for client in pair:
            shutil.rmtree(client.machine.work)
            client.machine.work.mkdir()
            results.append(client(*command).stdout)
            trees.append(tree_of(client.machine.work))
        assert results[0] == results[1], command
        assert trees[0] == trees[1], command


def _search(constraint: str) -> tuple[str, ...]:
    return ("search", "repo", "site/a", "-l", "-o", "json", "--version", constraint)


def _members(raw: bytes) -> list[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        return [(member.name, _content(tar, member)) for member in tar.getmembers()]


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = tar.extractfile(member)
    return content.read() if content else b""
