import pickle
import shutil
import sys

import numpy as np
import pytest

from pipeline.encoders import load_encoder
from pipeline.encoders.folders import hash_model_folder
from pipeline.encoders.travelling import FolderModel
from pipeline.errors import InputError
from pipeline.executors import LocalExecutor, open_executor

TEXTS = [f"salam kitap {'okadym ' * (n % 7)}{n}" for n in range(40)]


def posted(thing):
    """What arrives elsewhere."""
    return unpacked(pickle.dumps(thing))


def unpacked(post):
    return pickle.loads(post)  # noqa: S301 - packed by this very test


class PostedExecutor:
    """Every function and item goes through a pickle, as on its way to another machine."""

    def map(self, function, items):
        arrived = posted(function)
        return (arrived(posted(item)) for item in items)


def test_here_results_come_in_the_order_of_the_items_and_only_when_asked_for():
    done = []
    results = LocalExecutor().map(lambda item: done.append(item) or -item, iter([3, 1, 2]))
    assert done == []
    assert next(results) == -3
    assert done == [3]
    assert list(results) == [-1, -2]


def test_a_recipe_without_an_engine_works_here():
    assert isinstance(open_executor("local"), LocalExecutor)


def test_ray_that_is_not_installed_is_told_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "pipeline.ray_executor", raising=False)
    with pytest.raises(InputError, match=r"dutar\[ray\]"):
        open_executor("ray")


def test_an_encoder_gives_the_same_bytes_wherever_its_batches_are_computed(tiny_model_folder):
    here = load_encoder(str(tiny_model_folder)).encode(TEXTS, language="tuk_Latn")
    there = load_encoder(str(tiny_model_folder), executor=PostedExecutor())
    assert there.encode(TEXTS, language="tuk_Latn").tobytes() == here.tobytes()


def test_a_model_is_used_where_it_lies_if_it_lies_there_too(tiny_model_folder):
    model = FolderModel(tiny_model_folder, hash_model_folder(tiny_model_folder))
    assert posted(model) == model


@pytest.mark.parametrize("is_changed", [False, True], ids=["missing", "another model"])
def test_a_model_that_a_machine_does_not_have_arrives_with_its_files(
    tiny_model_folder, tmp_path, monkeypatch, is_changed
):
    monkeypatch.setenv("DUTAR_CACHE", str(tmp_path / "cache"))
    folder = shutil.copytree(tiny_model_folder, tmp_path / "mine")
    fingerprint = hash_model_folder(folder)
    here = load_encoder(str(folder)).encode(TEXTS, language="tuk_Latn")
    post = pickle.dumps(FolderModel(folder, fingerprint))
    if is_changed:
        (folder / "config.json").write_text("{}")
    else:
        shutil.rmtree(folder)
    arrived = [unpacked(post), unpacked(post)]  # by two workers of one machine
    assert arrived[0] == arrived[1]
    assert arrived[0].folder != folder
    assert hash_model_folder(arrived[0].folder) == fingerprint
    there = load_encoder(str(arrived[0].folder)).encode(TEXTS, language="tuk_Latn")
    assert np.array_equal(there, here)
