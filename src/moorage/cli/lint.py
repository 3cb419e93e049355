"""`moorage lint`: what is wrong with a chart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from moorage.charts.errors import ChartError
from moorage.cli.client import Json
from moorage.cli.text import print_json

app = typer.Typer(add_completion=False, help="Look for mistakes in charts.")


@app.command("lint")
def lint(
    charts: Annotated[list[Path] | None, typer.Argument(metavar="FOLDER...")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="warnings are errors")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="warnings and errors only")] = False,
    json: Json = False,
) -> None:
    """Look for mistakes in charts' folders; templates are not rendered."""
    from moorage.charts.lint import lint_folder

    failed, documents = 0, []
    for folder in charts or [Path(".")]:
        if not (folder / "Chart.yaml").is_file():
            raise ChartError(
                f"unable to check Chart.yaml file in chart: stat {folder}/Chart.yaml: "
                "no such file or directory",
                "give a chart's folder",
            )
        findings = lint_folder(folder)
        bad = ("ERROR", "WARNING") if strict else ("ERROR",)
        failed += any(finding.severity in bad for finding in findings)
        if json:
            documents += [
                {"chart": str(folder), "severity": f.severity, "path": f.path, "text": f.text}
                for f in findings
            ]
            continue
        shown = [f for f in findings if not quiet or f.severity != "INFO"]
        if shown or not quiet:
            lines = "".join(f"{finding}\n" for finding in shown)
            typer.echo(f"==> Linting {folder}\n{lines}")
    count = len(charts or ["."])
    summary = f"{count} chart(s) linted, {failed} chart(s) failed"
    if json:
        print_json(documents)
    if failed:
        raise ChartError(summary)
    if not quiet and not json:
        typer.echo(summary)
