"""`python -m clew.core.cli`: the command line without the installed script."""

from .main import main

main(prog_name="clew")
