"""The restic repository format, version 2: nouns of the format and the verbs save and load."""
