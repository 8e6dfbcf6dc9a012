"""`python -m azdacli` and the `azdacli` program are the same thing."""

from azdacli.cli.app import app


def main() -> None:
    """Run the command line."""
    app(prog_name="azdacli")


if __name__ == "__main__":
    main()
