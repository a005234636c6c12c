"""`python -m fernamt`: the command line without an installed script."""

from fernamt.cli.app import main

if __name__ == "__main__":
    main()
