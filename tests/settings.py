"""The product's settings, with an environment for the tests. What the environment says already, wins.

So the same suite runs on SQLite by default, and on PostgreSQL and Redis with DATABASE_URL, CELERY_BROKER_URL and
REDIS_URL set."""

import os
import tempfile

for _name, _value in {
    "SECRET_KEY": "only-for-the-tests",
    # Two throwaway Fernet keys, so that rotation is part of every run.
    "FIELD_ENCRYPTION_KEYS": (
        "dGVzdHMtb25seS1rZXktbnVtYmVyLW9uZS0zMmJ5dGU=,dGVzdHMtb25seS1rZXktbnVtYmVyLXR3by0zMmJ5dGU="
    ),
    "DATABASE_URL": f"sqlite:///{tempfile.gettempdir()}/synchealth-never-made.sqlite3",
    "CELERY_BROKER_URL": "memory://",
    "EMAIL_URL": "memorymail://",
    "SITE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "LOG_LEVEL": "WARNING",
    # Playwright runs an event loop in the tests' thread; Django would refuse its ORM beside it.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}.items():
    os.environ.setdefault(_name, _value)

from synchealth.settings import *  # noqa: E402, F403
from synchealth.settings import REDIS_URL, STORAGES  # noqa: E402

# Names of static files are not hashed, so that no test needs collectstatic.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Thousands of test users with a password each would spend their time on the hash.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# One cache a test process: a shared Redis has numbered databases (the broker takes 0 to 7, see conftest.py).
if REDIS_URL.startswith("redis://"):
    _worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    REDIS_URL = f"{REDIS_URL.rsplit('/', 1)[0]}/{8 + int(_worker) % 8}"
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }
# Files are found where they are written: nothing was collected.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
