"""`python -m commands`, the same as `anjuan`."""

from commands.console import main

main()
