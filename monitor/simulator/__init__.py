"""The demo's hall (示范市行政服务中心): its registry, life, planted wrongdoing with the truth, and its senders."""
