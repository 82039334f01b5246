"""The entry point of the command line: it gathers the commands, and turns every refusal into one line and an exit status."""

from __future__ import annotations

import sys
import traceback

import click

from spinn2sim import __version__
from spinn2sim.cli.check_command import check
from spinn2sim.cli.chip_command import chip
from spinn2sim.cli.diff_command import diff
from spinn2sim.cli.export_command import export_command
from spinn2sim.cli.import_command import import_command
from spinn2sim.cli.map_command import map_command
from spinn2sim.cli.output import INTERRUPTED, WRONG_USE
from spinn2sim.cli.packets_command import packets
from spinn2sim.cli.report_command import report
from spinn2sim.cli.reproduce_command import reproduce
from spinn2sim.cli.run_command import run
from spinn2sim.cli.sweep_command import sweep
from spinn2sim.cli.traffic_command import traffic
from spinn2sim.cli.train_command import train
from spinn2sim.cli.validate_command import validate
from spinn2sim.cli.verify_command import verify
from spinn2sim.errors import Spinn2simError

COMMANDS: tuple[click.Command, ...] = (
    run, train, validate, check, diff, traffic, map_command, chip, packets, report, export_command, import_command, sweep,
    reproduce, verify,
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="spinn2sim")
def commands() -> None:
    """Simulate a SpiNNaker2-style chip that trains spiking networks on itself.

    Example: spinn2sim run scenarios/yinyang-demo.toml
    """


for command in COMMANDS:
    commands.add_command(command)


def main() -> None:
    """Run the command that the arguments name. Whatever goes wrong is one line; --debug shows a traceback before it."""
    try:
        commands(standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        end("interrupted", INTERRUPTED)
    except click.ClickException as error:
        end(error.format_message(), WRONG_USE)
    except Spinn2simError as error:
        end(str(error), error.exit_status)
    except OSError as error:
        end(f"{error.filename or 'input or output'}: {error.strerror or error}", WRONG_USE)


def end(text: str, status: int) -> None:
    """Print the last line of a command that could not do what was asked, and exit."""
    if "--debug" in sys.argv:
        traceback.print_exc()
    click.echo(f"spinn2sim: {' '.join(text.split())}", err=True)
    sys.exit(status)
