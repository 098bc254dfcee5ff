"""Sessions and stored bytes: the database, sealed columns, the object store, and what bytes are."""
