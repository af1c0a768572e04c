"""docker-compose.yml holds together, .env.example knows every variable, and production asks for its secrets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ttsplatform.embedded import Stack
from ttsplatform.embedded.roles import live_worker, speech_workers
from workers.engines.catalogue import catalogue

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE = REPOSITORY / "docker-compose.yml"
# {VARIABLE:?message} and {VARIABLE:-default}
REFERENCE = re.compile(r"(?<!\$)\$\{([A-Z0-9_]+)(:?[?-][^}]*)?\}")
READ = re.compile(r"""(?:env_\w+|environ\.get|environ\[|getenv)[(\s]*["']([A-Z][A-Z0-9_]+)["']""")
# Not settings of ours: where Django finds them, and what is part of every Linux.
# PEERS_VENV is for whoever runs bench/peers.py, API_KEY for whoever pastes the playground's examples.
NOT_OURS = {"API_KEY", "DJANGO_SETTINGS_MODULE", "PATH", "LD_LIBRARY_PATH", "PEERS_VENV"}
ONE_SHOT = {"migrate", "models", "bucket"}
SECRETS = ("SECRET_KEY", "API_KEY_PEPPER", "LINK_SECRET")


def example() -> dict[str, str]:
    """The variables of .env.example and their values."""
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z0-9_]+=", line))


def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return parsed


def compose_variables() -> dict[str, str]:
    """The variables docker-compose.yml refers to, and what stands behind their names."""
    return dict(REFERENCE.findall(COMPOSE.read_text()))


def sources() -> list[Path]:
    folders = ("ttsplatform", "apps", "workers", "bench", "docker")
    return [file for folder in folders for file in (REPOSITORY / folder).rglob("*.py")]


def test_every_variable_the_code_reads_is_in_the_example_and_the_other_way_round() -> None:
    read = {name for file in sources() for name in READ.findall(file.read_text())} - NOT_OURS
    known = set(example())
    assert read - known == set(), "read by the code, but not explained in .env.example"
    assert known - read - set(compose_variables()) == set(), "in .env.example, but nothing reads it"


def test_compose_refers_only_to_variables_of_the_example() -> None:
    assert set(compose_variables()) <= set(example())


def test_compose_gives_the_platform_only_variables_that_exist() -> None:
    given = {name for service in ours().values() for name in service.get("environment", {})}
    assert given <= set(example())


def ours() -> dict[str, Any]:
    return {name: service for name, service in compose()["services"].items() if "build" in service}


def test_compose_has_no_default_for_a_secret() -> None:
    variables = compose_variables()
    for name in (*SECRETS, "POSTGRES_PASSWORD", "VALKEY_PASSWORD", "S3_SECRET_ACCESS_KEY"):
        assert variables[name].startswith(":?"), name


def test_every_service_can_be_built_and_is_watched() -> None:
    for name, service in compose()["services"].items():
        assert "build" in service or "image" in service, name
        if name in ONE_SHOT:
            assert service["restart"] == "no", name
        else:
            assert service["healthcheck"]["test"][0] == "CMD", name
            assert service["restart"] == "unless-stopped", name


def test_everything_a_service_refers_to_exists() -> None:
    parsed = compose()
    services = parsed["services"]
    for name, service in services.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in parsed["volumes"] or (REPOSITORY / source).exists(), name
        for network in service["networks"]:
            assert network in parsed["networks"], name
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_completed_successfully":
                assert other in ONE_SHOT, name
            else:
                assert services[other]["healthcheck"]["test"], name


def test_the_broker_forgets_nothing_and_the_gpu_is_asked_for_by_profile() -> None:
    services = compose()["services"]
    assert "noeviction" in services["broker"]["command"][-1]
    assert "--appendonly yes" in services["broker"]["command"][-1]
    assert "volatile-lru" in services["cache"]["command"][-1]
    assert services["speech-gpu"]["profiles"] == ["gpu"]
    for name in ("prometheus", "grafana"):
        assert services[name]["profiles"] == ["monitoring"]
    optional = {"speech-gpu", "prometheus", "grafana"}
    assert all("profiles" not in service for name, service in services.items() if name not in optional)


def test_workers_look_for_models_on_their_own_disk_alone_and_the_pull_does_not(tmp_path: Path) -> None:
    services = ours()
    for name in ("speech-cpu", "live", "speech-gpu"):
        for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            assert services[name]["environment"][variable] == f"${{{variable}:-1}}", name
    assert "HF_HUB_OFFLINE" not in services["models"]["environment"]
    stack = Stack(tmp_path, env={"REDIS_URL": "redis://127.0.0.1/0"})
    for process in (speech_workers(stack), live_worker(stack)):
        assert process.environment["HF_HUB_OFFLINE"] == process.environment["TRANSFORMERS_OFFLINE"] == "1"


def test_a_machine_without_a_gpu_serves_every_queue_that_a_model_has(tmp_path: Path) -> None:
    stack = Stack(tmp_path, env={"REDIS_URL": "redis://127.0.0.1/0"})
    assert {model.queue for model in catalogue().models.values()} <= set(stack.queues.split(","))


def test_every_optional_engine_can_be_built_into_the_image() -> None:
    """Each requirements-NAME.txt is copied, and what a model needs names only files that are there."""
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    assert "requirements-*.txt" in dockerfile
    assert "ARG ENGINES" in dockerfile
    for model in catalogue().models.values():
        for file in re.findall(r"-r (requirements-[\w-]+\.txt)", model.needs):
            text = (REPOSITORY / file).read_text()
            for alone in re.findall(r"--no-deps (\S+)", model.needs):
                assert f"# --no-deps {alone}" in text, "the image would lack it"


def test_docker_compose_itself_accepts_the_file() -> None:
    """By the parser above everywhere; by docker compose where this machine has it."""
    filled = dict.fromkeys(
        (name for name, rest in compose_variables().items() if rest.startswith(":?")), "filled-in"
    )
    command = compose_command()
    if command is None:
        assert set(compose()) - {"services", "volumes", "networks"} == {
            k for k in compose() if k.startswith("x-")
        }
        return
    done = subprocess.run(
        [*command, "-f", str(COMPOSE), "config", "-q"],
        env=os.environ | filled,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    del filled["API_KEY_PEPPER"]
    without = {name: value for name, value in os.environ.items() if name not in SECRETS}
    done = subprocess.run(
        [*command, "-f", str(COMPOSE), "config", "-q"], env=without | filled, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "API_KEY_PEPPER" in done.stderr


def compose_command() -> list[str] | None:
    """`docker compose`, or the older `docker-compose`, or None where there is neither."""
    if (
        shutil.which("docker")
        and not subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


@pytest.mark.parametrize("missing", [*SECRETS, "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"])
def test_production_does_not_start_without(missing: str) -> None:
    complete = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgresql://127.0.0.1/none",
        "REDIS_URL": "redis://127.0.0.1/0",
        "ALLOWED_HOSTS": "api.example.com",
        **dict.fromkeys(SECRETS, "filled-in"),
    }
    assert check(complete).returncode == 0
    del complete[missing]
    done = check(complete)
    assert done.returncode != 0
    assert f"{missing} is not set" in done.stderr


def check(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)


def test_the_image_leaves_out_what_is_private() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert not allowed & {".env", "var", "models", ".git", "tests"}
    copied = {
        word
        for line in (REPOSITORY / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert copied <= allowed
