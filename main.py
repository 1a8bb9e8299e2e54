"""Autograd Canvas: build a graph of tensors, run it, and watch its backward pass.

main.py [FILE]                  open the window
main.py run FILE [--json]       evaluate a file without a window and print values, gradients and grad_fns
main.py code FILE               print a file as a script for torch
main.py shot FILE OUT.png …     render the window, with the player at a step, into a picture
main.py ops [--markdown]        print every operation: what it takes, its formula, its gradients, its names in torch
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status. Problems are one line on stderr, never a traceback."""
    words = sys.argv[1:] if arguments is None else arguments
    commands = {"run": _run, "code": _code, "shot": _shot, "ops": _ops}
    command = commands.get(words[0]) if words else None
    return command(words[1:]) if command else _window(words)


def _window(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="autograd-canvas",
        description="Build a graph of tensors, run it, and watch its backward pass.",
        epilog="Without a window: 'run FILE [--json]' prints the gradients, 'code FILE' prints a script for torch, "
        "'shot FILE OUT.png' makes a picture, 'ops [--markdown]' prints what every operation is.",
    )
    parser.add_argument("file", nargs="?", type=Path, help="a graph to open (*.autograd)")
    parser.add_argument("--version", action="version", version=_version())
    options = parser.parse_args(words)
    from gui.app import has_display, show_window

    if not has_display():
        return _fail("there is no display; 'run FILE' and 'shot FILE OUT.png' work without one", 2)
    return show_window(options.file)


def _run(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="autograd-canvas run",
        description="Evaluate a graph, run its backward nodes, print what came of it.",
        epilog="The exit status is 0 also if a node or a pass fails (the report says so), 1 if the file is bad.",
    )
    parser.add_argument("file", type=Path, help="a graph (*.autograd)")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    options = parser.parse_args(words)
    from engine.document.files import FileErrors, load
    from engine.run.backward import play, written_passes
    from engine.run.evaluate import evaluate
    from engine.run.report import as_json, as_text

    try:
        snapshot = load(options.file).graph().snapshot()
    except (FileErrors, OSError) as error:
        return _fail(_sentence(options.file, error))
    run = evaluate(snapshot)
    log = play(run, written_passes(run))
    return _print(as_json(run, log) if options.json else as_text(run, log))


def _code(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="autograd-canvas code",
        description="Print a graph as a script for torch.",
        epilog="What cannot run is left out, with a comment that says why. The exit status is 1 if the file is bad.",
    )
    parser.add_argument("file", type=Path, help="a graph (*.autograd)")
    options = parser.parse_args(words)
    from engine.convert.script import torch_script
    from engine.document.files import FileErrors, load

    try:
        snapshot = load(options.file).graph().snapshot()
    except (FileErrors, OSError) as error:
        return _fail(_sentence(options.file, error))
    return _print(torch_script(snapshot).rstrip("\n"))


def _shot(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="autograd-canvas shot", description="Render the window into a picture.")
    parser.add_argument("file", type=Path, help="a graph (*.autograd)")
    parser.add_argument("out", type=Path, help="the picture to write (.png)")
    parser.add_argument("--step", help="run backward and stand after N steps, or at 'start' or 'end'")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--size", default="1600x900", help="of the window, WIDTHxHEIGHT in px")
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels per px, 0.5 to 4; 2 for HiDPI")
    options = parser.parse_args(words)
    try:
        width, height = (int(part) for part in options.size.lower().split("x"))
        if not (320 <= width <= 7680 and 240 <= height <= 4320):
            raise ValueError
    except ValueError:
        parser.error(f"--size wants WIDTHxHEIGHT between 320x240 and 7680x4320, not {options.size!r}")
    if options.step not in (None, "start", "end") and not options.step.isdecimal():
        parser.error(f"--step wants a number, 'start' or 'end', not {options.step!r}")
    if not 0.5 <= options.scale <= 4:
        parser.error(f"--scale wants a number from 0.5 to 4, not {options.scale}")
    from engine.document.files import FileErrors
    from gui.shot import take

    try:
        take(options.file, options.out, options.step, options.theme, (width, height), options.scale)
    except (FileErrors, ValueError) as error:
        return _fail(_sentence(options.file, error))
    except OSError as error:
        return _fail(_sentence(options.out, error))
    return 0


def _ops(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="autograd-canvas ops",
        description="Print every operation: its inputs and params, formula, gradients, names in torch, search words.",
    )
    parser.add_argument("--markdown", action="store_true", help="print a page of Markdown")
    options = parser.parse_args(words)
    from engine.run.reference import as_markdown, as_text

    return _print(as_markdown() if options.markdown else as_text())


def _sentence(path: Path, error: Exception) -> str:
    """What went wrong with a file, in a line that names it (a file with several faults: a line each)."""
    if isinstance(error, OSError):
        return f"{error.filename or path}: {error.strerror or error}"
    return "\n".join(f"{path}: {line}" for line in str(error).splitlines())


def _print(text: str) -> int:
    """Print in UTF-8, and all of it now, while a full disk or a reader that went away can still be noticed."""
    if not isinstance(sys.stdout, io.TextIOWrapper):  # None if the program was started without an output
        print(text)
        return 0
    try:
        sys.stdout.reconfigure(encoding="utf-8")
        print(text, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more when it ends
        if isinstance(error, BrokenPipeError):
            return 1
        return _fail(f"the output cannot be written: {error.strerror}")
    return 0


def _fail(sentence: str, status: int = 1) -> int:
    for line in sentence.splitlines():
        print(f"autograd-canvas: {line}", file=sys.stderr)
    return status


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"Autograd Canvas {version('autograd-canvas')}"
    except PackageNotFoundError:
        return "Autograd Canvas (from its source folder)"


if __name__ == "__main__":
    sys.exit(main())
