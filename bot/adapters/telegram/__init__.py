"""Telegram: private chats, groups, forum topics and channels, by long polling or behind a webhook."""
