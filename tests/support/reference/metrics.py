"""docs/reference/metrics.md: every series of `/metrics` and every alert, made from what Prometheus is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric

from alerts.live.counts import LiveCounts
from monitor.api.hall_measures import HallCollector
from monitor.api.measures import IntakeCounts, ServiceCounts

RULES = Path(__file__).parents[3] / "alerts" / "prometheus" / "rules"
HEAD = """\
# Metrics and alerts · 指标与告警

`GET /metrics` of every process of the service, for Prometheus. Labels are bounded: halls, departments of the registry,
route templates, never a case or a person. Beside these stand the usual `process_` and `python_` series. Scrape and
rules ready to use: `alerts/prometheus/`.

"""


def metrics_page() -> str:
    """The page as it should be."""
    return HEAD + "\n".join([*_describe_metrics(read_metrics()), "", *_describe_alerts()]) + "\n"


def read_metrics() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Every series of ours by name: type, meaning, labels."""
    registry = CollectorRegistry()
    ServiceCounts(registry)
    IntakeCounts().register(registry)
    LiveCounts(registry)
    found: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for collector in registry._collector_to_names:
        _note(found, collector.describe(), getattr(collector, "_labelnames", ()))  # type: ignore[attr-defined]
    for family in HallCollector([], backup_age=0.0).collect():
        _note(found, [family], getattr(family, "_labelnames", ()))
    return found


def _note(found: dict[str, tuple[str, str, tuple[str, ...]]], families: Iterable[Metric], labels: Any) -> None:
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = (family.type, family.documentation, tuple(labels))


def _describe_metrics(found: dict[str, tuple[str, str, tuple[str, ...]]]) -> Iterator[str]:
    yield "## Series\n\n| name | type | labels | meaning |\n|---|---|---|---|"
    for name, (kind, told, labels) in sorted(found.items()):
        yield f"| `{name}` | {kind} | {' '.join(f'`{label}`' for label in labels)} | {told} |"


def _describe_alerts() -> Iterator[str]:
    yield "## Alerts\n\n| alert | severity | when | what to do |\n|---|---|---|---|"
    for file in sorted(RULES.glob("*.yml")):
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    yield _alert(rule)


def _alert(rule: dict[str, Any]) -> str:
    expression = " ".join(str(rule["expr"]).split()).replace("|", "\\|")
    when = f"`{expression}`" + (f" for {rule['for']}" if "for" in rule else "")
    notes = rule["annotations"]
    told = re.sub(r"\{\{[^}]*\}\}", "…", " ".join(f"{notes['summary']}. {notes['description']}".split()))
    return f"| `{rule['alert']}` | {rule['labels']['severity']} | {when} | {told} |"
