"""Inaudible marks in speech: how each method lays them and finds them. `workers.audio.watermark` is the way in."""
