"""A call as curl and as Python, made from the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

PLACES = {".mp3": "audio/mpeg", ".wav": "audio/wav", ".zip": "application/zip"}


@dataclass(frozen=True)
class Call:
    """What is sent. `files`: field of the form -> name of a file; `fields`: the form's other fields."""

    method: str
    url: str
    keyed: bool
    json: Any = None
    fields: Mapping[str, str] | None = None
    files: Mapping[str, str] | None = None
    saved: str = ""
    """The file that the answer is, if it is one."""


def call_of(
    origin: str, path: str, method: str, operation: Mapping[str, Any], bodies: Mapping[str, Any]
) -> Call:
    """The documented example of an operation; `bodies`: content type -> (schema without references, example)."""
    query = []
    for each in operation.get("parameters", ()):
        value = sample(each)
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", value)
        elif each["in"] == "query" and each.get("required"):
            query.append(f"{each['name']}={value}")
    address = f"{origin}{path}" + (f"?{'&'.join(query)}" if query else "")
    sent = next(((media, *told) for media, told in bodies.items() if told[1] is not None), None)
    more: dict[str, Any] = {}
    if sent and sent[0] == "application/json":
        more["json"] = sent[2]
    elif sent:
        properties = sent[1]["properties"]
        files = {name for name in sent[2] if properties.get(name, {}).get("format") == "binary"}
        more["files"] = {name: str(value) for name, value in sent[2].items() if name in files}
        more["fields"] = {name: str(value) for name, value in sent[2].items() if name not in files}
    keyed = operation["x-key"] != "none"
    return Call(method, address, keyed, saved=_saved(operation["responses"]), **more)


def sample(parameter: Mapping[str, Any]) -> str:
    """A value for a parameter; its name in capitals where only the reader knows one."""
    schema = parameter["schema"]
    given = schema.get("examples") or schema.get("enum") or [parameter["name"].upper()]
    return quote(str(given[0]), safe="")


def as_curl(call: Call) -> str:
    lines = [f'curl -X {call.method} "{call.url}"' if call.method != "GET" else f'curl "{call.url}"']
    if call.keyed:
        lines.append('-H "Authorization: Bearer $API_KEY"')
    if call.json is not None:
        written = json.dumps(call.json, ensure_ascii=False).replace("'", "'\\''")
        lines += ['-H "Content-Type: application/json"', f"-d '{written}'"]
    lines += [f"-F '{name}=@{value}'" for name, value in (call.files or {}).items()]
    lines += [f"-F '{name}={value}'" for name, value in (call.fields or {}).items()]
    if call.saved:
        lines.append(f"-o {call.saved}")
    return " \\\n  ".join(lines)


def as_python(call: Call) -> str:
    arguments = [f'"{call.url}"']
    if call.keyed:
        arguments.append("""headers={"Authorization": f"Bearer {os.environ['API_KEY']}"}""")
    if call.json is not None:
        arguments.append(f"json={literal(call.json)}")
    if call.fields:
        arguments.append(f"data={literal(call.fields)}")
    if call.files:
        opened = ", ".join(f'"{name}": open("{value}", "rb")' for name, value in call.files.items())
        arguments.append(f"files={{{opened}}}")
    arguments.append("timeout=120")
    lines = ["import os\n"] if call.keyed else []
    asked = "".join(f"    {each},\n" for each in arguments)
    lines += [
        f"import requests\n\nanswer = requests.{call.method.lower()}(\n{asked})\nanswer.raise_for_status()"
    ]
    if call.saved:
        lines.append(f'with open("{call.saved}", "wb") as file:\n    file.write(answer.content)')
    else:
        lines.append("print(answer.text)")
    return "\n".join(lines)


def literal(value: Any) -> str:
    """A value of JSON as Python writes it, with double quotes."""
    match value:
        case dict():
            return "{" + ", ".join(f"{literal(name)}: {literal(each)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(literal, value)) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return repr(value)


def _saved(responses: Mapping[str, Any]) -> str:
    """A name for the answer where it is a file and nothing else."""
    good: Mapping[str, Any] = next((told for status, told in responses.items() if status.startswith("2")), {})
    kinds = list(good.get("content", {}))
    if not kinds or not kinds[0].startswith(("audio/", "application/zip")):
        return ""
    endings = {kind: ending for ending, kind in PLACES.items()}
    return f"answer{endings.get(kinds[0], '.bin')}"
