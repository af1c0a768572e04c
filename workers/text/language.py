"""Language codes, and guessing the language of a text.

Codes are ISO 639-1 (two letters), plus `yue` and `fil`, which have none.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection
from functools import cache

import regex
from py3langid.langid import MODEL_FILE, LanguageIdentifier

# ISO 639-1 with the three-letter codes of ISO 639-2 (terminological, then bibliographic where it differs).
_TABLE = """
aa aar, ab abk, ae ave, af afr, ak aka, am amh, an arg, ar ara, as asm, av ava, ay aym, az aze, ba bak, be
bel, bg bul, bi bis, bm bam, bn ben, bo bod tib, br bre, bs bos, ca cat, ce che, ch cha, co cos, cr cre, cs
ces cze, cu chu, cv chv, cy cym wel, da dan, de deu ger, dv div, dz dzo, ee ewe, el ell gre, en eng, eo epo,
es spa, et est, eu eus baq, fa fas per, ff ful, fi fin, fj fij, fo fao, fr fra fre, fy fry, ga gle, gd gla, gl
glg, gn grn, gu guj, gv glv, ha hau, he heb, hi hin, ho hmo, hr hrv, ht hat, hu hun, hy hye arm, hz her, ia
ina, id ind, ie ile, ig ibo, ii iii, ik ipk, io ido, is isl ice, it ita, iu iku, ja jpn, jv jav, ka kat geo,
kg kon, ki kik, kj kua, kk kaz, kl kal, km khm, kn kan, ko kor, kr kau, ks kas, ku kur, kv kom, kw cor, ky
kir, la lat, lb ltz, lg lug, li lim, ln lin, lo lao, lt lit, lu lub, lv lav, mg mlg, mh mah, mi mri mao, mk
mkd mac, ml mal, mn mon, mr mar, ms msa may, mt mlt, my mya bur, na nau, nb nob, nd nde, ne nep, ng ndo, nl
nld dut, nn nno, no nor, nr nbl, nv nav, ny nya, oc oci, oj oji, om orm, or ori, os oss, pa pan, pi pli, pl
pol, ps pus, pt por, qu que, rm roh, rn run, ro ron rum, ru rus, rw kin, sa san, sc srd, sd snd, se sme, sg
sag, si sin, sk slk slo, sl slv, sm smo, sn sna, so som, sq sqi alb, sr srp, ss ssw, st sot, su sun, sv swe,
sw swa, ta tam, te tel, tg tgk, th tha, ti tir, tk tuk, tl tgl, tn tsn, to ton, tr tur, ts tso, tt tat, tw
twi, ty tah, ug uig, uk ukr, ur urd, uz uzb, ve ven, vi vie, vo vol, wa wln, wo wol, xh xho, yi yid, yo yor,
za zha, zh zho chi, zu zul, yue yue, fil fil
"""
# Withdrawn codes that old clients still send, and the one that means a member of a larger language here.
_OLD = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "sh": "sr", "cmn": "zh"}
_CODES = {
    alias: names[0]
    for names in (line.split() for line in _TABLE.replace("\n", " ").split(","))
    for alias in names
} | _OLD

KNOWN_LANGUAGES: frozenset[str] = frozenset(_CODES.values())

# A script that one language dominates names it; several languages: the model chooses among them.
_SCRIPTS: dict[str, tuple[str, ...]] = {
    "Hangul": ("ko",),
    "Thai": ("th",),
    "Lao": ("lo",),
    "Khmer": ("km",),
    "Myanmar": ("my",),
    "Tibetan": ("bo",),
    "Hebrew": ("he",),
    "Greek": ("el",),
    "Armenian": ("hy",),
    "Georgian": ("ka",),
    "Ethiopic": ("am",),
    "Bengali": ("bn", "as"),
    "Gurmukhi": ("pa",),
    "Gujarati": ("gu",),
    "Oriya": ("or",),
    "Tamil": ("ta",),
    "Telugu": ("te",),
    "Kannada": ("kn",),
    "Malayalam": ("ml",),
    "Sinhala": ("si",),
    "Devanagari": ("hi", "mr", "ne", "sa"),
    "Arabic": ("ar", "fa", "ur", "ps", "ug", "ku"),
    "Cyrillic": ("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt", "ba"),
}
# Languages of the Latin script with many speakers or a voice. Rarer ones only draw short texts away from
# these.
_LATIN = """
af az ca cs cy da de en es et eu fi fr ga gl hr hu id is it lt lv ms mt nl no pl pt ro sk sl sq sv sw tl tr uz
vi
"""
_SCRIPT_OF = [
    (name, regex.compile(rf"\p{{Script={name}}}"))
    for name in ("Latin", "Han", "Hiragana", "Katakana", "Cyrillic", "Arabic", "Devanagari", *_SCRIPTS)
]
# Letters and signs of one language (of those with many speakers or a voice), for texts too short for the model.
_OWN_SIGNS = {
    "es": "¿¡ñ",
    "de": "ß",
    "pl": "łńśźż",
    "hu": "őű",
    "tr": "ğıİ",
    "ro": "șț",
    "cs": "ěřů",
    "sk": "ĺľŕ",
    "fr": "œ",
    "pt": "ãõ",
    "is": "ðþ",
    "vi": "ơư" + "".join(map(chr, range(0x1EA0, 0x1EFA))),
}
# Words that short texts begin with, each of one language.
_FIRST_WORDS = {
    "fr": "bonjour bonsoir merci oui où voilà",
    "de": "hallo guten danke bitte nein tschüss ich",
    "es": "hola gracias adiós buenos buenas",
    "it": "ciao grazie buongiorno buonasera arrivederci",
    "pt": "olá obrigado obrigada tchau bom",
    "nl": "goedemorgen goedendag goedenavond bedankt dankjewel",
    "pl": "dziękuję cześć dzień",
    "tr": "merhaba günaydın",
    "hu": "szia köszönöm",
    "cs": "děkuji",
    "fi": "kiitos",
    "ro": "bună mulțumesc",
    "vi": "chào",
}
_LANGUAGE_OF = {sign: code for code, signs in _OWN_SIGNS.items() for sign in signs} | {
    word: code for code, words in _FIRST_WORDS.items() for word in words.split()
}
_WORD = regex.compile(r"\p{L}+")
_NOT_LANGUAGE = regex.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+")
_SAMPLE = 3000
_MIN_LATIN_LETTERS = 12
_MIN_PROBABILITY = 0.3

_lock = threading.Lock()
_loaded: LanguageIdentifier | None = None


def normalise_code(code: str) -> str | None:
    """The ISO 639-1 code for "en-US", "EN", "zh_CN", "eng" or "iw"; None where it names no known language."""
    return _CODES.get(code.strip().replace("_", "-").split("-", 1)[0].lower())


def detect(text: str, default: str = "en", *, short: bool = True) -> str:
    """The language a text is written in (ISO 639-1), by its script first and by py3langid among what uses the
    script.

    Texts in Latin script with under 12 letters, and texts nobody can place, are taken as `default`. `short`: whether
    so short a text is believed where it begins with "Hola" or "Bonjour", or has a letter that is one language's own.
    Looks at the first 3,000 characters. Safe from many threads; the model (0.1 s to 1 s) loads on first need.
    """
    sample = _NOT_LANGUAGE.sub(" ", text[:_SAMPLE])
    scripts = Counter(filter(None, map(_script, filter(str.isalpha, sample))))
    if not scripts:
        return default
    kana = scripts.pop("Hiragana", 0) + scripts.pop("Katakana", 0)
    han = scripts.pop("Han", 0)
    # Chinese and Japanese say more with a letter than others do, and like to quote Latin names.
    if kana + han and 2 * (kana + han) >= max(scripts.values(), default=0):
        return "ja" if kana * 20 >= han else "zh"
    if not scripts:
        return default
    script, letters = scripts.most_common(1)[0]
    if script == "Latin":
        if letters >= _MIN_LATIN_LETTERS:
            return _best(sample, _LATIN.split(), default)
        return _own(sample, default) if short else default
    candidates = _SCRIPTS[script]
    return candidates[0] if len(candidates) == 1 else _best(sample, candidates, candidates[0])


def _own(sample: str, otherwise: str) -> str:
    """The one language that the first word and all the signs of a short text point to."""
    lowered = sample.lower()
    found = {_LANGUAGE_OF[sign] for sign in {*sample, *lowered} if sign in _LANGUAGE_OF}
    first = _WORD.search(lowered)
    if first and first.group() in _LANGUAGE_OF:
        found.add(_LANGUAGE_OF[first.group()])
    return found.pop() if len(found) == 1 else otherwise


@cache
def _script(letter: str) -> str | None:
    return next((name for name, pattern in _SCRIPT_OF if pattern.match(letter)), None)


def _best(sample: str, candidates: Collection[str], otherwise: str) -> str:
    """The likeliest of the candidates, where its share among them is enough to be believed."""
    shares = {code: share for code, share in _identifier().rank(sample) if code in candidates}
    best = max(shares, key=shares.__getitem__, default=otherwise)
    return best if shares and shares[best] >= _MIN_PROBABILITY * sum(shares.values()) else otherwise


def _identifier() -> LanguageIdentifier:
    """The model, loaded once; scoring keeps no state, so threads share it."""
    global _loaded
    if _loaded is None:
        with _lock:
            if _loaded is None:
                _loaded = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return _loaded
