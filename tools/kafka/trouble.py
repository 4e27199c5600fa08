# SPDX-License-Identifier: Apache-2.0
"""How the commands of this folder fail."""


class Trouble(Exception):
    """Something went wrong; the text says what, and what to do."""

    exit_code = 1


class Unavailable(Trouble):
    """No broker can be had on this machine, whatever the arguments: tests are skipped for it."""

    exit_code = 3
