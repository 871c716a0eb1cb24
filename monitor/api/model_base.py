"""What every answer of the API is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of all answers: unknown fields are refused, so that a typo shows."""

    model_config = ConfigDict(extra="forbid")


class Name(Model):
    """A name in the two languages of the pages."""

    zh: str
    en: str
