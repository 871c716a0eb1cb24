"""What the live channel counts about itself, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

PREFIX = "esupervision_live_"


class LiveCounts:
    """Counters and gauges of one channel, kept in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, told: str, *labels: str) -> Gauge:
            return Gauge(PREFIX + name, told, labels, registry=registry)

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(PREFIX + name, told, labels, registry=registry)

        self.clients = gauge("clients", "Clients connected to the live channel.")
        self.messages = counter("messages", "Messages sent to clients.")
        self.snapshots = counter("snapshots", "Snapshots sent, by the reason why one was needed.", "reason")
        self.waiting_bytes = gauge("waiting_bytes", "Bytes that wait in the queues of clients.")
        self.overflows = counter("overflows", "Queues dropped because their client was too slow.")
        self.listening = gauge("listening", "1 while the database hints at news, 0 while it is only polled.")
        self.listen_losses = counter("listen_losses", "Connections for hints that were lost and made anew.")
        self.position = gauge("position", "Last sequence number spread, by hall.", "hall_id")
