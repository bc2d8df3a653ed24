"""The instructor's commands: python -m instructor COMMAND."""

import argparse

from instructor import exercises


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser("python -m instructor", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("exercises", help="make notebooks/exercises anew from notebooks/solutions")
    parser.parse_args()
    changed = exercises.write()
    print(f"{len(changed)} of {len(exercises.names())} exercises changed.")


if __name__ == "__main__":
    main()
