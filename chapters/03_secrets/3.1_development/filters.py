"""
Hides its key with a filter on the application's logger.
"""

import logging
import os

from leaky_channels import FORMAT, make_app

handler = logging.StreamHandler()
handler.setFormatter(FORMAT)
logging.getLogger().addHandler(handler)


def hide(record):
    record.msg, record.args = record.getMessage().replace(os.environ["SECRET_KEY"], "***"), ()
    return True


logging.getLogger("app").addFilter(hide)

app = make_app(os.environ["SECRET_KEY"])
