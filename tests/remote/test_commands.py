"""What scripts and terminals see: JSON, completion, progress, and what a start loads."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.remote.fault_registry import fault_registry
from tests.remote.person import MOORAGE, Person

TERMINAL_BYTES = 6_000_000


@pytest.fixture
def moorage(tmp_path: Path) -> Person:
    return Person.new(tmp_path)


def test_a_listing_loads_neither_the_server_nor_http(moorage: Person) -> None:
    """What is not loaded costs no time at the start."""
    code = (
        "import sys; sys.argv = ['moorage', 'chart', 'list']\n"
        "from moorage.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"HOME": str(moorage.home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())

    server = {"sqlalchemy", "alembic", "granian", "moorage.wiring", "moorage.settings"}
    assert loaded & (server | {"urllib3", "ssl", "yaml", "rich", "pydantic"}) == set()
    assert "moorage.cli.chart" in loaded


def test_every_command_says_what_it_did_in_json(moorage: Person) -> None:
    with fault_registry() as registry:
        archive = moorage.new_archive()
        ref, url = f"{registry.host}/a/demo:1.2.3", f"oci://{registry.host}/a/demo"
        commands = (
            ("chart", "save", "demo-folder", ref),
            ("chart", "list"),
            ("chart", "push", ref),
            ("chart", "pull", ref),
            ("chart", "export", ref, "-d", "out"),
            ("push", archive, f"oci://{registry.host}/a"),
            ("pull", url, "-d", "out"),
            ("search", "repo", "demo"),
            ("repo", "list"),
            ("lint", "demo-folder"),
            ("package", "demo-folder"),
        )
        moorage("repo", "index", ".")
        registry.files["/index.yaml"] = (moorage.work / "index.yaml").read_bytes()
        moorage("repo", "add", "site", f"http://{registry.host}")
        for command in commands:
            document = json.loads(moorage(*command, "--json").stdout)

            assert document, command


def test_a_shell_completes_commands_and_saved_references(moorage: Person) -> None:
    moorage.new_archive()
    moorage("chart", "save", "demo-folder", "registry.test/a/demo:1.2.3")

    def completed(words: str) -> list[str]:
        count = str(len(words.split(" ")) - 1)
        environment = {"COMP_WORDS": words, "COMP_CWORD": count}
        return moorage.run(_MOORAGE_COMPLETE="complete_bash", **environment).stdout.split()

    assert "chart" in completed("moorage cha")
    assert "push" in completed("moorage chart pu")
    assert completed("moorage chart push reg") == ["registry.test/a/demo:1.2.3"]
    for shell in ("bash", "zsh", "fish"):
        assert "_MOORAGE_COMPLETE" in moorage("completion", shell).stdout


def test_a_terminal_gets_a_bar_and_a_file_gets_lines(moorage: Person) -> None:
    with fault_registry() as registry:
        archive = moorage.new_archive(noise_bytes=TERMINAL_BYTES)
        push = ("push", archive, f"oci://{registry.host}/a")

        plain = moorage(*push)
        registry.blobs.clear()
        shown = _on_a_terminal(moorage, *push)

    assert plain.stderr == ""
    assert plain.stdout.startswith("Pushed: ")
    assert "MB" in shown and "Pushed: " in shown


def test_a_missing_file_is_an_error_and_no_trace(moorage: Person) -> None:
    for command in (("show", "chart", "./none.tgz"), ("package", "none"), ("lint", "none")):
        assert moorage.fails(*command).stderr.startswith("Error: "), command


def _on_a_terminal(person: Person, *arguments: str) -> str:
    ours, theirs = pty.openpty()
    started = subprocess.Popen(
        [MOORAGE, *arguments],
        cwd=person.work,
        env={"HOME": str(person.home), "PATH": os.environ["PATH"], "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # the other side has hung up
        pass
    os.close(ours)
    assert started.wait(60) == 0, shown
    return shown.decode("utf-8", "replace")
