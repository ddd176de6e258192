"""The built-in identity service: the part of Keystone v3 that CBR clients need."""
