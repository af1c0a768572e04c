"""Typed readers of environment variables that fail loudly, with the variable's name.

Every variable read anywhere is listed and explained in .env.example.
"""

from __future__ import annotations

import os


class SettingError(RuntimeError):
    """A setting is missing or malformed. The message names the variable and the remedy."""


def env_str(name: str, default: str | None = None, *, secret: bool = False) -> str:
    """The variable's text; `default` where it is unset or empty; SettingError where there is no default."""
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        hint = " Make one with: openssl rand -hex 32" if secret else ""
        raise SettingError(f"{name} is not set. Set it in the environment (see .env.example).{hint}")
    return default


def env_int(name: str, default: int) -> int:
    """The variable as a whole number."""
    value = env_str(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise SettingError(f"{name} must be a whole number, not {value!r}.") from None


def env_bool(name: str, default: bool) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off."""
    value = env_str(name, "true" if default else "false").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"{name} must be true or false, not {value!r}.")


def env_list(name: str, default: str = "") -> list[str]:
    """A comma-separated variable as a list without blanks."""
    return [item.strip() for item in env_str(name, default).split(",") if item.strip()]
