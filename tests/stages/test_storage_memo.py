from pipeline.storage import FolderMemo

KEY = "ab" * 32


def test_a_value_is_found_again_by_another_process(tmp_path):
    FolderMemo(tmp_path).put(KEY, "şäher\n".encode())
    assert FolderMemo(tmp_path).get(KEY) == "şäher\n".encode()


def test_nothing_is_remembered_of_another_key(tmp_path):
    memo = FolderMemo(tmp_path)
    memo.put(KEY, b"")
    assert memo.get("cd" * 32) is None
    assert memo.get(KEY) == b""


def test_a_torn_value_counts_as_forgotten_and_is_put_anew(tmp_path):
    memo = FolderMemo(tmp_path)
    memo.put(KEY, b"one long value")
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(file.read_bytes()[:-3])
    assert memo.get(KEY) is None
    memo.put(KEY, b"one long value")
    assert memo.get(KEY) == b"one long value"
