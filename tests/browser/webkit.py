"""WebKit, Safari's engine, from Debian's webkit2gtk-driver, on a screen of Xvfb's; driven by Selenium."""

import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import WebKitGTK, WebKitGTKOptions
from selenium.webdriver.webkitgtk.service import Service

DRIVER = Path("/usr/bin/WebKitWebDriver")
ANSWERS_WITHIN = 10
"""Seconds: what is asked of a page just as it is being left, the driver may never answer."""


def browser_of_the_package() -> str:
    """The package's own browser, which stands in a folder that is named for the machine and the version."""
    return str(next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")))


@contextmanager
def screen(size: str) -> Iterator[str]:
    """A display of its own, under a number that is free; ended with what was shown on it."""
    end, told = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(told), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
        pass_fds=[told],
        stderr=subprocess.DEVNULL,
    )
    os.close(told)
    try:
        with os.fdopen(end) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        server.terminate()
        server.wait(timeout=10)


@contextmanager
def webkit(size: str = "1280x860") -> Iterator[WebKitGTK]:
    options = WebKitGTKOptions()
    options.binary_location = browser_of_the_package()
    options.page_load_strategy = "none"  # else nothing can be asked of a page that still waits for its rows
    for argument in ("--automation", "--full-screen"):
        options.add_argument(argument)
    with screen(size) as display:
        service = Service(str(DRIVER), env={**os.environ, "DISPLAY": display, "NO_AT_BRIDGE": "1"})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Selenium's, by Selenium's own call
            driver = WebKitGTK(options=options, service=service)
        try:
            driver.command_executor.client_config.timeout = ANSWERS_WITHIN
            driver.set_page_load_timeout(30)
            driver.set_window_rect(0, 0, *map(int, size.split("x")))
            yield driver
        finally:
            driver.quit()
