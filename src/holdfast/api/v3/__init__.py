"""CBR v3 on the wire, one file per chapter of the reference."""
