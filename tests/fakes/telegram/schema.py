"""The newest machine-readable Bot API, aiogram's pydantic models, as judge of every request."""

from __future__ import annotations

from typing import Any


def complaints(method: str, params: dict[str, Any]) -> list[str]:
    """What is wrong with a request: missing or ill-typed fields, fields that do not exist or are outdated."""
    import aiogram.methods
    from pydantic import ValidationError

    model = getattr(aiogram.methods, method[:1].upper() + method[1:], None)
    if model is None:
        return [f"no such method: {method}"]
    try:
        request = model.model_validate(params)
    except ValidationError as error:
        # Without the input: a request may carry what should stay out of logs.
        return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)][:5]
    outdated = [f"{name} is outdated" for name in params if _outdated(model.model_fields.get(name))]
    return outdated + [f"unknown field {name}" for name in _extras(request, "")]


def _outdated(field: Any) -> bool:
    extra = getattr(field, "json_schema_extra", None)
    return isinstance(extra, dict) and bool(extra.get("deprecated"))


def _extras(value: Any, path: str) -> list[str]:
    from pydantic import BaseModel

    if isinstance(value, list):
        return [name for index, one in enumerate(value) for name in _extras(one, f"{path}{index}.")]
    if not isinstance(value, BaseModel):
        return []
    found = [f"{path}{name}" for name in value.model_extra or {}]
    for name in value.model_fields_set:
        found += _extras(getattr(value, name, None), f"{path}{name}.")
    return found
