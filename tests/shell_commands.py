"""Commands as documentation names them: does each program, subcommand, option, target and setting exist?"""

import io
import re
import runpy
import shlex
import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from itertools import groupby, pairwise
from unittest.mock import patch

from dvc.cli import DvcParserError
from dvc.cli.parser import get_main_parser
from ruamel.yaml import YAML
from source_imports import ROOT

from scratchnet.chapters.reading import parser

OTHERS = {"git", "cd", "source", "pip", "nvidia-smi"}  # programs whose options are not looked at
BETWEEN = {"&&", "||", "|", ";"}
PLACEHOLDER = re.compile(r"\b(NN|NAME|STAGE|ITEM|ARCH|TASK|TARGET|COMMAND)\b|…|\.\.\.")
INLINE = re.compile(r"(make|dvc|python -m) \S")


def commands(text: str) -> Iterator[list[str]]:
    """The words of every command in a text: in fences named sh, and in running text."""
    for token in parser().parse(text):
        if token.type == "fence" and token.info == "sh":
            for line in token.content.replace("\\\n", " ").splitlines():
                yield from simple_commands(line)
        for child in token.children or []:
            if child.type == "code_inline" and INLINE.match(child.content) and not PLACEHOLDER.search(child.content):
                yield from simple_commands(child.content)


def simple_commands(line: str) -> Iterator[list[str]]:
    """a && b | c is three."""
    for between, words in groupby(shlex.split(line, comments=True), BETWEEN.__contains__):
        if not between:
            yield list(words)


def mistake(command: list[str]) -> str:
    """What does not exist of a command, or nothing."""
    settings = [after for word, after in pairwise(command) if word == "-S"]
    if unknown := [setting for setting in settings if not is_setting(setting.partition("=")[0])]:
        return f"params.yaml has no {', '.join(unknown)}"
    match command:
        case ["make", *words]:
            return mistake_of_make(words)
        case ["dvc", *words]:
            return mistake_of_dvc(words)
        case ["python", "-m", "venv", *_]:
            return ""
        case ["python", "-m", "pytest", *words]:
            gone = [
                word for word in words if not word.startswith("-") and not (ROOT / word.partition("::")[0]).exists()
            ]
            return f"there is no {', '.join(gone)}" if gone else ""
        case ["python", "-m", module, *words]:
            return mistake_of_module(module, words)
        case [program, *_] if program not in OTHERS:
            return f"the program {program} is not known"
    return ""


@cache
def _tree(file: str) -> dict:
    return YAML(typ="safe").load(ROOT / file)


def is_setting(dotted: str) -> bool:
    value = _tree("params.yaml")
    for key in dotted.split("."):
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def mistake_of_make(words: list[str]) -> str:
    targets = set(re.findall(r"^([\w./-]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    unknown = [word for word in words if "=" not in word and word not in targets]
    return f"the Makefile has no {', '.join(unknown)}" if unknown else ""


@cache
def _dvc():
    return get_main_parser()


def mistake_of_dvc(words: list[str]) -> str:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            asked = _dvc().parse_args(words)
        except DvcParserError:
            return "dvc does not know this"
        except SystemExit as ended:
            return "dvc does not know this" if ended.code else ""
    stages = _tree("dvc.yaml")["stages"]
    targets = asked.targets if asked.cmd in ("repro", "run") else []
    unknown = [target for target in targets if target.partition("@")[0] not in stages]
    return f"dvc.yaml has no stage {', '.join(unknown)}" if unknown else ""


class Parsed(BaseException):
    """A command has read its arguments, and now would begin."""


def mistake_of_module(module: str, words: list[str]) -> str:
    """The module's own parser reads the arguments; nothing is run after that."""
    parse = ArgumentParser.parse_args

    def parse_and_stop(self, arguments=None, namespace=None):
        asked = parse(self, arguments, namespace)
        if not arguments or list(arguments)[-1:] == words[-1:]:  # else it was the name of a subcommand alone
            raise Parsed
        return asked

    told = io.StringIO()
    with (
        warnings.catch_warnings(category=RuntimeWarning, action="ignore"),  # another test may have imported the module
        patch.object(ArgumentParser, "parse_args", parse_and_stop),
        patch.object(sys, "argv", [module, *words]),
        redirect_stdout(io.StringIO()),
        redirect_stderr(told),
    ):
        try:
            runpy.run_module(module, run_name="__main__")
        except Parsed:
            return ""
        except ImportError as error:
            return str(error)
        except SystemExit as ended:
            return f"{ended.code} {told.getvalue()}" if ended.code else ""
    return ""
