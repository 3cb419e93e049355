"""`moorage completion SHELL`: the script that makes a shell complete our commands."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(add_completion=False, help="Print the completion script of a shell.")

SHELLS = ("bash", "zsh", "fish", "powershell")


@app.command("completion")
def completion(
    shell: Annotated[
        str, typer.Argument(help=", ".join(SHELLS), autocompletion=lambda: list(SHELLS))
    ],
) -> None:
    """Print the completion script: source <(moorage completion bash)"""
    from typer._completion_shared import get_completion_script

    typer.echo(
        get_completion_script(prog_name="moorage", complete_var="_MOORAGE_COMPLETE", shell=shell)
    )
