"""How the service's processes write their logs: to standard error, one JSON object a line or text for a terminal."""

import logging
import sys

import structlog

from config.service import LogSettings
from web.logs import mask_event


def set_up_logs(log: LogSettings) -> None:
    """Everything logged from here on goes to standard error, in the form and from the weight the settings say.

    Telephone numbers are masked and secrets left out, whoever writes them.
    """
    renderer = structlog.processors.JSONRenderer() if log.form == "json" else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(log.level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
