"""Where the browser is."""

import os
import shutil


def chromium_program() -> str:
    """Find the system's Chromium, as Debian maintains it, or the one that CHROMIUM names.

    Raises:
        FileNotFoundError: there is none; tests fail then, for without it they would prove nothing.
    """
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        raise FileNotFoundError(
            "the approver's page is tested in Chromium, and there is none: apt-get install chromium, or set CHROMIUM"
        )
    return program
