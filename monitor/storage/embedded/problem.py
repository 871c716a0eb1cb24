"""The one error the embedded server raises: what failed, where, and what to do."""


class EmbeddedServerError(RuntimeError):
    """The embedded TimescaleDB cannot be brought, started or stopped; the text says what to do about it."""


DATABASE_URL_ADVICE = (
    "Or use a TimescaleDB server of your own: set DATABASE_URL=postgresql://USER:PASSWORD@HOST/DATABASE, "
    "or run it with `docker compose up`."
)
