import dagster as dg
import pytest

from sensors.console import plain_console

ON_THE_CONSOLE = {"loggers": {"console": {"config": {}}}}


@dg.op
def fail_in_a_sentence():
    raise dg.Failure(description="the inbox is not a folder") from KeyError("path")


@dg.op
def crash():
    try:
        {}["gold"]
    except KeyError as error:
        raise ValueError("no such gold") from error


@pytest.mark.parametrize(
    ("step", "reason"),
    [(fail_in_a_sentence, "the inbox is not a folder"), (crash, "ValueError: no such gold")],
)
def test_the_console_says_in_one_line_why_a_step_failed(step, reason, capsys):
    @dg.job(logger_defs={"console": plain_console})
    def trial():
        step()

    trial.execute_in_process(raise_on_error=False, run_config=ON_THE_CONSOLE)
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if f"failed. {reason}" in line]
    assert not [line for line in lines if "Traceback" in line]
