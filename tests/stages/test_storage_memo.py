from pipeline.storage import FolderMemo

KEY = "ab" * 32


def test_a_value_is_found_again_by_another_process(tmp_path):
    FolderMemo(tmp_path).put(KEY, "[0]:[0]\nşäher\n")
    assert FolderMemo(tmp_path).get(KEY) == "[0]:[0]\nşäher\n"


def test_nothing_is_remembered_of_another_key(tmp_path):
    memo = FolderMemo(tmp_path)
    memo.put(KEY, "")
    assert memo.get("cd" * 32) is None
    assert memo.get(KEY) == ""


def test_a_torn_value_counts_as_forgotten_and_is_put_anew(tmp_path):
    memo = FolderMemo(tmp_path)
    memo.put(KEY, "one long value")
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(file.read_bytes()[:-3])
    assert memo.get(KEY) is None
    memo.put(KEY, "one long value")
    assert memo.get(KEY) == "one long value"
