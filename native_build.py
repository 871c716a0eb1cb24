"""Compiles the rules with mypyc into `monitor/_native`: by hand (`make native`), or for a wheel that is to carry them.

The same sources run either way (docs/decisions/compiled-rules.md); what is up to date is not built again.
"""

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from monitor.native import BUILD, RECORD, describe_sources  # noqa: E402 - the checkout comes first

SOURCES = [
    *(
        f"monitor/domain/{name}.py"
        for name in (
            "instants", "item_history", "calendars", "counting", "order", "suspensions", "acceptance", "walk", "clocks",
            "judge", "anomalies", "schedule", "quiet_summary", "facts", "tally", "quiet", "standing", "standstill",
            "arrival", "passing", "rescheduling",
        )
    ),
    "alerts/ladder.py",
    "monitor/intake/sent_times.py",
    "monitor/engine/judged_record.py",
    "monitor/engine/verdict.py",
    "monitor/engine/shut_cases.py",
    "monitor/engine/casework.py",
    "monitor/engine/likeness.py",
    "monitor/engine/case_rows.py",
    "monitor/engine/arrivals.py",
]  # fmt: skip
"""What one judgement passes through until its rows are made, and how intake reads times; but for what only the
interpreter makes: structs of msgspec, and their enums.
"""
SHAPES = [
    "monitor/domain/events.py",
    "monitor/domain/items.py",
    "monitor/domain/notices/__init__.py",
    "monitor/engine/record.py",
    "monitor/storage/packed_events.py",
]
"""What the compiled sources import of ours and rely on, its types and constants: a change of these is one of theirs."""


def build_rules(root: Path = ROOT, build: Path = BUILD) -> str:
    """Compile the rules unless they are compiled from these sources; says in a sentence what was done or why not."""
    wanted = describe_sources(root, [*SOURCES, *SHAPES])
    record = build / RECORD
    if record.is_file() and record.read_text(encoding="utf-8") == wanted:
        return "up to date"
    missing = find_missing()
    if missing:
        return f"not compiled, they run as written: {missing}"
    with tempfile.TemporaryDirectory(dir=root, prefix=".native-") as folder:
        made = compile_sources(root, Path(folder))
        (made / RECORD).write_text(wanted, encoding="utf-8")
        if describe_sources(root, [*SOURCES, *SHAPES]) != wanted:
            return "not compiled: the sources changed meanwhile. Run it again."
        # Programs that run keep the files they have opened; none ever sees half a build.
        shutil.rmtree(build, ignore_errors=True)
        made.rename(build)
    return "compiled"


def find_missing() -> str | None:
    """What this machine lacks for compiling, as a sentence; None where nothing is missing."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler ({compiler}). As root: apt-get install gcc"
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if not header.is_file():
        return f"{header} is missing. As root: apt-get install python3-dev"
    try:
        import mypyc.build  # noqa: F401 - only whether it is there
        import setuptools  # noqa: F401
    except ImportError as error:
        return f"{error.name} is missing. Run: make venv"
    return None


def compile_sources(root: Path, folder: Path) -> Path:
    """Compile in a process of its own, which sets its working directory; gives the folder of what was built."""
    print("rules: compiling (about a minute)", file=sys.stderr, flush=True)
    command = [sys.executable, str(Path(__file__).resolve()), "--compile-into", str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"the rules could not be compiled:\n{done.stdout}{done.stderr}")
    return folder / "lib"


def run_compiler(folder: Path) -> None:
    """Translate the sources to C and compile them, under the folder; the working directory is the checkout."""
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.command.build_ext import build_ext

    options = ["--config-file=", "--strict", "--explicit-package-bases", f"--cache-dir={folder / 'cache'}"]
    extensions = mypycify([*options, *SOURCES], opt_level="3", debug_level="0", target_dir=str(folder / "c"))
    for extension in extensions:
        # One module's functions are another's only through the group: unseen from outside, they are called directly.
        extension.extra_compile_args.append("-fvisibility=hidden")
    command = build_ext(Distribution({"name": "rules", "ext_modules": extensions}))
    command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "objects")
    command.ensure_finalized()
    command.run()


def main() -> None:
    """Build where needed, and say what was done."""
    if len(sys.argv) == 3 and sys.argv[1] == "--compile-into":
        run_compiler(Path(sys.argv[2]))
        return
    print(f"rules: {build_rules()}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
