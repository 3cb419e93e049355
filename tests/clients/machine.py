"""A person's machine: an empty home, a working folder, and programs that are called by name."""

from __future__ import annotations

import os
import pty
import subprocess
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.network import PATH, Network, Result

NO_ANSWERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Machine:
    """`home` is empty at first; `work` is where commands run. The CA is trusted or not.

    `environment` is the whole environment of the commands, save PATH and LANG.
    """

    network: Network
    home: Path
    work: Path
    environment: Mapping[str, str]

    def tool(self, *command: str, **environment: str) -> Tool:
        """A program, with arguments that are always the same."""
        return Tool(self, command, environment)

    def read(self, path: str) -> str:
        """A text file of the working folder."""
        return (self.work / path).read_text()


@dataclass(frozen=True, slots=True)
class Tool:
    """Calling it runs the program and fails the test if its exit code is not 0."""

    machine: Machine
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, stdin: str = "", timeout_seconds: float = 120) -> Result:
        result = self.run(*arguments, stdin=stdin, timeout_seconds=timeout_seconds)
        assert result.code == 0, str(result)
        return result

    def fails(self, *arguments: str, stdin: str = "") -> Result:
        """Run it; the test fails if the exit code is 0."""
        result = self.run(*arguments, stdin=stdin)
        assert result.code != 0, f"it should have failed\n{result}"
        return result

    def run(self, *arguments: str, stdin: str = "", timeout_seconds: float = 120) -> Result:
        """Run it, whatever comes of it."""
        return self.machine.network.run(
            *self.command,
            *arguments,
            folder=self.machine.work,
            environment={**self.machine.environment, **self.environment},
            stdin=stdin,
            timeout_seconds=timeout_seconds,
        )

    def on_a_terminal(self, *arguments: str, answers: Mapping[str, str] = NO_ANSWERS) -> Result:
        """Run it on a terminal and type each answer when its prompt is shown."""
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (50, 200))
        command = (*self.command, *arguments)
        started = subprocess.Popen(
            self.machine.network.command(self.machine.work, *command),
            env={"PATH": PATH, "LANG": "C.UTF-8", **self.machine.environment, **self.environment},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        shown = _converse(ours, dict(answers))
        os.close(ours)
        code = started.wait(timeout=60)
        return Result(command, code, shown.replace("\r\n", "\n"), "")


def _converse(terminal: int, answers: dict[str, str]) -> str:
    """What the other side of a terminal showed until it hung up."""
    shown, deadline = "", time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            shown += os.read(terminal, 4096).decode()
        except OSError:  # the other side has closed it
            return shown
        for prompt in [prompt for prompt in answers if shown.endswith(prompt)]:
            if prompt.startswith("Password"):
                _wait_for_no_echo(terminal)
            os.write(terminal, f"{answers.pop(prompt)}\n".encode())
    raise AssertionError(f"the conversation did not end; shown so far:\n{shown}")


def _wait_for_no_echo(terminal: int) -> None:
    """Programs show the prompt first and hide what is typed a moment later."""
    deadline = time.monotonic() + 5
    while termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < deadline:
        time.sleep(0.01)
