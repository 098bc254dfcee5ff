"""A folder per stage in the life of a record; a later stage looks back, never forward."""
