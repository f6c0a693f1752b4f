"""``agent-session schema``: JSON Schemas of a session file's frontmatter and of the configuration.

And findings as SARIF 2.1.0, which code scanning takes.
"""

import argparse
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from session_hooks.cli.check.rule import ERROR, INFO, WARNING, Rule
from session_hooks.cli.check.session import AGENT_STATUSES, STATUSES
from session_hooks.cli.project import Survey, print_json
from session_hooks.documents import config
from session_hooks.documents.formats import session
from session_hooks.documents.model import Need

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {ERROR: "error", WARNING: "warning", INFO: "note"}
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
_AGENT = {
    "type": "object",
    "required": ["agent", "task", "status"],
    "properties": {
        "agent": _TEXT,
        "task": _TEXT,
        "status": {"enum": AGENT_STATUSES},
        "summary": {"type": "string"},
    },
}
_FIELDS: dict[str, Any] = {
    "status": {"enum": STATUSES},
    "created": _TIME,
    "last_updated": _TIME,
    "spawned_agents": {"type": ["array", "null"], "items": _AGENT},
}
NAMES = ("session", "config")


def print_schema(arguments: argparse.Namespace, _: Survey) -> None:
    """Print a schema."""
    print_json(frontmatter() if arguments.name == "session" else configuration())


def frontmatter() -> dict[str, Any]:
    """Return the schema of a session file's frontmatter (003, "Required Frontmatter")."""
    tables: dict[str, dict[str, Any]] = {}
    for field in session.FIELDS:
        table = tables.setdefault(field.table, {"type": "object", "required": [], "properties": {}})
        table["properties"][field.name] = _FIELDS.get(field.name, _TEXT)
        if field.need is Need.MUST:
            table["required"].append(field.name)
    return {
        "$schema": DIALECT,
        "title": "The frontmatter of a session file",
        "type": "object",
        "required": [*tables],
        "properties": tables,
    }


def configuration() -> dict[str, Any]:
    """Return the schema of ``.agents/session-hooks.toml``."""
    tables: dict[str, dict[str, Any]] = {}
    for (table, key), known in config.KEYS.items():
        held = tables.setdefault(
            table, {"type": "object", "additionalProperties": False, "properties": {}}
        )
        held["properties"][key] = known.schema
    return {
        "$schema": DIALECT,
        "title": "The configuration of agent-session-hooks",
        "type": "object",
        "additionalProperties": False,
        "properties": tables,
    }


# --- findings ------------------------------------------------------------------------------------


def sarif(findings: list[Any], rules: tuple[Rule, ...]) -> dict[str, Any]:
    """Return findings as a SARIF log."""
    order = {rule.code: index for index, rule in enumerate(rules)}
    driver = {
        "name": "agent-session-hooks",
        "version": version("agent-session-hooks"),
        "rules": [
            {
                "id": rule.code,
                "shortDescription": {"text": rule.demand},
                "help": {"text": f"{rule.help} ({rule.source})"},
                "defaultConfiguration": {"level": _LEVELS[rule.severity]},
            }
            for rule in rules
        ],
    }
    results = [
        {
            "ruleId": one.code,
            "ruleIndex": order[one.code],
            "level": _LEVELS[one.severity],
            "message": {"text": one.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {
                            "uri": quote(one.path, errors="surrogateescape"),
                            "uriBaseId": "%SRCROOT%",
                        },
                        "region": {"startLine": max(one.line, 1)},
                    }
                }
            ],
        }
        for one in findings
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SARIF, "version": "2.1.0", "runs": [run]}
