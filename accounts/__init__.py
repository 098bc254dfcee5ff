"""Users, sign-in, and grants: a role in a unit, the unit known by its path as text."""
