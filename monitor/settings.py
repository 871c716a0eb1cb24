"""Every setting of the service, in one place: environment variables, read once at the start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from monitor.log_output import mask_secrets

PREFIX = "ESUPERVISION_"


class SettingsError(ValueError):
    """A setting that cannot be used; the text names its variable and says what to do."""


class Settings(BaseSettings):
    """What may be set, each as `ESUPERVISION_` and its name, but for `DATABASE_URL`. Lists are separated by commas.

    The database URL stays a text: the driver knows forms (sockets, several hosts) that URL types refuse.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, populate_by_name=True, use_attribute_docstrings=True
    )

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    """TimescaleDB server to use; unset: the embedded one."""

    database_url_file: Path | None = None
    """File with the URL of the server, for a password that stands in no environment; DATABASE_URL goes before it."""

    data: Path | None = None
    """Data folder of the embedded server; unset: the user's own data folder."""

    host: str = "127.0.0.1"
    """Address to listen at. Anything but loopback belongs behind a proxy with TLS."""

    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen at; 0 takes any free one."""

    share_port: bool = False
    """Let other processes that share it listen at the same port, so that a new one can take over from an old one."""

    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names, without port, under which the service is asked for, beside loopback."""

    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of pages that may use it, beside its own."""

    request_connections: int = Field(default=16, ge=2, le=200)
    """Most database connections of requests."""

    live_clients: int = Field(default=2_000, ge=1)
    """Most clients of the live channel of one process."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is logged at least."""

    log_format: Literal["auto", "text", "json"] = "auto"
    """Lines for people or for machines; auto: people where a terminal reads."""

    @field_validator("allowed_hosts", "allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("database_url", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None


def describe_settings(settings: Settings) -> list[tuple[str, str, str]]:
    """Every setting as (variable, meaning, value in use); passwords are covered."""
    return [
        (variable_of(name), field.description or "", _describe_value(getattr(settings, name)))
        for name, field in Settings.model_fields.items()
    ]


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else PREFIX + name.upper()


def _describe_value(value: object) -> str:
    if value is None or value == ():
        return "(unset)"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return mask_secrets(str(value))


def read_settings(**given: object) -> Settings:
    """Read the environment; what is `given` and not None goes before it. Raises SettingsError."""
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**chosen)  # type: ignore[arg-type] # checked by the model
    except ValidationError as error:
        faults = []
        for fault in error.errors():
            name = str(fault["loc"][0])
            variable = name if name.isupper() else variable_of(name)
            faults.append(f"{variable}: {fault['msg']}")
        raise SettingsError("These settings cannot be used: " + "; ".join(faults)) from error
