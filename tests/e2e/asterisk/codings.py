"""What is said, as phones code it: a packet every 20 ms in A-law, mu-law, G.722 or Opus.

A-law and mu-law are made here. G.722 and Opus are made by the libraries that Asterisk and baresip use for them: they are there
wherever these are.
"""

import ctypes
import ctypes.util
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.asterisk.counted_sound import a_law
from tests.e2e.asterisk.tone_code import PACKET, RATE, Wave

STATE = Path(os.environ.get("TESTS_STATE", Path(__file__).parents[3] / ".state"))
_G722_BITS, _G722_FROM_8_KHZ = 64_000, 1
_KEEPS_THE_WAVE, _SET_BIT_RATE, _OPUS_BITS = 2_051, 4_002, 64_000
"""Of Opus the half that codes the wave itself: the other describes a voice, and no tone is found in it again (RFC 6716)."""
_LONGEST = 1_500


@dataclass(frozen=True)
class Coding:
    """How a codec is told in SDP and RTP (RFC 3551, RFC 7587), and what an Asterisk needs for it."""

    payload_type: int
    name: str
    ticks: int
    """Of the time stamp, a packet."""
    modules: tuple[str, ...] = ()
    """Without which such a leg cannot be recorded, beside those a node of ours has."""


CODINGS = {
    "alaw": Coding(8, "PCMA/8000", 160),
    "ulaw": Coding(0, "PCMU/8000", 160, ("codec_ulaw.so",)),
    "g722": Coding(9, "G722/8000", 160, ("codec_g722.so", "codec_resample.so")),
    "opus": Coding(107, "opus/48000/2", 960, ("codec_opus_open_source.so", "codec_resample.so", "res_format_attr_opus.so")),
}


def coded(said: Wave, codec: str) -> tuple[bytes, ...]:
    """The packets; a test is skipped where no library for the codec is at hand."""
    samples = said.astype(np.int16)
    pieces = [samples[begin : begin + PACKET] for begin in range(0, len(samples), PACKET)]
    if codec == "alaw":
        return tuple(bytes(a_law(int(sample) >> 3) for sample in piece) for piece in pieces)
    if codec == "ulaw":
        return tuple(map(mu_law, pieces))
    return (_g722 if codec == "g722" else _opus)(pieces)


def mu_law(said: Wave | np.ndarray[tuple[int], np.dtype[np.int16]]) -> bytes:
    """The samples in ITU-T G.711 mu-law."""
    size = np.minimum(np.abs(said.astype(np.int64)), 32_635) + 132
    segment = np.floor(np.log2(size)).astype(np.int64) - 7
    step = size >> (segment + 3) & 0x0F
    sign = np.where(said < 0, 0x80, 0)
    return bytes((~(sign | segment << 4 | step) & 0xFF).astype(np.uint8).tolist())


def _g722(pieces: list[np.ndarray[tuple[int], np.dtype[np.int16]]]) -> tuple[bytes, ...]:
    library = library_of("spandsp")
    library.g722_encode_init.restype = ctypes.c_void_p
    state = ctypes.c_void_p(library.g722_encode_init(None, _G722_BITS, _G722_FROM_8_KHZ))
    room = ctypes.create_string_buffer(_LONGEST)
    return tuple(ctypes.string_at(room, library.g722_encode(state, room, piece.tobytes(), len(piece))) for piece in pieces)


def _opus(pieces: list[np.ndarray[tuple[int], np.dtype[np.int16]]]) -> tuple[bytes, ...]:
    library, error = library_of("opus"), ctypes.c_int()
    library.opus_encoder_create.restype = ctypes.c_void_p
    state = ctypes.c_void_p(library.opus_encoder_create(RATE, 1, _KEEPS_THE_WAVE, ctypes.byref(error)))
    assert error.value == 0, f"libopus: {error.value}"
    assert library.opus_encoder_ctl(state, _SET_BIT_RATE, _OPUS_BITS) == 0
    room = ctypes.create_string_buffer(_LONGEST)
    lengths = (library.opus_encode(state, piece.tobytes(), len(piece), room, _LONGEST) for piece in pieces)
    return tuple(ctypes.string_at(room, length) for length in lengths)


def library_of(name: str) -> ctypes.CDLL:
    """As it is installed, or as the unpacked switch has it."""
    found = ctypes.util.find_library(name)
    unpacked = sorted(STATE.glob(f"packages/*/*/usr/lib/*/lib{name}.so.*"))
    for each in (found, *map(str, unpacked)):
        if each is not None:
            return ctypes.CDLL(each)
    return pytest.skip(f"no lib{name} on this machine, neither installed nor unpacked: nobody to code for the phones")
