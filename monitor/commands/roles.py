"""`e-supervision roles`: database roles that may do one part's work and never change the log."""

from contextlib import closing

import typer

from monitor.command_options import DatabaseUrl, DataFolder


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("roles")(roles)


def roles(
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Make the database roles of intake, engine and readers (数据库角色), or renew their rights.

    Run it as the owner of the tables. The service then logs in as a member of one or more of them.
    """
    from monitor.storage.database import connect
    from monitor.storage.hosting import host_database
    from monitor.storage.migrations import require_current_schema
    from monitor.storage.roles import GRANTS, create_roles

    with (
        host_database(data_folder, url=database_url) as host,
        closing(connect(host.url, autocommit=True)) as connection,
    ):
        require_current_schema(connection)
        made = create_roles(connection)
    for role, tables in GRANTS.items():
        writes = sorted(table for table, privileges in tables.items() if privileges != ("select",))
        print(
            f"{role} ({'made' if role in made else 'renewed'}): reads {len(tables)} tables, writes {', '.join(writes)}"
        )
    print(_ADVICE)


_ADVICE = """\
None of them may update, delete or empty the log. Let the service log in as a member, for instance in psql:
  create role supervision_service login in role esupervision_intake, esupervision_engine, esupervision_reader;
  \\password supervision_service
and name that user in the service's DATABASE_URL. Migrations, registry loads, keys and back-ups stay the owner's."""
