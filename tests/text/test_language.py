"""Languages are told from real sentences; codes of every common kind are understood."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from workers.text.language import KNOWN_LANGUAGES, detect, normalise_code

SENTENCES = {
    "en": "The weather is nice today and we are going for a walk.",
    "fr": "Il fait beau aujourd'hui et nous allons nous promener.",
    "de": "Das Wetter ist heute schön und wir gehen spazieren.",
    "es": "Hoy hace buen tiempo y vamos a dar un paseo por el parque.",
    "it": "Oggi fa bel tempo e andiamo a fare una passeggiata.",
    "pt": "Hoje o tempo está bom e nós vamos dar um passeio.",
    "nl": "Het is vandaag mooi weer en we gaan wandelen.",
    "pl": "Dzisiaj jest ładna pogoda i idziemy na spacer.",
    "cs": "Dnes je hezké počasí a jdeme na procházku.",
    "da": "Vejret er dejligt i dag, og vi skal ud at gå en tur.",
    "sv": "Vädret är fint idag och vi ska gå en promenad.",
    "fi": "Tänään on kaunis sää ja menemme kävelylle.",
    "hu": "Ma szép idő van, és sétálni megyünk.",
    "tr": "Bugün hava çok güzel ve yürüyüşe çıkıyoruz.",
    "vi": "Hôm nay thời tiết đẹp và chúng tôi đi dạo.",
    "id": "Cuaca hari ini sangat bagus dan kami akan berjalan-jalan.",
    "ro": "Astăzi vremea este frumoasă și mergem la plimbare.",
    "ru": "Сегодня хорошая погода, и мы идём гулять.",
    "uk": "Сьогодні гарна погода, і ми йдемо гуляти.",
    "bg": "Днес времето е хубаво и отиваме на разходка.",
    "el": "Σήμερα ο καιρός είναι ωραίος και πάμε βόλτα.",
    "ar": "الطقس جميل اليوم وسنذهب في نزهة.",
    "fa": "امروز هوا خوب است و ما به پیاده‌روی می‌رویم.",
    "he": "היום מזג האוויר נעים ואנחנו יוצאים לטיול.",
    "hi": "आज मौसम अच्छा है और हम घूमने जा रहे हैं।",
    "bn": "আজ আবহাওয়া ভালো এবং আমরা হাঁটতে যাচ্ছি।",
    "ta": "இன்று வானிலை நன்றாக உள்ளது.",
    "th": "วันนี้อากาศดีและเราจะไปเดินเล่น",
    "ko": "오늘 날씨가 좋아서 산책하러 갑니다.",
    "ja": "今日は天気がいいので散歩に行きます。",
    "zh": "今天天气很好，我们去散步。",
}


@pytest.mark.parametrize(("code", "text"), SENTENCES.items())
def test_sentences(code: str, text: str) -> None:
    assert detect(text) == code
    assert detect(text, default="xx") == code


@pytest.mark.parametrize(
    "text", ["Hello", "OK", "Hi there!", "Kokoro", "2024", "", "!?", "😀", "https://example.de/das-ist"]
)
def test_too_little_to_tell_is_the_default(text: str) -> None:
    assert detect(text) == "en"
    assert detect(text, default="de") == "de"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("¿Qué?", "es"),
        ("¡Sí!", "es"),
        ("Mañana", "es"),
        ("Straße", "de"),
        ("Łódź", "pl"),
        ("Żółw", "pl"),
        ("Erdő", "hu"),
        ("Dağ", "tr"),
        ("Řeka", "cs"),
        ("Cœur", "fr"),
        ("São João", "pt"),
        ("Được", "vi"),
        ("Bonjour", "fr"),
        ("Où ça ?", "fr"),
        ("Merci!", "fr"),
        ("Hallo", "de"),
        ("Guten Tag", "de"),
        ("Hola", "es"),
        ("HOLA, Ana", "es"),
        ("Ciao", "it"),
        ("“Grazie.”", "it"),
        ("Olá", "pt"),
        ("Bom dia", "pt"),
        ("Bedankt", "nl"),
        ("Cześć", "pl"),
        ("Merhaba", "tr"),
        ("Kiitos", "fi"),
    ],
)
def test_a_greeting_or_a_letter_of_its_own_tells_even_a_short_text(text: str, code: str) -> None:
    assert detect(text) == code
    assert detect(text, default="sv") == code
    # Whoever has a better guess can say so.
    assert detect(text, default="sv", short=False) == "sv"


@pytest.mark.parametrize(
    "text", ["Say ciao", "Mr Merci", "Peña Weiß", "Hola Łódź", "Café", "naïve", "I", "Bon"]
)
def test_hints_that_are_weak_or_contradict_each_other_tell_nothing(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Привет", "ru"),
        ("東京", "zh"),
        ("東京へ", "ja"),
        ("안녕", "ko"),
        ("שלום", "he"),
        ("สวัสดี", "th"),
        ("iPhoneを買いました", "ja"),
        ("我用 GitHub 写代码", "zh"),
        ("THE WEATHER IS NICE TODAY AND WE WALK", "en"),
    ],
)
def test_scripts_tell_even_short_texts(text: str, code: str) -> None:
    assert detect(text) == code


def test_long_texts_and_threads() -> None:
    texts = [text * 500 for text in SENTENCES.values()]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(detect, texts)) == list(SENTENCES)


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-US", "en"),
        ("zh_CN", "zh"),
        ("zh-Hant-TW", "zh"),
        ("cmn", "zh"),
        ("eng", "en"),
        ("deu", "de"),
        ("ger", "de"),
        ("fra", "fr"),
        ("fre", "fr"),
        ("iw", "he"),
        ("fil", "fil"),
        (" pt-BR ", "pt"),
        ("xx", None),
        ("english", None),
        ("", None),
        ("-", None),
        ("e", None),
    ],
)
def test_codes(code: str, known: str | None) -> None:
    assert normalise_code(code) == known


def test_every_known_code_means_itself() -> None:
    assert len(KNOWN_LANGUAGES) > 180
    assert all(normalise_code(code) == code for code in KNOWN_LANGUAGES)
    assert set(SENTENCES) <= KNOWN_LANGUAGES
