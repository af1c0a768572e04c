"""The audio formats that customers may ask for, and how each is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """One output format, always mono.

    `extension` without a dot. `rates`: the sample rates in Hz it is made at; empty: any. `codec`: ffmpeg's
    output arguments; empty where we write the file ourselves. `bitrate`, `wide_bitrate`: bit/s for speech (up
    to 24 kHz) and above; 0 where the codec has no such knob. `integer`: it stores 16-bit samples.
    """

    name: str
    extension: str
    content_type: str
    rates: tuple[int, ...] = ()
    codec: tuple[str, ...] = ()
    bitrate: int = 0
    wide_bitrate: int = 0
    integer: bool = False

    def rate_for(self, source_rate: int) -> int:
        """The rate to make it at: the lowest that loses nothing of a source at `source_rate`, else the
        highest."""
        if not self.rates:
            return source_rate
        return min((rate for rate in self.rates if rate >= source_rate), default=max(self.rates))

    def arguments(self, rate: int) -> list[str]:
        """ffmpeg's output arguments at a sample rate, without the file name."""
        bits = self.bitrate if rate <= 24_000 else self.wide_bitrate
        return [*self.codec, *(["-b:a", str(bits)] if bits else [])]


# Speech is made at 24 kHz by most engines. 44.1 and 48 kHz are for music and for uploads that come back.
_USUAL = (24_000, 44_100, 48_000)

_FORMATS = (
    # Constant bit rate: a player that seeks by byte ranges lands where it means to. The Info header at the
    # start tells the exact length. LAME at 64 kbit/s mono is transparent for speech at 24 kHz.
    AudioFormat(
        "mp3",
        "mp3",
        "audio/mpeg",
        _USUAL,
        ("-c:a", "libmp3lame", "-write_xing", "1", "-f", "mp3"),
        64_000,
        128_000,
    ),
    AudioFormat("wav", "wav", "audio/wav", integer=True),
    AudioFormat(
        "flac",
        "flac",
        "audio/flac",
        codec=("-c:a", "flac", "-compression_level", "5", "-f", "flac"),
        integer=True,
    ),
    AudioFormat("ogg", "ogg", "audio/ogg", _USUAL, ("-c:a", "libvorbis", "-q:a", "4", "-f", "ogg")),
    # Opus always decodes at 48 kHz. 32 kbit/s is full-band for one voice.
    AudioFormat(
        "opus",
        "opus",
        "audio/opus",
        (48_000,),
        ("-c:a", "libopus", "-vbr", "on", "-application", "audio", "-f", "opus"),
        wide_bitrate=32_000,
    ),
    AudioFormat("aac", "aac", "audio/aac", _USUAL, ("-c:a", "aac", "-f", "adts"), 64_000, 128_000),
    # The index stands in front, so that playing starts before the whole file has come.
    AudioFormat(
        "m4a",
        "m4a",
        "audio/mp4",
        _USUAL,
        ("-c:a", "aac", "-movflags", "+faststart", "-f", "ipod"),
        64_000,
        128_000,
    ),
    # Headerless signed 16-bit little-endian; the rate is part of the contract, so it never varies by itself.
    AudioFormat("pcm", "pcm", "audio/pcm", (24_000,), integer=True),
)

AUDIO_FORMATS: Mapping[str, AudioFormat] = MappingProxyType({form.name: form for form in _FORMATS})


def format_named(name: str) -> AudioFormat | None:
    """The format of that name in any case, or None."""
    return AUDIO_FORMATS.get(name.strip().lower())
