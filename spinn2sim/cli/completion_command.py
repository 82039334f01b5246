"""The command `completion`, which prints what a shell needs to complete commands, options and names of scenarios."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from spinn2sim.cli.command_options import output_options

PROGRAM, COMPLETE_VARIABLE = "spinn2sim", "_SPINN2SIM_COMPLETE"
# Where each shell reads it at its start.
FILES = {
    "bash": '~/.bashrc: eval "$(spinn2sim completion bash)"',
    "zsh": '~/.zshrc: eval "$(spinn2sim completion zsh)"',
    "fish": "~/.config/fish/completions/spinn2sim.fish: its output",
}


@click.command()
@click.argument("shell", type=click.Choice(list(FILES)))
@output_options
def completion(shell: str, as_json: bool) -> None:
    """Print a script that lets bash (4.4 or newer), zsh or fish complete commands, options and names of scenarios.

    Put into ~/.bashrc or ~/.zshrc: eval "$(spinn2sim completion bash)". For fish, write the output into
    ~/.config/fish/completions/spinn2sim.fish.

    Example: spinn2sim completion zsh
    """
    from spinn2sim.cli.output import show

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - Click has these three
    source = found(click.Group(), {}, PROGRAM, COMPLETE_VARIABLE)
    text = source.source_template % source.source_vars()
    show({"shell": shell, "put_into": FILES[shell], "script": text}, text.splitlines(), as_json)
