"""Paperboy: a digest of papers, one chat message a paper, in the chat that people already have open."""
