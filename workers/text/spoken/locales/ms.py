"""Malay."""

from __future__ import annotations

from ..locale import Locale


class Words(Locale):
    code = "ms"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "perpuluhan"
    minus = "negatif"
    percent = "peratus"
    to = "hingga"
    ordinals = {"": "spellout-ordinal"}
    per = "setiap"
    clock_before = "pukul|jam"
    currencies = {
        "MYR": ("", "ringgit", "ringgit", "sen", "sen"),
        "USD": ("", "dolar", "dolar", "sen", "sen"),
        "EUR": ("", "euro", "euro", "sen", "sen"),
        "GBP": ("", "paun", "paun"),
        "SGD": ("", "dolar Singapura", "dolar Singapura", "sen", "sen"),
    }
    abbreviations = {
        "dll.": "dan lain-lain",
        "dsb.": "dan sebagainya",
        "cth.": "contohnya",
        "Jln.": "Jalan",
        "No.": "nombor",
        "En.": "Encik",
        "Pn.": "Puan",
        "Dr.": "Doktor",
        "Prof.": "Profesor",
        "hlm.": "halaman",
        "tel.": "telefon",
        "sdn. bhd.": "sendirian berhad",
    }
    scales = {"juta": ("juta", "juta"), "bilion": ("bilion", "bilion"), "ribu": ("ribu", "ribu")}
    fractions = {
        (1, 2): "setengah",
        (1, 4): "satu perempat",
        (3, 4): "tiga perempat",
        (1, 3): "satu pertiga",
        (2, 3): "dua pertiga",
    }
    spelling = {
        "@": "at",
        ".": "titik",
        "-": "sengkang",
        "_": "garis bawah",
        "/": "garis miring",
        ":": "titik bertindih",
        "&": "dan",
        "+": "tambah",
        "#": "tanda pagar",
        "=": "sama dengan",
        "%": "peratus",
        "?": "tanda soal",
        "!": "tanda seru",
        ",": "koma",
        "hashtag": "tanda pagar",
    }
