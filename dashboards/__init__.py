"""What people look at: the live pages and the dashboards of Grafana."""
