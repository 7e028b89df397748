"""The newest machine-readable Bot API, aiogram's pydantic models, as judge of every request."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Literal, Optional, Union

from pydantic import BaseModel, ValidationError


@cache
def _model(kind: Literal["types", "methods"], name: str) -> type[BaseModel] | None:
    """A model of aiogram, built when it is first asked for."""
    found: type[BaseModel] | None = getattr(_module(kind), name, None)
    if found is not None and not found.__pydantic_complete__:
        found.model_rebuild(_types_namespace=_names())
    return found


@cache
def _module(kind: str) -> Any:
    """A module of aiogram without its models built: to build all 640 takes each process of a test run four seconds."""
    build = BaseModel.__dict__["model_rebuild"]
    BaseModel.model_rebuild = lambda **_: None  # type: ignore[method-assign]
    try:
        return import_module(f"aiogram.{kind}")
    finally:
        BaseModel.model_rebuild = build  # type: ignore[method-assign]


@cache
def _names() -> dict[str, Any]:
    """What the annotations of aiogram's types speak of, as aiogram itself gathers it."""
    from aiogram.client.default import Default

    types = _module("types")
    own = {"List": list, "Optional": Optional, "Union": Union, "Literal": Literal, "Default": Default}
    return own | {name: getattr(types, name) for name in types.__all__}


def read(name: str, value: dict[str, Any]) -> BaseModel:
    """An object that Telegram sends, as aiogram reads it; raises ValidationError."""
    found = _model("types", name)
    assert found is not None
    return found.model_validate(value)


def complaints(method: str, params: dict[str, Any]) -> list[str]:
    """What is wrong with a request: missing or ill-typed fields, fields that do not exist or are outdated."""
    request_model = _model("methods", method[:1].upper() + method[1:])
    if request_model is None:
        return [f"no such method: {method}"]
    try:
        request = request_model.model_validate(params)
    except ValidationError as error:
        # Without the input: a request may carry what should stay out of logs.
        return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)][:5]
    outdated = [f"{name} is outdated" for name in params if _outdated(request_model.model_fields.get(name))]
    return outdated + [f"unknown field {name}" for name in extras(request)]


def _outdated(field: Any) -> bool:
    extra = getattr(field, "json_schema_extra", None)
    return isinstance(extra, dict) and bool(extra.get("deprecated"))


def extras(value: Any, path: str = "") -> list[str]:
    """The fields that no model knows, with their paths."""
    if isinstance(value, list):
        return [name for index, one in enumerate(value) for name in extras(one, f"{path}{index}.")]
    if not isinstance(value, BaseModel):
        return []
    found = [f"{path}{name}" for name in value.model_extra or {}]
    for name in value.model_fields_set:
        found += extras(getattr(value, name, None), f"{path}{name}.")
    return found
