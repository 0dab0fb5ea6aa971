"""Several commands of `av1-app` in one process: most of a command's second is what it imports."""

from __future__ import annotations

import json
import sys

from remote_app import cli


def main(argv: list[str]) -> int:
    """The first argument is a JSON list of commands, each a list of words. Ends with the first code that is not 0."""
    return next((code for words in json.loads(argv[0]) if (code := cli.main(words))), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
