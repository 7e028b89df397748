"""Settings: `config/bot.toml`, then `BOT_*` environment variables, then files named by `BOT_*_FILE`.

Secrets are `SecretStr` fields; they come only from the environment or a file, never from `bot.toml`.
A platform's settings are the model in its folder's `settings.py`; nobody lists them here (see `load`).
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args, get_origin

import tomli
from pydantic import BaseModel, Field, SecretStr, ValidationError, create_model, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings_words import zone

PREFIX = "BOT_"
NESTED = "__"
IGNORED = {"BOT_TEST_DATABASE", "BOT_CONFIG"}
"""`BOT_*` variables that are not settings: where the tests find a database, and where `bot.toml` is."""
ALSO_NAMED = {"BOT_PORT": "PORT"}
"""Settings that application platforms give under a name of their own, which counts where ours is not set."""
FOLDERS = {"BOT_CONFIG", "BOT_SEEDS", "BOT_DATA"}
"""Set to nothing, these name no folder, least of all the one we are in: they count as not set."""
LIKELY = 0.65
LIKELY_WHOLE = 0.9
"""How alike (0 to 1) a wrong name and the one that was meant are: in their own part, or with their sections."""


class SettingsError(Exception):
    """A setting is wrong; the text is one sentence that says which and why, and never holds a secret."""


class Settings(BaseSettings):
    """What an operator may set. Folders are relative to the folder in which Paperboy was started."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=NESTED, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    config: Path = Path("config")
    seeds: Path = Path("seeds")
    data: Path = Path("data")
    database: SecretStr | None = None
    publish_within_days: Annotated[int, Field(ge=0, le=36500)] = 3
    language: Literal["ko", "en"] = "ko"
    zone: str = "Asia/Seoul"
    scan_seconds: Annotated[float, Field(ge=1, le=86_400)] = 180.0
    tick_seconds: Annotated[float, Field(ge=0.1, le=60)] = 3.0
    lease_seconds: Annotated[float, Field(ge=1, le=300)] = 4.0
    reconcile: dict[Literal["private", "group", "channel"], Literal["probe", "ask", "resend"]] = Field(
        default_factory=dict
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            zone(name)
        except ValueError:
            raise ValueError(f"{name!r} is not a time zone such as Asia/Seoul") from None
        return name

    @field_validator("config", "seeds", "data")
    @classmethod
    def _of_home(cls, path: Path) -> Path:
        """A file of settings and a supervisor have no shell that would expand `~`."""
        try:
            return path.expanduser()
        except RuntimeError:
            raise ValueError(f"{path}: nobody knows where that home is") from None

    @field_validator("config")
    @classmethod
    def _folder(cls, path: Path) -> Path:
        if not path.is_dir():
            raise ValueError(f"{path} is no folder")
        return path

    @property
    def database_url(self) -> str:
        """Where the ledger is; without a setting, a SQLite file in the data folder."""
        if self.database is not None:
            return self.database.get_secret_value()
        return f"sqlite:///{(self.data / 'paperboy.db').absolute()}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over what `load` read from `bot.toml`."""
        return env_settings, init_settings


def load(platforms: Mapping[str, type[BaseModel]], environ: Mapping[str, str] | None = None) -> Settings:
    """Read all settings; `platforms` maps an adapter folder's name to the model of its settings.

    Raises SettingsError, with one sentence, for a wrong key or value, wherever it came from.
    """
    given_env = os.environ if environ is None else environ
    env = {name: value for name, value in given_env.items() if value or name.upper() not in FOLDERS}
    extra: dict[str, Any] = {name: (model, Field(default_factory=model)) for name, model in platforms.items()}
    whole = cast("type[Settings]", create_model("Settings", __base__=Settings, **extra))
    folder = config_folder(env)
    given = _read_toml(folder / "bot.toml")
    _refuse_secrets(whole, given, folder / "bot.toml")
    _read_files(env)
    _refuse_unknown_names(whole, env)
    _refuse_unreadable_tables(whole, env)
    named = {name.upper() for name in env}
    also = {ours: theirs for ours, theirs in ALSO_NAMED.items() if theirs in env and ours not in named}
    env |= {ours: env[theirs] for ours, theirs in also.items()}
    previous = dict(os.environ)
    try:
        # pydantic-settings reads os.environ only; `*_FILE` values join it for the moment of reading.
        os.environ.clear()
        os.environ.update(env)
        return whole(**{"config": folder, **given})
    except ValidationError as error:
        raise SettingsError(_sentence(error, named, also)) from None
    except ValueError as error:
        raise SettingsError(f"A setting cannot be read: {error}.") from None
    finally:
        os.environ.clear()
        os.environ.update(previous)


def config_folder(environ: Mapping[str, str]) -> Path:
    """`BOT_CONFIG`, else `config/` where Paperboy was started, else the one beside the package."""
    if named := environ.get("BOT_CONFIG"):
        try:
            return Path(named).expanduser()
        except RuntimeError:  # whose home that is gets asked with the other settings
            return Path(named)
    here = Path("config")
    return here if here.is_dir() else Path(__file__).resolve().parent.parent / "config"


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomli.loads(file.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):  # whether the folder is one is asked with the other settings
        return {}
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from None


def _read_files(env: dict[str, str]) -> None:
    for name in [name for name in env if name.startswith(PREFIX) and name.endswith("_FILE")]:
        target = name.removesuffix("_FILE")
        if target in env:
            raise SettingsError(f"{target} and {name} are both set; keep one of them.")
        try:
            env[target] = Path(env.pop(name)).read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SettingsError(f"{name} names a file that cannot be read: {reason}.") from None


def _fields(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, info in model.model_fields.items():
        here = (*path, name)
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _fields(info.annotation, here)
        else:
            yield here, info.annotation


def _variable(path: Sequence[str]) -> str:
    return PREFIX + NESTED.join(path).upper()


def _is_table(annotation: Any) -> bool:
    return get_origin(annotation) in (dict, Mapping)


def _refuse_secrets(model: type[BaseModel], given: Mapping[str, Any], file: Path) -> None:
    for path, annotation in _fields(model):
        if SecretStr not in (annotation, *get_args(annotation)):
            continue
        value: Any = given
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            name = _variable(path)
            raise SettingsError(
                f"{file}: {'.'.join(path)} is a secret and does not belong in a file of settings; "
                f"set {name}, or {name}_FILE to a file that holds it."
            )


def _refuse_unknown_names(model: type[BaseModel], env: Mapping[str, str]) -> None:
    known = {_variable(path) for path, _ in _fields(model)}
    tables = {_variable(path) for path, annotation in _fields(model) if _is_table(annotation)}
    for name in sorted(env):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in IGNORED or upper in known:
            continue
        if upper.rpartition(NESTED)[0] in tables:
            continue
        near = _likely(upper, known)
        hint = f"; did you mean {near}?" if near else "."
        raise SettingsError(f"{name} is not a setting of Paperboy{hint}")


def _refuse_unreadable_tables(model: type[BaseModel], env: Mapping[str, str]) -> None:
    given = {name.upper(): (name, value) for name, value in env.items()}
    for path, annotation in _fields(model):
        if not _is_table(annotation) or (variable := _variable(path)) not in given:
            continue
        name, value = given[variable]
        try:
            readable = isinstance(json.loads(value), dict)
        except ValueError:
            readable = False
        if not readable:
            keys, values = get_args(annotation)
            key, held = (get_args(keys) or ("name",))[0], (get_args(values) or ("value",))[0]
            raise SettingsError(
                f"The setting {'.'.join(path)} ({name}) is wrong: it should be JSON such as "
                f'{{"{key}": "{held}"}}, or be set as {name}{NESTED}{key.upper()}.'
            )


def _likely(wrong: str, known: Collection[str]) -> str | None:
    """The known name that was probably meant. A long section that both are in makes no two settings alike."""
    section, mark, own = wrong.rpartition(NESTED)
    section = section + mark or PREFIX
    beside = {name.removeprefix(section): name for name in known if name.startswith(section)}
    if near := difflib.get_close_matches(own.removeprefix(PREFIX), beside, n=1, cutoff=LIKELY):
        return beside[near[0]]
    return next(iter(difflib.get_close_matches(wrong, known, n=1, cutoff=LIKELY_WHOLE)), None)


def _sentence(error: ValidationError, named: Collection[str], also_named: Mapping[str, str]) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = [str(part) for part in first["loc"] if part != "[key]"]
    name = ".".join(path)
    if first["type"] == "extra_forbidden":
        return f"bot.toml: {name} is not a setting of Paperboy."
    said = first["msg"].removeprefix("Value error, ").rstrip(".")
    if "[key]" in first["loc"]:
        said = f"in place of {path[-1]} there {said.removeprefix('Input ')}"
    # A table may be set as a whole: then that is what is wrong.
    variable = next((v for end in range(len(path), 0, -1) if (v := _variable(path[:end])) in named), _variable(path))
    return f"The setting {name} ({also_named.get(variable, variable)}) is wrong: {said[:1].lower()}{said[1:]}."
