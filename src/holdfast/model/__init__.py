"""Nouns, rules, refusals and the stream between providers and repositories; no disk, no wire."""
