"""`python -m infra.cli`: the command line where no console script is installed."""

from infra.cli.main import main

main()
