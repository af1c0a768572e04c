"""`manage.py models`: list, pull, verify and remove the weights of models. Needs no database."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from workers.engines import store
from workers.engines.catalogue import Model, catalogue
from workers.engines.pull import default_models, pull

EARS = ["whisper-tiny.en", "whisper"]
"""The recognisers that the tests listen with."""


class Command(BaseCommand):
    help = "List, pull, verify and remove model weights."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="list|pull|verify|remove")
        actions.add_parser("list", help="every model: installed or not, size, licence")
        pulling = actions.add_parser("pull", help="fetch, check and install weights")
        pulling.add_argument("ids", nargs="*", metavar="MODEL", help="model ids, or ids of Piper voices")
        pulling.add_argument("--default", action="store_true", help="what the platform starts with")
        pulling.add_argument(
            "--test", action="store_true", help="the default models and the ears of the tests"
        )
        pulling.add_argument(
            "--all", action="store_true", help="every model that can be fetched (tens of GB)"
        )
        checking = actions.add_parser("verify", help="hash installed files again")
        checking.add_argument("ids", nargs="*", metavar="MODEL", help="default: all that are installed")
        removing = actions.add_parser("remove", help="delete weights")
        removing.add_argument("ids", nargs="+", metavar="MODEL")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            getattr(self, f"do_{action}")(**options)
        except store.StoreError as exc:
            raise CommandError(str(exc)) from exc
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing is half installed; run it again to go on.") from None

    def do_list(self, **options: Any) -> None:
        header = ("MODEL", "TYPE", "TIER", "INSTALLED", "SIZE", "LICENCE")
        rows = [header, *(self._row(model) for model in catalogue().models.values())]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        self.stdout.write("\nInstall one with: python manage.py models pull MODEL")

    def _row(self, model: Model) -> tuple[str, ...]:
        weights = catalogue().weights.get(model.weights)
        if weights is None:
            installed, size = "yes", "none"
        else:
            present = store.set_is_installed(weights, settings.MODELS_DIR)
            manifest = store.read_manifest(settings.MODELS_DIR / weights.name) if present else None
            on_disk = sum(file["bytes"] for file in manifest["files"].values()) if manifest else weights.bytes
            installed, size = "yes" if present else "no", f"{on_disk / 1e6:.0f} MB" if on_disk else "?"
        return model.id, model.type, model.tier, installed, size, model.licence

    def do_pull(
        self, ids: list[str], default: bool = False, test: bool = False, all: bool = False, **options: Any
    ) -> None:
        wanted: dict[str, None] = dict.fromkeys(ids)
        if default or test:
            wanted |= dict.fromkeys(default_models())
        if test:
            wanted |= dict.fromkeys(EARS)
        if all:
            wanted |= dict.fromkeys(catalogue().models)
        if not wanted:
            raise CommandError("Name a model, or give --default, --test or --all. `models list` shows them.")
        failures = []
        for model_id in wanted:
            try:
                pull(model_id, self.stdout.write, models_dir=settings.MODELS_DIR)
            except store.StoreError as exc:
                failures.append(f"{model_id}: {exc}")
        if failures:
            raise CommandError("\n".join(failures))

    def do_verify(self, ids: list[str], **options: Any) -> None:
        root = settings.MODELS_DIR
        ids = ids or [
            id for id, model in catalogue().models.items() if model.weights and store.is_installed(id)
        ]
        problems = []
        for model_id in ids:
            found = store.verify(model_id, models_dir=root)
            problems += found
            self.stdout.write(f"{model_id}: {'PROBLEM' if found else 'ok'}")
        if problems:
            raise CommandError("\n".join(problems))

    def do_remove(self, ids: list[str], **options: Any) -> None:
        for model_id in ids:
            removed = store.remove(model_id, models_dir=settings.MODELS_DIR)
            self.stdout.write(f"{model_id}: {'removed' if removed else 'was not installed'}")
