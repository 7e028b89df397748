"""Settings: the file, then the environment, then files of secrets; a mistake is one clear sentence."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from bot.logs import Redact, secrets_of
from bot.settings import Settings, SettingsError, load


class Telephone(BaseModel):
    """A platform that does not exist, with a secret and a number."""

    token: SecretStr | None = None
    rings: int = 3
    numbers: Mapping[str, int] = {}


def settings(folder: Path, toml: str = "", **env: str) -> Settings:
    """Load with `toml` as bot.toml and exactly `env` as the environment."""
    (folder / "bot.toml").write_text(toml, encoding="utf-8")
    return load({"telephone": Telephone}, {"BOT_CONFIG": str(folder), **env})


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.language, found.zone, found.publish_within_days) == ("ko", "Asia/Seoul", 3)
    assert found.database_url.startswith("sqlite:////")
    assert found.database_url.endswith("/data/paperboy.db")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    found = settings(tmp_path, 'language = "en"\nzone = "UTC"\n', BOT_LANGUAGE="ko")
    assert (found.language, found.zone) == ("ko", "UTC")


def test_a_platform_brings_its_own_settings(tmp_path: Path) -> None:
    found = settings(tmp_path, "[telephone]\nrings = 5\n", BOT_TELEPHONE__TOKEN="12345:secret")
    telephone = found.telephone  # type: ignore[attr-defined]
    assert telephone.rings == 5
    assert telephone.token.get_secret_value() == "12345:secret"
    assert "secret" not in repr(found).replace("SecretStr", "")


def test_the_port_is_named_as_application_platforms_name_it(tmp_path: Path) -> None:
    assert settings(tmp_path, "port = 4000\n", PORT="5000").port == 5000


@pytest.mark.parametrize("ours", ["BOT_PORT", "bot_port"])
def test_the_port_may_have_our_name_too_which_then_counts(tmp_path: Path, ours: str) -> None:
    assert settings(tmp_path, PORT="5000", **{ours: "6000"}).port == 6000


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("12345:secret\n", encoding="utf-8")
    found = settings(tmp_path, BOT_TELEPHONE__TOKEN_FILE=str(tmp_path / "token"))
    assert found.telephone.token.get_secret_value() == "12345:secret"  # type: ignore[attr-defined]


def test_what_a_file_holds_is_a_setting_and_nothing_that_another_program_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("12345:secret\n", encoding="utf-8")
    monkeypatch.setenv("BOT_ZONE", "UTC")
    before = dict(os.environ)
    settings(tmp_path, BOT_TELEPHONE__TOKEN_FILE=str(tmp_path / "token"))
    assert dict(os.environ) == before


def test_what_is_meant_for_another_program_is_none_of_ours(tmp_path: Path) -> None:
    settings(tmp_path, SSL_CERT_FILE="/nowhere/certificates", BOT_TEST_DATABASE="postgresql://u@h/d")


def test_an_editor_that_marks_its_files_as_utf8_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\ufeff12345:secret\r\n", encoding="utf-8")
    found = settings(tmp_path, '\ufefflanguage = "en"\r\n', BOT_TELEPHONE__TOKEN_FILE=str(tmp_path / "token"))
    assert found.language == "en"
    assert found.telephone.token.get_secret_value() == "12345:secret"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("toml", "env", "said"),
    [
        ("seedz = 'x'\n", {}, "seedz is not a setting"),
        ("", {"BOT_SEEDZ": "x"}, "BOT_SEEDZ is not a setting of Paperboy; did you mean BOT_SEEDS?"),
        ("", {"BOT_TELEPHONE__RING": "1"}, "did you mean BOT_TELEPHONE__RINGS?"),
        ("", {"BOT_ZNOE": "UTC"}, "did you mean BOT_ZONE?"),
        ("", {"BOT_NOPE": "1"}, "BOT_NOPE is not a setting of Paperboy."),
        ("", {"BOT_TELEPHONE_RINGS": "1"}, "did you mean BOT_TELEPHONE__RINGS?"),
        ("", {"BOT_LANG": "ko"}, "did you mean BOT_LANGUAGE?"),
        ("", {"BOT_TELEPHONE__NOPE": "1"}, "BOT_TELEPHONE__NOPE is not a setting of Paperboy."),
        ("", {"PORT": "abc"}, "The setting port (PORT) is wrong"),
        ("", {"PORT": ""}, "The setting port (PORT) is wrong"),
        ("", {"BOT_PORT": "abc"}, "The setting port (BOT_PORT) is wrong"),
        ("", {"PORT": "5000", "BOT_PORT": "70000"}, "The setting port (BOT_PORT) is wrong"),
        ("", {"BOT_PUBLISH_WITHIN_DAYS": "soon"}, "BOT_PUBLISH_WITHIN_DAYS"),
        ("", {"BOT_PUBLISH_WITHIN_DAYS": "-1"}, "greater than or equal to 0"),
        ("", {"BOT_ZONE": "Mars/Base"}, "not a time zone"),
        ("", {"BOT_TICK_SECONDS": "0"}, "greater than or equal to 0.1"),
        ("", {"BOT_LEASE_SECONDS": "0"}, "greater than or equal to 1"),
        ("", {"BOT_SCAN_SECONDS": "inf"}, "less than or equal to 86400"),
        ("zone = \n", {}, "bot.toml cannot be read"),
        ("[telephone]\ntoken = '12345:secret'\n", {}, "telephone.token is a secret"),
        ("database = 'postgresql://u:secret@h/d'\n", {}, "database is a secret"),
        ("", {"BOT_TELEPHONE__TOKEN_FILE": "/nowhere/token"}, "BOT_TELEPHONE__TOKEN_FILE names a file"),
        ("", {"BOT_TELEPHONE__TOKEN": "1", "BOT_TELEPHONE__TOKEN_FILE": "/t"}, "are both set"),
        ("", {"BOT_TELEPHONE__RINGS": "secret-number"}, "telephone.rings"),
        ("", {"BOT_RECONCILE": "secret-number"}, """reconcile (BOT_RECONCILE) is wrong: it should be JSON such as {"""),
        ("", {"BOT_RECONCILE": ""}, """{"private": "probe"}, or be set as BOT_RECONCILE__PRIVATE."""),
        ("", {"BOT_RECONCILE": "[3]"}, "it should be JSON such as"),
        ("", {"bot_reconcile": "[3]"}, "(bot_reconcile) is wrong"),
        (
            "",
            {"BOT_RECONCILE__FOO": "ask"},
            "(BOT_RECONCILE__FOO) is wrong: in place of foo there should be 'private',",
        ),
        ("", {"BOT_RECONCILE": '{"foo": "ask"}'}, "reconcile.foo (BOT_RECONCILE) is wrong: in place of foo"),
        ("", {"BOT_RECONCILE": '{"group": "x"}'}, "reconcile.group (BOT_RECONCILE) is wrong: input should be 'probe',"),
        ("[reconcile]\nfoo = 'ask'\n", {}, "reconcile.foo (BOT_RECONCILE__FOO) is wrong: in place of foo"),
        ("", {"BOT_TELEPHONE__NUMBERS": "{secret-number"}, "telephone.numbers (BOT_TELEPHONE__NUMBERS) is wrong: it"),
        ("", {"BOT_TELEPHONE__NUMBERS__HOME": "x"}, "(BOT_TELEPHONE__NUMBERS__HOME) is wrong: input should be"),
        ("", {"BOT_DATABASE__X": "1"}, "BOT_DATABASE__X is not a setting of Paperboy."),
        ("", {"BOT_RECONCILE__GROUP__X": "ask"}, "BOT_RECONCILE__GROUP__X is not a setting of Paperboy"),
    ],
)
def test_a_mistake_is_one_sentence_without_the_secret(
    tmp_path: Path, toml: str, env: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, toml, **env)
    sentence = str(caught.value)
    assert said in sentence
    assert "\n" not in sentence
    assert "12345:secret" not in sentence
    assert "secret-number" not in sentence


def test_no_secret_is_ever_logged(tmp_path: Path) -> None:
    found = settings(tmp_path, BOT_TELEPHONE__TOKEN="12345:secret", BOT_DATABASE="postgresql://u:hush@h/d")
    form = Redact(secrets_of(found))
    try:
        raise RuntimeError("refused by https://api/bot12345:secret/getMe")
    except RuntimeError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "at %s", ("postgresql://u:hush@h/d",), None)
        record.exc_info = (RuntimeError, error, error.__traceback__)
    line = form.format(record)
    assert "12345:secret" not in line
    assert "hush" not in line
    assert "***" in line


@pytest.mark.parametrize("named", ["nowhere", "bot.toml"])
def test_a_config_folder_that_is_none_is_told_before_anything_is_done_without_its_words(
    tmp_path: Path, named: str
) -> None:
    with pytest.raises(SettingsError, match=rf"config \(BOT_CONFIG\) is wrong: \S+{named} is no folder"):
        settings(tmp_path, BOT_CONFIG=str(tmp_path / named))


def test_a_config_folder_that_is_set_to_nothing_is_the_usual_one() -> None:
    assert load({}, {"BOT_CONFIG": ""}).config == load({}, {}).config != Path()


def test_a_folder_that_is_set_to_nothing_is_not_the_one_we_are_in(tmp_path: Path) -> None:
    found = settings(tmp_path, 'seeds = "/srv/digests"\n', BOT_SEEDS="", BOT_DATA="", bot_data="")
    assert (found.seeds, found.data) == (Path("/srv/digests"), Path("data"))


def test_a_folder_of_somebodys_home_is_there_without_a_shell(tmp_path: Path) -> None:
    found = settings(tmp_path, 'data = "~/data"\n', BOT_SEEDS="~/digests", HOME=str(tmp_path))
    assert (found.seeds, found.data) == (tmp_path / "digests", tmp_path / "data")
    with pytest.raises(SettingsError, match=r"seeds \(BOT_SEEDS\) is wrong: ~nobody-of-that-name: "):
        settings(tmp_path, BOT_SEEDS="~nobody-of-that-name")


def test_the_config_folder_may_be_in_somebodys_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "bot.toml").write_text('language = "en"\n', encoding="utf-8")
    found = load({}, {"BOT_CONFIG": "~/mine", "HOME": str(tmp_path)})
    assert (found.config, found.language) == (tmp_path / "mine", "en")
    with pytest.raises(SettingsError, match=r"config \(BOT_CONFIG\) is wrong: ~nobody-of-that-name: "):
        load({}, {"BOT_CONFIG": "~nobody-of-that-name"})
