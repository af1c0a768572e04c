"""Indonesian."""

from __future__ import annotations

from ..locale import Locale


class Words(Locale):
    code = "id"
    groups = ".\u00a0\u202f"
    point = "koma"
    minus = "minus"
    percent = "persen"
    to = "sampai"
    ordinals = {"": "spellout-ordinal"}
    per = "per"
    clock_before = "pukul|jam"
    currencies = {
        "IDR": ("", "rupiah", "rupiah", "sen", "sen"),
        "USD": ("", "dolar", "dolar", "sen", "sen"),
        "EUR": ("", "euro", "euro", "sen", "sen"),
        "GBP": ("", "pound", "pound"),
    }
    abbreviations = {
        "dll.": "dan lain-lain",
        "dsb.": "dan sebagainya",
        "dst.": "dan seterusnya",
        "mis.": "misalnya",
        "yg": "yang",
        "dgn": "dengan",
        "Jl.": "Jalan",
        "No.": "nomor",
        "Bpk.": "Bapak",
        "Dr.": "Doktor",
        "dr.": "dokter",
        "Prof.": "Profesor",
        "hlm.": "halaman",
        "tlp.": "telepon",
        "a.n.": "atas nama",
        "s.d.": "sampai dengan",
        "PT": "P T",
    }
    scales = {
        "juta": ("juta", "juta"),
        "miliar": ("miliar", "miliar"),
        "triliun": ("triliun", "triliun"),
        "ribu": ("ribu", "ribu"),
    }
    fractions = {
        (1, 2): "setengah",
        (1, 4): "seperempat",
        (3, 4): "tiga perempat",
        (1, 3): "sepertiga",
        (2, 3): "dua pertiga",
    }
    spelling = {
        "@": "at",
        ".": "titik",
        "-": "strip",
        "_": "garis bawah",
        "/": "garis miring",
        ":": "titik dua",
        "&": "dan",
        "+": "plus",
        "#": "tagar",
        "=": "sama dengan",
        "%": "persen",
        "?": "tanda tanya",
        "!": "tanda seru",
        ",": "koma",
        "hashtag": "tagar",
    }
