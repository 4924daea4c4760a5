"""The wrapper around every asset, over stand-ins: when its body runs, and what gates stop."""

import dagster as dg
import pytest

from pipeline.storage import Address

NUMBERS, DOUBLED = Address("trial", "numbers"), Address("trial", "doubled")


def version_of(result):
    (event,) = result.get_asset_materialization_events()
    return event.step_materialization_data.materialization.tags["dagster/data_version"]


def test_a_second_run_over_the_same_inputs_does_nothing_and_shows_the_same(run, world):
    first, second = run("numbers"), run("numbers")
    assert first.success
    assert second.success
    assert world.calls == ["numbers"]
    assert version_of(first) == version_of(second)
    shown = [
        result.get_asset_materialization_events()[0].step_materialization_data.materialization
        for result in (first, second)
    ]
    assert shown[0].metadata == shown[1].metadata


@pytest.mark.parametrize(
    "change",
    [
        lambda world: setattr(world, "outside_hash", "b"),
        lambda world: setattr(world, "code_version", "2"),
    ],
    ids=["outside file", "code version"],
)
def test_a_change_that_matters_calls_the_body_again(run, world, change):
    before = run("numbers")
    change(world)
    after = run("numbers")
    assert world.calls == ["numbers", "numbers"]
    assert version_of(before) == version_of(after)  # the content is the same all the same


def test_a_value_changed_in_the_launchpad_calls_the_body_again(run, world, place):
    run("numbers")
    assert version_of(run("numbers", max_sentence_characters=70))
    assert world.calls == ["numbers", "numbers"]
    assert place.store.find(NUMBERS).read()["limit"].to_pylist() == [70]


def test_a_launchpad_value_out_of_its_limits_is_refused_before_anything_runs(run, world):
    with pytest.raises(dg.DagsterInvalidConfigError, match="max_sentence_characters"):
        run("numbers", max_sentence_characters="many")
    assert not run("numbers", max_sentence_characters=-1).success
    assert world.calls == []


def test_an_input_with_other_content_calls_the_body_again_and_one_with_the_same_does_not(
    run, world, place
):
    run("numbers")
    run("doubled")
    world.outside_hash = "b"  # made anew, with the same content
    run("numbers")
    run("doubled")
    assert world.calls == ["numbers", "doubled", "numbers"]
    world.outside_hash, world.limit_factor = "c", 3
    run("numbers")
    run("doubled")
    assert world.calls[3:] == ["numbers", "doubled"]
    assert place.store.find(DOUBLED).read()["limit"].to_pylist() == [6000]


def test_a_failed_gate_is_a_failed_check_and_stops_a_later_run_with_its_reason(
    run, world, failure_of
):
    world.refused = ("numbers",)
    made = run("numbers")
    assert made.success
    (check,) = made.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == ("is_even", False)
    assert check.description == "numbers was looked at closely"
    later = run("doubled")
    assert not later.success
    assert failure_of(later).startswith(
        "trial/numbers is refused by is_even: numbers was looked at closely."
    )


def test_a_passed_gate_is_a_passed_check_also_when_nothing_was_done(run):
    for result in (run("numbers"), run("numbers")):
        (check,) = result.get_asset_check_evaluations()
        assert check.passed


def test_a_refused_partition_is_left_out_where_partitions_fan_in(run, world, place):
    world.refused = ("django",)
    for partition in ("cldr", "django"):
        run("parts", partition)
    assert run("whole").success
    assert place.store.find(Address("trial", "whole")).read()["part"].to_pylist() == ["cldr"]
    world.refused, world.code_version = (), "2"
    run("parts", "django")
    run("whole")
    whole = place.store.find(Address("trial", "whole")).read()["part"].to_pylist()
    assert whole == ["cldr", "django"]


def test_a_partition_that_the_recipe_no_longer_names_is_left_out(run, place):
    for partition in ("cldr", "django"):
        run("parts", partition)
    old = place.store.find(Address("trial", "parts", "django"))
    place.store.publish(
        Address("trial", "parts", "dropped"), old.read(), fingerprint=old.manifest.fingerprint_parts
    )
    run("whole")
    whole = place.store.find(Address("trial", "whole")).read()["part"].to_pylist()
    assert whole == ["cldr", "django"]
