"""Who somebody is in a chat, and what that allows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.fakes.telegram.people import User
    from tests.fakes.telegram.world import Chat

GROUP_RIGHTS: Final = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
)
SUPERGROUP_RIGHTS: Final = ("can_pin_messages", "can_manage_topics")
CHANNEL_RIGHTS: Final = ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
_FREEDOMS: Final = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)


class Kind(StrEnum):
    """The Bot API's chat types."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


class Status(StrEnum):
    """The Bot API's member statuses."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    RESTRICTED = "restricted"
    LEFT = "left"
    KICKED = "kicked"


@dataclass(slots=True, kw_only=True)
class Member:
    """Somebody's place in a chat. `rights` are an administrator's; `listed` is False for one whom
    getChatAdministrators does not show; a restricted member may read and not write."""

    user: User
    status: Status
    rights: frozenset[str] = frozenset()
    anonymous: bool = False
    listed: bool = True

    @property
    def present(self) -> bool:
        """Whether they are in the chat."""
        return self.status not in (Status.LEFT, Status.KICKED)

    @property
    def administers(self) -> bool:
        """Whether they are the owner or an administrator."""
        return self.status in (Status.CREATOR, Status.ADMINISTRATOR)

    def has(self, right: str) -> bool:
        """Whether they may do it as owner or administrator."""
        return self.status is Status.CREATOR or (self.status is Status.ADMINISTRATOR and right in self.rights)

    def json(self, chat: Chat) -> dict[str, Any]:
        """A ChatMember."""
        body: dict[str, Any] = {"user": self.user.json(), "status": str(self.status)}
        match self.status:
            case Status.CREATOR:
                body["is_anonymous"] = self.anonymous
            case Status.ADMINISTRATOR:
                body |= {"can_be_edited": False, "is_anonymous": self.anonymous}
                body |= {right: right in self.rights for right in all_rights(chat.kind)}
            case Status.RESTRICTED:
                body |= {"is_member": True, "until_date": 0} | dict.fromkeys(_FREEDOMS, False)
            case Status.KICKED:
                body["until_date"] = 0
            case Status.MEMBER | Status.LEFT:
                pass
        return body


def all_rights(kind: Kind) -> tuple[str, ...]:
    """The administrator rights that exist in a kind of chat."""
    match kind:
        case Kind.CHANNEL:
            return GROUP_RIGHTS + CHANNEL_RIGHTS
        case Kind.SUPERGROUP:
            return GROUP_RIGHTS + SUPERGROUP_RIGHTS
        case _:
            return GROUP_RIGHTS
