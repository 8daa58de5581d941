# One image a part, each with the locked libraries and the code of that part alone.
#   docker build --build-arg FUNCTION=stats .    an HTTP function: ingest, process or stats
#   docker build --target poller .               the poller and the command line

FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp app
WORKDIR /app

FROM base AS poller
COPY infra/poller/requirements.txt .
RUN pip install --quiet --no-cache-dir --require-hashes -r requirements.txt
COPY common common
COPY infra infra
RUN python -m compileall -q .
# Where the importer keeps its key: a volume that is mounted here gets this owner.
RUN install -d -o app /data
ENV DATA_DIR=/data
USER app
CMD ["python", "-m", "infra.poller.main"]

# Last, so that it is what `docker build` makes. The framework reads PORT (8080) and FUNCTION_TARGET itself,
# as the platforms that host containers expect; gunicorn opens its control socket in XDG_RUNTIME_DIR.
FROM base AS function
ARG FUNCTION
# TRACES=1 adds what sends traces (docs/operations.md); it is not needed where OTEL_EXPORTER_OTLP_ENDPOINT is unset.
ARG TRACES=
COPY functions/${FUNCTION}/requirements.txt requirements/traces.txt ./
RUN pip install --quiet --no-cache-dir --require-hashes -r $([ -z "$TRACES" ] && echo requirements.txt || echo traces.txt)
COPY common common
COPY infra/__init__.py infra/host.py infra/
COPY functions/__init__.py functions/
COPY functions/${FUNCTION} functions/${FUNCTION}
RUN python -m compileall -q .
ENV FUNCTION_SOURCE=functions/${FUNCTION}/main.py FUNCTION_TARGET=${FUNCTION} FUNCTION_USE_ASGI=true XDG_RUNTIME_DIR=/tmp
USER app
CMD ["python", "-m", "infra.host"]
