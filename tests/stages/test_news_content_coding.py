import gzip
import tracemalloc
import zlib

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.news.content_coding import DamagedError, TooLargeError, decode

MEGABYTE = 2**20


def bare_deflate(body):
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: brotli.compress(body, quality=4),
    "zstd": zstd.compress,
}


@given(
    st.binary(max_size=3000),
    st.lists(st.sampled_from(sorted(ENCODERS)), max_size=3),
)
def test_decoding_undoes_the_codings_in_their_order(body, codings):
    sent = body
    for coding in codings:
        sent = ENCODERS[coding](sent)
    assert decode(sent, ", ".join(codings), 10 * MEGABYTE) == body


def test_deflate_without_its_frame_is_read_too():
    assert decode(bare_deflate(b"salam" * 99), "deflate", MEGABYTE) == b"salam" * 99


def test_members_and_frames_in_a_row_are_one_body():
    for coding in ("gzip", "zstd"):
        encode = ENCODERS[coding]
        assert decode(encode(b"one ") + encode(b"two"), coding, MEGABYTE) == b"one two"


@pytest.mark.parametrize("coding", sorted(ENCODERS))
def test_a_stream_cut_anywhere_is_damaged(coding):
    whole = ENCODERS[coding](bytes(range(256)) * 40)
    for end in {0, 1, 5, len(whole) // 2, len(whole) - 1}:
        with pytest.raises(DamagedError):
            decode(whole[:end], coding, MEGABYTE)


@pytest.mark.parametrize("header", ["gzip", "br", "zstd", "compress", "gzip, gzip, gzip, gzip"])
def test_what_is_not_in_the_named_coding_is_damaged(header):
    with pytest.raises(DamagedError):
        decode(b"<html>plain</html>", header, MEGABYTE)


@pytest.mark.parametrize(
    "codings", [*([name] for name in ENCODERS), ["gzip", "gzip"], ["br", "gzip"]]
)
def test_a_bomb_ends_at_the_cap_and_takes_little_more_memory(codings):
    bomb = bytes(64 * MEGABYTE)
    for coding in codings:
        bomb = ENCODERS[coding](bomb)
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        decode(bomb, ",".join(codings), MEGABYTE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * MEGABYTE


def test_a_zstd_window_beyond_the_limit_of_the_web_is_damaged():
    parameter = zstd.CompressionParameter
    compressor = zstd.ZstdCompressor(options={parameter.window_log: 25})
    wide = compressor.compress(bytes(32 * MEGABYTE)) + compressor.flush()
    with pytest.raises(DamagedError):
        decode(wide, "zstd", 64 * MEGABYTE)
