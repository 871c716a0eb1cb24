"""The runner of the documentation notices what is wrong, and reads what is written."""

from pathlib import Path

import pytest

from tests.support.page_blocks import Exchange, matches, read_blocks, read_exchanges
from tests.support.page_shell import PageShell

PAGE = """\
# A page

```console
$ echo one \\
> two
one two
$ true
```

<!-- not run: it needs root -->
```sh
systemctl start e-supervision
```

<!-- done before
echo prepared
-->

```json
{}
```
"""


def test_blocks_are_read_with_their_language_remark_and_line() -> None:
    assert [(block.line, block.language, block.is_run) for block in read_blocks(PAGE)] == [
        (3, "console", True), (10, "sh", False), (15, "sh", True), (19, "json", False),
    ]  # fmt: skip


def test_a_console_is_read_as_commands_and_answers() -> None:
    assert list(read_exchanges(read_blocks(PAGE)[0])) == [Exchange("echo one \\\ntwo", "one two"), Exchange("true", "")]


def test_an_answer_apart_belongs_to_the_block_before_it() -> None:
    [block] = read_blocks("```sh\necho one\n```\n\n<!-- answered -->\n```text\none\n```\n")
    assert list(read_exchanges(block)) == [Exchange("echo one", "one\n")]


def test_another_answer_than_the_one_apart_is_noticed(tmp_path: Path) -> None:
    page = "```sh\necho one\n```\n\n<!-- answered -->\n```text\ntwo\n```\n"
    with pytest.raises(AssertionError, match="The page shows"):
        run(page, tmp_path)


@pytest.mark.parametrize(
    ("printed", "shown", "fits"),
    [
        ("made at 10:00\n", "made at …", True),
        ("a\nb\nc\n", "a\n…\nc", True),
        ("a\n", "b", False),
        ("a\nmore\n", "a", False),
        ("a.c", "abc", False),
    ],
)
def test_an_ellipsis_stands_for_anything_and_nothing_else_does(printed: str, shown: str, fits: bool) -> None:
    assert matches(printed, shown) is fits


def run(page: str, folder: Path) -> None:
    with PageShell(folder, 1, {}) as shell:
        for block in read_blocks(page):
            shell.run_block(block)


def test_a_variable_stays_for_the_blocks_that_follow(tmp_path: Path) -> None:
    run("```sh\nNAME=hall\n```\n\n```console\n$ echo $NAME at 127.0.0.1:8080\nhall at 127.0.0.1:8080\n```\n", tmp_path)


def test_what_is_left_running_ends_with_the_page(tmp_path: Path) -> None:
    command = "bash -c 'trap \"touch ended; exit\" TERM; echo up; while :; do sleep 0.1; done'"
    run(f"<!-- left running -->\n```console\n$ {command}\nup\n```\n", tmp_path)
    assert (tmp_path / "ended").exists()


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("```console\n$ echo one\ntwo\n```\n", "The page shows:\ntwo"),
        ("```console\n$ echo one\n```\n", "echo one"),
        ("```sh\nfalse\n```\n", "exit code 1"),
        ("```python\nraise SystemExit('no hall')\n```\n", "no hall"),
    ],
)
def test_a_page_that_says_something_else_is_told(page: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=told):
        run(page, tmp_path)
