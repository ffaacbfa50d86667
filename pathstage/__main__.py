"""`python -m pathstage` is the command `pathstage`."""

from pathstage.cli import main

if __name__ == "__main__":
    main()
