# The service alone; TimescaleDB, Prometheus and Grafana stand beside it in docker-compose.yml.

FROM python:3.12-slim-bookworm AS build
WORKDIR /build
COPY pyproject.toml constraints.txt hatch_build.py README.md LICENSE ./
COPY monitor monitor
COPY alerts alerts
COPY dashboards dashboards
COPY migrations migrations
# The pages are built on the way, with node from a build requirement; none of it reaches the next stage.
RUN python -m venv /opt/e-supervision \
    && /opt/e-supervision/bin/pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt .

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin supervision
COPY --from=build /opt/e-supervision /opt/e-supervision
ENV PATH="/opt/e-supervision/bin:$PATH" PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=12 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=3)"]
ENTRYPOINT ["e-supervision"]
# Inside a container loopback would be the container's own; docker-compose.yml binds the port to the host's loopback.
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
