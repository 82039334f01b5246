"""The command `new`, which writes a scenario to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from spinn2sim.cli.command_options import PATH, output_options
from spinn2sim.cli.output import show
from spinn2sim.errors import OutputError, ScenarioError


@click.command()
@click.argument("name", type=PATH)
@click.option(
    "--like",
    default="csv",
    show_default=True,
    help="A shipped scenario (spinn2sim scenarios), or csv: data of your own.",
)
@click.option("--data", type=PATH, help="The file of the samples; with --like csv by default NAME.csv.")
@output_options
def new(name: Path, like: str, data: Path | None, as_json: bool) -> None:
    """Write NAME.toml, a short scenario with a comment on each key, like one that is shipped.

    Example: spinn2sim new mine --like yinyang

    Example: spinn2sim new wine --like csv --data wine.csv
    """
    from spinn2sim.files.atomic import write_text
    from spinn2sim.scenario.load import load_text
    from spinn2sim.scenario.new_scenario import CSV, new_text
    from spinn2sim.scenario.shipped import closest_first, shipped_names

    file = name if name.suffix == ".toml" else name.with_name(f"{name.name}.toml")
    if like != CSV and like not in shipped_names():
        near = ", ".join(closest_first(like, shipped_names())[:5])
        raise ScenarioError(
            f"--like {like:.80}: found no shipped scenario of this name, allowed is csv or one of them, such as {near}"
        )
    if file.exists():
        raise OutputError(f"{file}: exists already, allowed is a new file")
    if data is not None and not data.is_file():
        raise ScenarioError(f"--data {data}: found no such file, allowed is the file of the samples")
    text = new_text(file.stem, like, data)
    if like != CSV or data is not None or Path(f"{file.stem}.csv").is_file():
        load_text(text, file=str(file), folder=Path.cwd())
    text = new_text(file.stem, like, None if data is None else data.absolute())
    write_text(file, text)
    show({"file": str(file)}, [f"{file}: written; next: spinn2sim run {file}"], as_json)
