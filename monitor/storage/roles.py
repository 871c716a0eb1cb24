"""Roles of the database: each part of the service may do its own work, and none may change or remove the log."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import Connection, errors, sql

from monitor.storage.database import DatabaseError
from monitor.storage.sql_blocks import sql_block

LOG_TABLES = ("event", "event_identity", "intake_batch")
"""The log and what proves it: inserted into and read, by nobody updated, deleted from or emptied."""


class DatabaseRole(StrEnum):
    """A group without login; who logs in is made its member."""

    INTAKE = "esupervision_intake"
    ENGINE = "esupervision_engine"
    READER = "esupervision_reader"


_READ = ("select",)
_APPEND = ("select", "insert")
_KEEP = ("select", "insert", "update")
_CHANGE = ("select", "insert", "update", "delete")

_REGISTRY = (
    "region", "hall", "department", "department_version", "item", "item_version", "service_window", "handler",
    "authorisation", "source", "calendar_version",
)  # fmt: skip
_LIVE_STATE = (
    "case_file", "judged_case", "judged_clock", "cohort", "cohort_clock", "anomaly", "department_day",
    "department_month", "department_load", "department_speedup", "card", "card_step", "department_cards", "card_day",
    "engine_state", "engine_measure", "feed_head", "recalculation", "feed_card", "feed_card_step", "held_card",
    "outage", "hall_warning",
)  # fmt: skip
_VIEWS = ("case_state", "clock")
_EVERYWHERE = ("schema_migration", "backup_record", "rules_version", "case_clock", *_REGISTRY)

GRANTS: Mapping[DatabaseRole, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        DatabaseRole.INTAKE: {
            **dict.fromkeys(_EVERYWHERE, _READ),
            **dict.fromkeys(LOG_TABLES, _APPEND),
            "batch_chain": ("select", "update"),
            "unfolded_batch": _APPEND,
            "refused_event": _APPEND,
            "heartbeat": _KEEP,
            "source_key": _READ,
        },
        DatabaseRole.ENGINE: {
            **dict.fromkeys(_EVERYWHERE, _READ),
            **dict.fromkeys(LOG_TABLES, _READ),
            **dict.fromkeys(_LIVE_STATE, _KEEP),
            **dict.fromkeys(_VIEWS, _READ),
            **dict.fromkeys(("judged_case", "judged_clock", "cohort", "cohort_clock", "anomaly", "held_card"), _CHANGE),
            "batch_chain": _READ,
            "unfolded_batch": ("select", "delete"),
            "feed": _APPEND,
            "heartbeat": _READ,
        },
        DatabaseRole.READER: {
            **dict.fromkeys(_EVERYWHERE, _READ),
            **dict.fromkeys(LOG_TABLES, _READ),
            **dict.fromkeys((*_LIVE_STATE, *_VIEWS), _READ),
            "batch_chain": _READ,
            "unfolded_batch": _READ,
            "feed": ("select", "delete"),  # what is older than a day is forgotten by the live channel
            "heartbeat": _READ,
        },
    }
)
"""What each role may do with each table; a table that stands nowhere is its owner's alone."""

OWNERS_ALONE = frozenset({"handler_person"})
"""Tables for the commands of an operator alone: personal fields."""

_SEQUENCES = {
    DatabaseRole.INTAKE: ("receipt_number",),
    DatabaseRole.ENGINE: ("case_file_case_id_seq", "card_card_id_seq", "cohort_cohort_id_seq"),
    DatabaseRole.READER: (),
}


def create_roles(connection: Connection[Any]) -> list[DatabaseRole]:
    """Make the roles that the server does not have yet, and give them their rights; gives those made now.

    `connection` commits each statement by itself. Raises DatabaseError where the user may not make roles.
    """
    made = []
    for role in DatabaseRole:
        known = connection.execute(sql_block("select_role_exists"), {"name": role.value}).fetchone()
        if known is not None:
            continue
        with suppress(errors.DuplicateObject, errors.UniqueViolation):  # another database of this server was faster
            _create_role(connection, role)
            made.append(role)
    grant_rights(connection)
    return made


def _create_role(connection: Connection[Any], role: DatabaseRole) -> None:
    try:
        connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
    except errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"The user {connection.info.user} may not make the role {role}. Run this command once as a user with "
            "CREATEROLE, or let the server's administrator make the roles "
            f"{', '.join(DatabaseRole)} (NOLOGIN) and run it again."
        ) from error


def renew_rights(connection: Connection[Any]) -> bool:
    """Give the roles their rights on new tables too, where this database has given them any; tells whether it has."""
    row = connection.execute(sql_block("select_rights_given"), {"name": DatabaseRole.READER.value}).fetchone()
    if row is None or not row[0]:
        return False
    grant_rights(connection)
    return True


def grant_rights(connection: Connection[Any]) -> None:
    """Give each role what GRANTS says and take everything else away, in one transaction."""
    try:
        with connection.transaction():
            for role, tables in GRANTS.items():
                _grant(connection, role, tables)
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"The user {connection.info.user} may not give rights ({error.diag.message_primary}): run this as the "
            "owner of the tables."
        ) from error


def _grant(connection: Connection[Any], role: DatabaseRole, tables: Mapping[str, tuple[str, ...]]) -> None:
    name = sql.Identifier(role)
    connection.execute(sql.SQL("revoke all on all tables in schema public from {}").format(name))
    by_privileges: dict[tuple[str, ...], list[str]] = {}
    for table, privileges in tables.items():
        by_privileges.setdefault(privileges, []).append(table)
    for privileges, granted in by_privileges.items():
        connection.execute(
            sql.SQL("grant {} on {} to {}").format(
                sql.SQL(", ").join(map(sql.SQL, privileges)), sql.SQL(", ").join(map(sql.Identifier, granted)), name
            )
        )
    for sequence in _SEQUENCES[role]:
        connection.execute(sql.SQL("grant usage on sequence {} to {}").format(sql.Identifier(sequence), name))
