"""Hostile content is stored as it is and becomes unreadable with a reason: no crash, no loop.

What one test cannot show, all of them together do: the server reads the next artifact.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable

import pytest

from tests.api.conftest import Api
from tests.artifacts.things import HELM_LAYER, Layer, archive, page, push, push_chart, read

MIB = 1024 * 1024


def special(kind: bytes, target: str = "", name: str = "bad/evil") -> bytes:
    """A chart with a member that is no regular file."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, target
        tar.addfile(member)
    return content.getvalue()


def many_entries(count: int) -> bytes:
    """Headers of folders, one like the other."""
    folder = tarfile.TarInfo("bad/x")
    folder.type = tarfile.DIRTYPE
    header = folder.tobuf(tarfile.USTAR_FORMAT)
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    pieces = [packer.compress(header * 1000) for _ in range(count // 1000)]
    return b"".join([*pieces, packer.flush()])


def bomb(size: int) -> bytes:
    """One file of zeros."""
    member = tarfile.TarInfo("bad/zeros")
    member.size = size
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(member.tobuf())]
    pieces += [packer.compress(bytes(MIB)) for _ in range(size // MIB)]
    return b"".join([*pieces, packer.flush()])


def huge_pax() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo("bad/x")
        member.pax_headers = {"comment": "x" * (110 * MIB)}
        tar.addfile(member)
    return content.getvalue()


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a tar bomb": (lambda: bomb(300 * MIB), "has 314572800 bytes, at most 5242880 are allowed"),
    "a million entries": (lambda: many_entries(1_000_000), "more than 20000 files"),
    "a huge PAX header": (huge_pax, "unpacks to more than 104857600 bytes"),
    "a symbolic link": (lambda: special(tarfile.SYMTYPE, "/etc/passwd"), "a link or a special"),
    "a hard link": (lambda: special(tarfile.LNKTYPE, "../../etc"), "a link or a special"),
    "a device": (lambda: special(tarfile.CHRTYPE), "a link or a special"),
    "an absolute path": (lambda: archive({"/etc/cron.d/x": "x"}), "is an absolute path"),
    "a path that leads out": (lambda: archive({"bad/../../x": "x"}), "leads out of the chart's"),
    "a drive's path": (lambda: archive({"C:/bad/x": "x"}), "is an absolute path"),
    "a cut gzip": (lambda: archive({"bad/x": "x" * 9999})[:60], "the archive is damaged"),
    "no gzip": (lambda: b"hello", "does not look like a gzipped archive"),
    "gzip without a tar": (lambda: gzip.compress(b"hello" * 999), "the archive is damaged"),
    "one file of a name twice": (
        lambda: gzip.compress(
            gzip.decompress(archive({"bad/x": "1"}))[:1024]
            + gzip.decompress(archive({"bad/x": "2"}))
        ),
        "twice",
    ),
    "a layer over the limit": (lambda: b"\x1f\x8b" + bytes(21 * MIB), "at most 20971520 are read"),
}


@pytest.mark.parametrize("what", ARCHIVES)
def test_a_hostile_archive_is_unreadable_for_a_reason(api: Api, what: str) -> None:
    make, reason = ARCHIVES[what]
    repository = "hostile/" + what.replace(" ", "-").replace("'", "").lower()

    digest = push_chart(api, repository, "1.0.0", tgz=make())

    found = read(api, repository, digest)
    assert (found["state"], found["kind"]) == ("unreadable", "chart")
    assert reason in found["reason"]
    assert found["version"] == "1.0.0"  # the config says that much


ALIASES = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_a_readable_chart_shows_what_can_be_shown_and_says_what_not(api: Api) -> None:
    files: dict[str, bytes | str] = {
        "README.md": "[" * (10 * MIB // 4),
        "values.yaml": ALIASES,
        "templates/latin.yaml": b"name: \xe9\n",
        "templates/fine.yaml": "name: fine\n",
        "crds/deep.yaml": "[" * 100_000,
        "crds/object.yaml": "!!python/object/apply:os.system ['touch /tmp/moorage-was-here']",
        "values.schema.json": "\x00",
    }

    digest = push_chart(api, "hostile/partial", "1.0.0", files)
    found = read(api, "hostile/partial", digest)
    chart = page(api, "hostile/partial", digest, "chart")
    templates = page(api, "hostile/partial", digest, "chart/templates")["templates"]

    assert (found["state"], found["reason"]) == ("described", "")
    assert (chart["has_readme"], chart["has_values"]) == (False, True)
    assert [file["name"] for file in templates] == ["templates/fine.yaml"]
    problems = "\n".join(chart["problems"])
    for expected in (
        "README has 2621440 bytes: at most 1048576 are shown",
        "templates/latin.yaml is not UTF-8 text",
        "values.yaml has more than 1000000 nodes when its aliases are expanded",
        "crds/deep.yaml is not YAML",
        "crds/object.yaml is not YAML",
    ):
        assert expected in problems
    assert page(api, "hostile/partial", digest, "chart/values")["text"] == ALIASES


def test_of_very_many_dependencies_the_first_are_shown(api: Api) -> None:
    named = [{"name": f"dep{n}", "version": "1.x"} for n in range(600)]

    digest = push_chart(api, "hostile/needy", "1.0.0", dependencies=named)
    read(api, "hostile/needy", digest)
    chart = page(api, "hostile/needy", digest, "chart")
    found = page(api, "hostile/needy", digest, "chart/dependencies")["dependencies"]

    assert chart["problems"] == ["Chart.yaml names 600 dependencies: 500 are shown"]
    assert len(found) == 500


CONFIGS: dict[str, bytes] = {
    "deep": b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "latin": b'{"name":"\xe9"}',
    "list": b"[]",
    "null": b"null",
    "types": b'{"name":{"a":1},"version":[],"keywords":7,"maintainers":{"x":1}}',
    "surrogate": b'{"name":"surrogate","version":"1.0.0","description":"\\ud800\\u0000"}',
}


@pytest.mark.parametrize("what", CONFIGS)
def test_a_hostile_chart_config_gets_an_answer(api: Api, what: str) -> None:
    repository = f"hostile/config-{what}"
    layer = Layer(HELM_LAYER, archive({"x/Chart.yaml": "name: x\nversion: 1.0.0\n"}))
    config_type = "application/vnd.cncf.helm.config.v1+json"

    digest = push(api, repository, "1.0.0", [layer], config=CONFIGS[what], config_type=config_type)

    found = read(api, repository, digest)
    assert found["state"] in ("described", "unreadable")
    assert found["state"] == "described" or found["reason"]


def sbom(raw: bytes) -> tuple[str, Layer]:
    return "application/spdx+json", Layer("application/spdx+json", raw)


OTHERS: dict[str, tuple[tuple[str, Layer], str]] = {
    "deep-json": (sbom(b"[" * 1_000_000), "nested too deeply"),
    "no-json": (sbom(b"\xff\xfe"), "is not JSON"),
    "no-sbom": (sbom(b"{}"), "neither SPDX 2 nor CycloneDX"),
    "cut-wasm": (
        ("application/wasm", Layer("application/wasm", b"\0asm\1\0\0\0\x02\x09\xff\xff\xff")),
        "ends too early",
    ),
    "no-signature": (
        (
            "application/vnd.cncf.notary.signature",
            Layer("application/jose+json", b'{"payload":1,"protected":2}'),
        ),
        "is no JWS",
    ),
    "policy-bomb": (
        (
            "application/vnd.cncf.openpolicyagent.bundle",
            Layer("application/vnd.oci.image.layer.v1.tar+gzip", bomb(300 * MIB)),
        ),
        "unpacks to more than 209715200 bytes",
    ),
}


@pytest.mark.parametrize("what", OTHERS)
def test_hostile_content_of_another_kind_is_unreadable_for_a_reason(api: Api, what: str) -> None:
    (artifact_type, layer), reason = OTHERS[what]

    digest = push(api, f"hostile/{what}", "v1", [layer], artifactType=artifact_type)

    found = read(api, f"hostile/{what}", digest)
    assert found["state"] == "unreadable"
    assert reason in found["reason"]


def test_what_takes_too_much_memory_is_unreadable_and_the_next_one_is_read(api: Api) -> None:
    kind, layer = sbom(b"[" + b'{"a":0},' * (19 * MIB // 8) + b"0]")

    digest = push(api, "hostile/memory", "v1", [layer], artifactType=kind)
    after = push_chart(api, "hostile/after", "1.0.0", {})

    found = read(api, "hostile/memory", digest)
    assert (found["state"], "bytes of memory" in found["reason"]) == ("unreadable", True)
    assert read(api, "hostile/after", after)["state"] == "described"
