"""Things that can be protected: one file per kind of resource, fitting the protocol in provider.py."""
