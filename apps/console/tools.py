"""The audio tools of the console: what each asks for beside the recording, and the order of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from apps.accounts.callers import Caller
from apps.catalog.selectors import languages_on_offer, voices_on_offer
from apps.jobs import tools
from apps.jobs.recordings import Recording
from apps.jobs.revoicing import convert_order, translate_order
from apps.jobs.services import Order
from apps.jobs.transcription import MAX_BYTES as TRANSCRIPT_BYTES
from apps.jobs.transcription import transcript_order
from apps.voices.models import VoiceStatus
from apps.voices.selectors import voices_of

from .templatetags.console import language_name

FORMATS = [(name, name.upper()) for name in tools.FORMATS]
SAME = [("", "As it came"), *FORMATS]
Making = Callable[[Caller, Recording, Mapping[str, Any]], Order]


class RecordingForm(forms.Form):
    """What all of them ask for."""

    file = forms.FileField(
        label="Recording", widget=forms.ClearableFileInput(attrs={"accept": "audio/*,video/*"})
    )

    def __init__(self, *args: Any, caller: Caller, **options: Any) -> None:
        super().__init__(*args, **options)
        self.offer(caller)

    def offer(self, caller: Caller) -> None:
        """Fill in what there is to choose from."""

    def choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class TranscriptForm(RecordingForm):
    language = forms.CharField(
        max_length=20, required=False, help_text="A code such as en or de; empty: it is found out."
    )
    diarize = forms.BooleanField(label="Tell speakers apart", required=False)
    translate = forms.BooleanField(label="Translate into English", required=False)


class EnhanceForm(RecordingForm):
    strength = forms.TypedChoiceField(
        coerce=int, choices=[(1, "Gentle"), (2, "Normal"), (3, "Strong")], initial=2
    )
    format = forms.ChoiceField(choices=SAME, required=False)


class EchoForm(RecordingForm):
    intensity = forms.TypedChoiceField(coerce=int, choices=[(n, str(n)) for n in range(1, 6)], initial=3)
    format = forms.ChoiceField(choices=SAME, required=False)


class SeparateForm(RecordingForm):
    stems = forms.TypedChoiceField(
        label="Into",
        coerce=int,
        choices=[(count, ", ".join(names).capitalize()) for count, names in tools.STEMS.items()],
    )
    format = forms.ChoiceField(choices=[(name, name.upper()) for name in tools.STEM_FORMATS])


class ReformatForm(RecordingForm):
    format = forms.ChoiceField(choices=FORMATS)


class ConvertForm(RecordingForm):
    voice = forms.ChoiceField(label="Voice to speak with")
    format = forms.ChoiceField(choices=FORMATS, initial="mp3")

    def offer(self, caller: Caller) -> None:
        mine = voices_of(caller).filter(status=VoiceStatus.ACTIVE, built__isnull=False)
        own = [(voice.public_id, f"{voice.name} · yours") for voice in mine]
        stock = [
            (voice.id, f"{voice.name} · {voice.language} · {voice.gender}") for voice, _ in voices_on_offer()
        ]
        self.choose("voice", own + stock)


class TranslateForm(RecordingForm):
    language = forms.ChoiceField(label="Into")
    format = forms.ChoiceField(choices=FORMATS, initial="mp3")

    def offer(self, caller: Caller) -> None:
        self.choose("language", language_choices())


def language_choices() -> list[tuple[str, str]]:
    """The languages that are spoken here, by their names in English."""
    named = [(code, language_name(code)) for code in languages_on_offer()]
    return sorted(named, key=lambda choice: choice[1])


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, its form and its making. `says` is told to whoever looks at it."""

    name: str
    says: str
    form: type[RecordingForm]
    most: int
    order: Making


TOOLS: Mapping[str, Tool] = {
    "transcribe": Tool(
        "Transcribe",
        "Writes down what is said, with the times of its words, and who said it if you like.",
        TranscriptForm,
        TRANSCRIPT_BYTES,
        lambda caller, recording, fields: transcript_order(
            recording,
            language=fields["language"] or None,
            words=True,
            diarize=fields["diarize"],
            translate=fields["translate"],
        ),
    ),
    "enhance": Tool(
        "Enhance",
        "Takes noise off speech.",
        EnhanceForm,
        tools.SPEECH_BYTES,
        lambda caller, recording, fields: tools.enhance_order(
            recording, strength=fields["strength"], format=fields["format"] or None
        ),
    ),
    "remove-echo": Tool(
        "Remove echo",
        "Takes echo and the sound of the room off speech.",
        EchoForm,
        tools.SPEECH_BYTES,
        lambda caller, recording, fields: tools.echo_order(
            recording, intensity=fields["intensity"], format=fields["format"] or None
        ),
    ),
    "separate": Tool(
        "Separate",
        "Takes music apart: the singing, and what is played.",
        SeparateForm,
        tools.MUSIC_BYTES,
        lambda caller, recording, fields: tools.separate_order(
            recording, stems=fields["stems"], format=fields["format"]
        ),
    ),
    "change-voice": Tool(
        "Change voice",
        "Says the same in another voice.",
        ConvertForm,
        tools.SPEECH_BYTES,
        lambda caller, recording, fields: convert_order(
            caller, recording, target_voice=fields["voice"], model=None, format=fields["format"]
        ),
    ),
    "translate": Tool(
        "Translate",
        "Says the same in another language.",
        TranslateForm,
        tools.SPEECH_BYTES,
        lambda caller, recording, fields: translate_order(
            caller,
            recording,
            target_language=fields["language"],
            voice=None,
            preserve_voice=False,
            format=fields["format"],
        ),
    ),
    "analyse": Tool(
        "Analyse",
        "Finds key, tempo and metre of music. It costs nothing.",
        RecordingForm,
        tools.MUSIC_BYTES,
        lambda caller, recording, fields: tools.analyse_order(recording),
    ),
    "convert": Tool(
        "Convert",
        "Writes the same in another format. It costs nothing.",
        ReformatForm,
        tools.MUSIC_BYTES,
        lambda caller, recording, fields: tools.reformat_order(recording, format=fields["format"]),
    ),
}
