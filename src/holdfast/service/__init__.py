"""What a caller may ask: one file per noun, one transaction per request."""
