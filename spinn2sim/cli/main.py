"""The entry point of the command line: gathers the commands, and turns every error into one line and an exit status."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Sequence

import click

from firmware_models.jit.compile_watch import watch_compiling
from spinn2sim import __version__
from spinn2sim.cli.cache_command import cache
from spinn2sim.cli.check_command import check
from spinn2sim.cli.chip_command import chip
from spinn2sim.cli.compile_notice import CompileNotice
from spinn2sim.cli.completion_command import COMPLETE_VARIABLE, PROGRAM, completion
from spinn2sim.cli.diagnose_command import diagnose
from spinn2sim.cli.diff_command import diff
from spinn2sim.cli.export_command import export_command
from spinn2sim.cli.import_command import import_command
from spinn2sim.cli.keys_command import keys
from spinn2sim.cli.map_command import map_command
from spinn2sim.cli.new_command import new
from spinn2sim.cli.output import INTERRUPTED, OWN_PROCESS, WRONG_USE, coloured, one_line
from spinn2sim.cli.packets_command import packets
from spinn2sim.cli.report_command import report
from spinn2sim.cli.reproduce_command import reproduce
from spinn2sim.cli.run_command import run
from spinn2sim.cli.scenarios_command import scenarios
from spinn2sim.cli.script_command import script
from spinn2sim.cli.signals import catch_signals, exit_if_interrupted, interrupted_status
from spinn2sim.cli.standard_streams import close_stdout, open_standard_streams
from spinn2sim.cli.sweep_command import sweep
from spinn2sim.cli.traffic_command import traffic
from spinn2sim.cli.train_command import train
from spinn2sim.cli.validate_command import validate
from spinn2sim.cli.verify_command import verify
from spinn2sim.cli.warm_up_command import warm_up
from spinn2sim.cli.watch_command import watch
from spinn2sim.errors import MPI_SIZES, DataNote, ScenarioKeysError, Spinn2simError, harmless
from spinn2sim.trace.sql_limits import must_exit_hard

COMMANDS: tuple[click.Command, ...] = (
    run,
    train,
    validate,
    check,
    diff,
    traffic,
    map_command,
    chip,
    packets,
    report,
    diagnose,
    export_command,
    import_command,
    sweep,
    reproduce,
    verify,
    script,
    scenarios,
    keys,
    new,
    warm_up,
    cache,
    completion,
    watch,
)


EPILOG = """
Exit status: 0 done; 1 the answer is no (validate, check, diff, verify, reproduce); 2 wrong use, or a file that cannot be read or written,
said in one line; 3 packets, ticks or values were lost and --fail-on-loss was given; 130, 143, 129 interrupted by Ctrl-C, SIGTERM, SIGHUP.
"""
BEGIN = """spinn2sim simulates a SpiNNaker2-style chip that trains spiking networks on itself, every packet timed.

  spinn2sim run yinyang-demo            train a small network on the chip
  spinn2sim report runs/yinyang-demo-1  look at the run: a page for a browser
  spinn2sim scenarios                   what else can be run by name
  spinn2sim map yinyang                 where a network is placed on the chip
  spinn2sim chip                        what is modelled, and what is assumed
  spinn2sim completion bash             completion of commands and names

spinn2sim --help lists all commands, spinn2sim COMMAND --help explains one."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True, epilog=EPILOG)
@click.version_option(__version__, prog_name="spinn2sim")
@click.pass_context
def commands(context: click.Context) -> None:
    """Simulate a SpiNNaker2-style chip that trains spiking networks on itself.

    Example: spinn2sim run yinyang-demo
    """
    if context.invoked_subcommand is None:
        click.echo(BEGIN)


for command in COMMANDS:
    commands.add_command(command)


def main() -> None:
    """Run the command that the arguments name. Every error is reported in one line; --debug shows a traceback before it."""
    open_standard_streams()
    catch_signals()
    warnings.showwarning = show_warning
    watch_compiling(CompileNotice())
    try:
        if is_first_rank():
            run_command()
    except KeyboardInterrupt:  # a second one, while the message about the first was printed
        sys.exit(interrupted_status())
    finally:
        exit_if_interrupted()


def is_first_rank() -> bool:
    """Return whether this process runs the command: of those that `mpirun` has started the first one; the others play chips for it."""
    if not any(name in os.environ for name in MPI_SIZES):
        return True
    from spinn2sim.hardware.engines.spread.mpi import join_world, mpi_size

    if mpi_size() == 1:
        return True
    try:
        return join_world()
    except Spinn2simError as error:
        end(str(error), error.exit_status)
        raise


def run_command() -> None:
    """Run the command, and exit with its status."""
    try:
        commands(standalone_mode=False, obj=OWN_PROCESS, prog_name=PROGRAM, complete_var=COMPLETE_VARIABLE)
    except SystemExit as stop:
        sys.exit(interrupted_status() if stop.code == INTERRUPTED else stop.code)
    except (KeyboardInterrupt, click.Abort):
        end("interrupted", interrupted_status())
    except click.ClickException as error:
        end(error.format_message(), WRONG_USE)
    except ScenarioKeysError as error:
        end(error.problems, error.exit_status)
    except Spinn2simError as error:
        end(str(error), error.exit_status)
    except MemoryError as error:
        end(f"not enough memory: {error}" if str(error) else "not enough memory", WRONG_USE)
    except ImportError as error:
        from spinn2sim.files.lacking_memory import lacks_room_for_a_library

        if not lacks_room_for_a_library(error):
            raise
        end("not enough memory to load a library", WRONG_USE)
    except OSError as error:
        close_stdout()
        end(f"{error.filename or 'input or output'}: {error.strerror or error}", WRONG_USE)


def show_warning(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    """Print a warning, or a note, as one line. Deprecation warnings concern programmers, not users, and are left out."""
    if not issubclass(category, DeprecationWarning | PendingDeprecationWarning | FutureWarning):
        text = str(message).split("\nThe parse failed with exception")[0]  # after which numba quotes a traceback
        kind = "NOTE" if issubclass(category, DataNote) else "WARNING"
        click.echo(coloured(f"{kind}: {one_line(text)}", err=True), err=True)


def end(text: str | Sequence[str], status: int) -> None:
    """Print why a command could not do what was asked, each reason in a line, and exit."""
    lines = [text] if isinstance(text, str) else text
    if "--debug" in sys.argv:
        click.echo("\n".join(map(harmless, traceback.format_exc().splitlines())), err=True)
    for line in lines:
        click.echo(coloured(f"spinn2sim: {one_line(line)}", err=True), err=True)
    if must_exit_hard():
        os._exit(status)
    sys.exit(status)
