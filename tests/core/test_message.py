"""What a button carries, on its way to a platform and back."""

from __future__ import annotations

import pytest

from bot.message import ACTION_BYTES, ChangeSetting, FollowTag, RunCommand, ShowPage, decode_action, encode_action


def test_what_a_button_carries_has_room_for_sixty_four_bytes_and_no_more() -> None:
    whole = ChangeSetting("n" * 12, "v" * 48)
    assert len(encode_action(whole)) == ACTION_BYTES
    assert decode_action(encode_action(whole)) == whole
    with pytest.raises(ValueError, match="64 at most"):
        encode_action(ChangeSetting("n" * 13, "v" * 48))
    assert decode_action("1s:" + "n" * 13 + "." + "v" * 48) is None


def test_an_id_below_nothing_is_none() -> None:
    for action in (FollowTag(-1), ShowPage(1, -1)):
        with pytest.raises(ValueError, match="never negative"):
            encode_action(action)


@pytest.mark.parametrize("code", ["1s:.x", "1s:.", "1r:", "1t:AB", "1t:1Z", "2t:1", "0t:1", "1t:1.2", "1p:1", "1t:"])
def test_what_no_button_of_ours_carries_is_nothing(code: str) -> None:
    assert decode_action(code) is None
    assert decode_action("1r:help") == RunCommand("help")
