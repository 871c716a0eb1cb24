"""A real Prometheus reads a running service with the product's own rules."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from tests.support.held_port import held_port
from tests.support.running_service import SECONDS, count_open, send_case, serving

FOLDER = Path(__file__).parents[3] / "alerts/prometheus"

PACE = "2s"  # also how long an answer may take; one that takes longer counts as none

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is missing: apt-get install prometheus"
)


class Prometheus:
    """A running server and what it answers."""

    def __init__(self, port: int, log: Path) -> None:
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1/", trust_env=False, timeout=SECONDS)
        self._log = log

    def value_of(self, query: str) -> float | None:
        """The value of a query with one answer; None without."""
        found = self._ask("query", query=query)["result"]
        return float(found[0]["value"][1]) if found else None

    def rules(self) -> list[dict[str, Any]]:
        return [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]

    def wait_for(self, told: Callable[[], Any], what: str) -> Any:
        latest = time.monotonic() + SECONDS
        while time.monotonic() < latest:
            with suppress(httpx.HTTPError):
                if answer := told():
                    return answer
            time.sleep(0.1)
        raise AssertionError(f"{what} did not come within {SECONDS} s; Prometheus says:\n{self._log.read_text()}")

    def _ask(self, path: str, **query: str) -> Any:
        return self.client.get(path, params=query).raise_for_status().json()["data"]


@contextmanager
def watching(address: str, folder: Path) -> Iterator[Prometheus]:
    """Run Prometheus with the product's configuration; only the target and the pace are this test's own."""
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": PACE, "scrape_timeout": PACE, "evaluation_interval": PACE}
    config["rule_files"] = [str(FOLDER / "rules/*.yml")]
    config["scrape_configs"][0]["static_configs"] = [{"targets": [urlsplit(address).netloc]}]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    log = folder / "prometheus.log"
    with held_port() as port:
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}",
                 f"--web.listen-address=127.0.0.1:{port}"],
                stdout=output, stderr=output,
            )  # fmt: skip
        try:
            prometheus = Prometheus(port, log)
            with prometheus.client:
                yield prometheus
        finally:
            process.terminate()
            process.wait(SECONDS)


def test_it_reads_the_figures_and_its_rules_can_be_evaluated(database_url: str, key: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path) as service, watching(service.address, tmp_path) as prometheus:
        service.wait_until_ready()
        send_case(service, key, "K1")
        service.wait_for(lambda: count_open(service) == 1, "judging")
        prometheus.wait_for(lambda: prometheus.value_of('up{job="e-supervision"}') == 1, "the first scrape")
        read = prometheus.value_of
        prometheus.wait_for(lambda: read('sum(esupervision_open_cases{light="green"})') == 1, "the open case")
        prometheus.wait_for(lambda: read('esupervision_intake_events_total{verdict="accepted"}') == 1, "the event")
        prometheus.wait_for(lambda: read("esupervision_engine_events_total") == 1, "the end of the engine's cycle")
        prometheus.wait_for(lambda: read('esupervision_card_lateness_seconds_bucket{le="+Inf"}') == 0, "no late card")
        known = {path.stem for path in (FOLDER / "rules").glob("*.yml")}
        rules = prometheus.wait_for(
            lambda: (told := prometheus.rules()) and all(rule["health"] == "ok" for rule in told) and told,
            "the evaluation of every rule",
        )
        assert len(rules) >= len(known)
        assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []


def test_it_sees_when_the_service_is_gone(database_url: str, key: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path) as service, watching(service.address, tmp_path) as prometheus:
        prometheus.wait_for(lambda: prometheus.value_of('up{job="e-supervision"}') == 1, "the first scrape")
        service.process.terminate()
        prometheus.wait_for(lambda: prometheus.value_of('up{job="e-supervision"}') == 0, "the loss")
        prometheus.wait_for(
            lambda: "pending" in [r["state"] for r in prometheus.rules() if r["name"] == "SupervisionServiceDown"],
            "the alert on its way",
        )
