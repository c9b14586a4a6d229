"""The command line as a file: what spark-submit starts, and `python -m pipelines`."""

from pipelines.cli import app

if __name__ == "__main__":
    app()
