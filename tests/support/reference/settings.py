"""docs/reference/settings.md: every setting of the service, made from the model that reads them."""

from __future__ import annotations

import ast
import inspect
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from monitor import settings
from monitor.settings import PREFIX, Settings

HEAD = """\
# Settings · 设置

Environment variables, read once when a process starts. Options of a command go before them; a value that cannot be used
ends the start with a sentence that names the variable. Lists are separated by commas.

| variable | what it does | takes | default |
|---|---|---|---|
"""

_BOUNDS = (("ge", "≥"), ("le", "≤"), ("gt", ">"))


def settings_page() -> str:
    """The page as it should be."""
    told = _read_remarks()
    return HEAD + "".join(_row(name, field, told[name]) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo, told: str) -> str:
    alias = field.validation_alias
    variable = alias if isinstance(alias, str) else PREFIX + name.upper()
    return (
        f"| `{variable}` | {told} | {_describe_type(field.annotation, field.metadata)} | {_default(field.default)} |\n"
    )


def _default(value: object) -> str:
    return "" if value in (None, ()) else f"`{value}`"


def _describe_type(kind: Any, limits: list[Any]) -> str:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    if isinstance(kind, UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is tuple:
        return "list"
    bounds = [f"{sign} {getattr(limit, key)}" for limit in limits for key, sign in _BOUNDS if hasattr(limit, key)]
    word = {int: "whole number", float: "number", bool: "`true`, `false`"}.get(kind, "text")
    return " ".join([word, ", ".join(bounds)]).strip()


def _read_remarks() -> dict[str, str]:
    """The docstring under each field; the model itself does not keep them."""
    (model,) = (
        node
        for node in ast.parse(inspect.getsource(settings)).body
        if isinstance(node, ast.ClassDef) and node.name == Settings.__name__
    )
    told = {}
    for field, remark in zip(model.body, model.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(remark, ast.Expr):
            assert isinstance(remark.value, ast.Constant)
            told[field.target.id] = inspect.cleandoc(str(remark.value.value)).replace("\n", " ")
    return told
