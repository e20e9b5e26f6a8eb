# Two stages: the first installs into a virtual environment, the second carries it without pip's caches.
# The same image runs web, worker, beat and the migrations; only the command differs.
FROM python:3.12-slim AS build
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=synchealth.settings \
    STATIC_ROOT=/app/static-collected \
    VAR_DIR=/var/lib/synchealth
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin synchealth \
    && install -d -o synchealth -m 700 /var/lib/synchealth
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# Collecting needs settings, and they need a key: this one signs nothing and stays in this layer's command alone.
RUN SECRET_KEY=only-for-collectstatic python manage.py collectstatic --no-input
USER synchealth
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-m", "synchealth.probe", "http://127.0.0.1:8000/healthz"]
CMD ["gunicorn", "synchealth.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
