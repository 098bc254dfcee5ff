"""The union hierarchy: a tree of any depth, the owner and keeper of files."""
