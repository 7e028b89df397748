"""The terminal as a chat: what runs where no platform has a token."""
