"""Slack: channels, private channels, threads and direct messages, of one workspace or of many."""
