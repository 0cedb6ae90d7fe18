"""The command `terrain`, also as `python -m terrain`."""

from terrain.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
