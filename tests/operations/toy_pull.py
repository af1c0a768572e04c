"""`models pull` with a catalogue of one toy, whose only file a server of the test has: TOY_ADDRESS, TOY_SHA256."""

from __future__ import annotations

import os
import sys
from unittest import mock

from workers.engines import store
from workers.engines.catalogue import Archive, Catalogue, Model, Part, WeightFile, Weights
from workers.engines.pull import pull

BYTES = 4 << 20


def toys(address: str, sha256: str) -> Catalogue:
    """A catalogue of the model `toy`."""
    archive = Archive("released", "url", address, "1.0", "")
    weights = Weights("toy", files=(WeightFile("toy.bin", BYTES, sha256, (Part(archive, ""),)),))
    model = Model("toy", "Toy", "tts", "toy", "free", "speech-cpu", 24000, "MIT", "A toy.", weights="toy")
    return Catalogue({"toy": model}, [], {"toy": weights})


if __name__ == "__main__":
    offer = toys(os.environ["TOY_ADDRESS"], os.environ["TOY_SHA256"])
    try:
        with mock.patch.object(store, "catalogue", return_value=offer):
            pull(sys.argv[1])
    except store.StoreError as problem:
        sys.exit(f"CommandError: toy: {problem}")
