"""Debian's archive is found in either of apt's formats, and nothing else is taken for it."""

from pathlib import Path

from monitor.storage.embedded.apt_packages import Package, parse_print_uris, select_quarters
from monitor.storage.embedded.apt_sources import (
    AptSource,
    parse_deb822_sources,
    parse_one_line_sources,
    read_machine_sources,
    select_debian_sources,
)

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

DEB822 = f"""\
Types: deb deb-src
# a comment inside
URIs: http://archive.example/debian http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: {KEYRING}

Types: deb
URIs: http://archive.example/debian-security
Suites: bookworm-security
Components: main
"""


def test_every_uri_and_suite_of_a_stanza_is_a_source() -> None:
    sources = parse_deb822_sources(DEB822)
    signed = (("signed-by", KEYRING),)
    assert sources == [
        AptSource("http://archive.example/debian", "bookworm", ("main", "contrib"), signed),
        AptSource("http://archive.example/debian", "bookworm-updates", ("main", "contrib"), signed),
        AptSource("http://mirror.example/debian", "bookworm", ("main", "contrib"), signed),
        AptSource("http://mirror.example/debian", "bookworm-updates", ("main", "contrib"), signed),
        AptSource("http://archive.example/debian-security", "bookworm-security", ("main",)),
    ]


def test_disabled_and_source_only_stanzas_are_left_out() -> None:
    disabled = "Types: deb\nEnabled: no\nURIs: http://a.example\nSuites: bookworm\nComponents: main\n"
    source_only = "Types: deb-src\nURIs: http://a.example\nSuites: bookworm\nComponents: main\n"
    assert parse_deb822_sources(f"{disabled}\n{source_only}") == []


def test_a_stanza_with_its_key_inside_is_left_out_because_one_line_cannot_hold_it() -> None:
    inside = (
        "Types: deb\nURIs: http://a.example\nSuites: bookworm\nComponents: main\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n"
    )
    assert parse_deb822_sources(inside) == []


def test_one_line_sources_keep_their_options_and_lose_comments() -> None:
    text = (
        "# deb http://old.example/debian bullseye main\n"
        f"deb [signed-by={KEYRING} arch=amd64] http://a.example/debian bookworm main contrib # ours\n"
        "deb-src http://a.example/debian bookworm main\n"
        "deb http://b.example/debian/ bookworm-updates main\n"
    )
    assert parse_one_line_sources(text) == [
        AptSource("http://a.example/debian", "bookworm", ("main", "contrib"), (("signed-by", KEYRING),)),
        AptSource("http://b.example/debian/", "bookworm-updates", ("main",)),
    ]


def test_archive_sources_move_to_the_suite_with_their_updates_and_security() -> None:
    selected = select_debian_sources(parse_deb822_sources(DEB822), "trixie")
    assert [source.render_line() for source in selected] == [
        f"deb [signed-by={KEYRING}] http://archive.example/debian trixie main",
        f"deb [signed-by={KEYRING}] http://archive.example/debian trixie-updates main",
        f"deb [signed-by={KEYRING}] http://mirror.example/debian trixie main",
        f"deb [signed-by={KEYRING}] http://mirror.example/debian trixie-updates main",
        "deb http://archive.example/debian-security trixie-security main",
    ]


def test_aliases_and_the_old_name_of_security_count_as_debian() -> None:
    sources = [AptSource("http://a.example", suite, ("main",)) for suite in ("stable", "oldstable/updates")]
    assert [source.suite for source in select_debian_sources(sources, "trixie")] == ["trixie", "trixie-security"]


def test_third_parties_backports_and_other_components_are_not_taken_for_debian() -> None:
    sources = [
        AptSource("http://a.example", "bookworm-backports", ("main",)),
        AptSource("http://b.example", "bookworm-pgdg", ("main",)),
        AptSource("http://c.example", "nodistro", ("main",)),
        AptSource("http://d.example", "bookworm", ("stable",)),
        AptSource("http://e.example", "jammy", ("main",)),
    ]
    assert select_debian_sources(sources, "trixie") == []


def test_both_formats_are_read_and_switched_off_files_are_not(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("deb http://one.example bookworm main\n")
    (parts / "two.list").write_text("deb http://two.example bookworm main\n")
    (parts / "three.sources").write_text("Types: deb\nURIs: http://three.example\nSuites: bookworm\nComponents: main\n")
    (parts / "four.sources.disabled").write_text(DEB822)
    found = [source.uri for source in read_machine_sources(tmp_path)]
    assert found == ["http://one.example", "http://two.example", "http://three.example"]


def test_a_machine_without_sources_gives_none(tmp_path: Path) -> None:
    assert read_machine_sources(tmp_path) == []


def test_printed_uris_become_packages_with_their_epochs() -> None:
    listing = (
        "N: a note of apt\n"
        "'http://a.example/pool/libc6_2.41-12_amd64.deb' libc6_2.41-12_amd64.deb 2850108 SHA256:ab\n"
        "'http://a.example/pool/zlib1g_1.3_amd64.deb' zlib1g_1%3a1.3.dfsg_amd64.deb 88720 SHA256:cd\n"
    )
    assert parse_print_uris(listing) == [
        Package("libc6", "2.41-12", 2850108),
        Package("zlib1g", "1:1.3.dfsg", 88720),
    ]


def test_the_download_is_told_in_quarters_each_once() -> None:
    status = ["dlstatus:1:0.5:Retrieving", "dlstatus:3:26.1:Retrieving", "pmstatus:x:50:y", "dlstatus:4:40:a", "noise"]
    assert list(select_quarters([*status, "dlstatus:9:91.2:Retrieving", "dlstatus:9:100.0000:done"])) == [25, 75]
