"""How runs read on a terminal: one short line per thing a person would like to know."""

import logging

import dagster as dg

from assets.failures import failure_reason


@dg.logger(
    {"log_level": dg.Field(str, is_required=False, default_value="INFO")},
    description="Time, asset and message; Dagster's own events stay in the UI.",
)
def plain_console(context: dg.InitLoggerContext) -> logging.Logger:
    """A console logger without Dagster's event lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(_ShortFormatter())
    logger = logging.getLogger(f"dutar.{context.run_id}")
    logger.handlers = [handler]
    logger.setLevel(context.logger_config["log_level"])
    logger.propagate = False
    return logger


class _ShortFormatter(logging.Formatter):
    """`12:30:01 textbook_pages: 3/14 pages`."""

    def format(self, record: logging.LogRecord) -> str:
        """Render one record."""
        facts = getattr(record, "dagster_meta", {})
        step = facts.get("step_key") or facts.get("job_name") or ""
        where = step.split("__")[-1]
        message = facts.get("orig_message", record.getMessage())
        reason = failure_reason(facts.get("dagster_event"))
        told = f"{message} {reason}".rstrip()
        return f"{self.formatTime(record, '%H:%M:%S')} {where}: {told}"
