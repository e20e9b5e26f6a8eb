"""Settings, all of them from the environment. `.env.example` names every variable."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
# What is made on this machine and belongs in no repository.
VAR_DIR = Path(env.str("VAR_DIR", default="") or BASE_DIR / "var")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Copy .env.example to .env and fill it in, or start the demo with `make run`."
    )
# Newest first: the first key encrypts, all of them decrypt (`manage.py rotate_credentials`).
FIELD_ENCRYPTION_KEYS: list[str] = env.list("FIELD_ENCRYPTION_KEYS", default=[])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "accounts",
    "integrations",
    "errors",
    "notifications",
    "synchealth",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "synchealth.urls"
WSGI_APPLICATION = "synchealth.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
            ],
        },
    },
]

# --- database ---------------------------------------------------------------------------------

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'synchealth.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # DEFERRED upgrades a read lock to a write lock and then fails at once, whatever the timeout.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            " PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- cache, sessions --------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- people -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("pl", _("Polish"))]
FORMAT_MODULE_PATH = "synchealth.formats"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- static files -----------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# --- security ---------------------------------------------------------------------------------

HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- CRMs -------------------------------------------------------------------------------------

HUBSPOT_API_BASE_URL = env.str("HUBSPOT_API_BASE_URL", default="https://api.hubapi.com").rstrip("/")
# Where record links lead; empty: the uiDomain that account information names.
HUBSPOT_APP_BASE_URL = env.str("HUBSPOT_APP_BASE_URL", default="").rstrip("/")
# The default of new connections. Client credentials need the org's My Domain address.
SALESFORCE_LOGIN_URL = env.str(
    "SALESFORCE_LOGIN_URL", default="https://login.salesforce.com"
).rstrip("/")
# The simulators beside a demo. Set by `make run` alone: `manage.py demo` works only where it is set.
SIMULATOR_URL = env.str("SIMULATOR_URL", default="").rstrip("/")
CRM_CONNECT_TIMEOUT = env.float("CRM_CONNECT_TIMEOUT", default=5.0)  # seconds
CRM_READ_TIMEOUT = env.float("CRM_READ_TIMEOUT", default=60.0)  # seconds
SYNC_INTERVAL = timedelta(minutes=env.int("SYNC_INTERVAL_MINUTES", default=15))
# How long a describe or a list of properties is believed.
SCHEMA_TTL = timedelta(minutes=env.int("SCHEMA_TTL_MINUTES", default=360))
# Per cent of the allotment that only Resync (and what people start) may spend.
RESYNC_RESERVE_PERCENT = env.int("RESYNC_RESERVE_PERCENT", default=10)
# Per cent of the allotment at which bulk jobs wait, so that new changes still sync.
BULK_STOPS_AT_PERCENT = env.int("BULK_STOPS_AT_PERCENT", default=75)
# How long the sync attempts of records are kept, counted from the last of a run of equal ones.
RECORD_HISTORY_DAYS = env.int("RECORD_HISTORY_DAYS", default=90)

# --- Celery -----------------------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL or "memory://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 540
CELERY_TASK_SOFT_TIME_LIMIT = 480
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "integrations.*": {"queue": "sync"},
    "synchealth.sync_*": {"queue": "sync"},
    # Long work: in the queue of the sync it holds up no Resync that somebody watches.
    "errors.run_job": {"queue": "sync"},
    "errors.*": {"queue": "resync"},
    "notifications.*": {"queue": "mail"},
}
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, str | float] = {}
if CELERY_BROKER_URL.startswith(("redis", "rediss")):
    # A message unacknowledged for longer is delivered again: over the hard time limit of a task, or long
    # tasks would run twice. Leases, not redelivery, are what takes back a dead worker's work.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    }
elif CELERY_BROKER_URL.startswith("filesystem"):
    _folder = str(VAR_DIR / "broker")
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": _folder,
        "data_folder_out": _folder,
        "processed_folder": _folder,
        "polling_interval": 0.1,
    }
CELERY_BEAT_SCHEDULE = {
    "sync-due-connections": {"task": "synchealth.sync_due", "schedule": 20.0},
    "prune-record-history": {"task": "errors.prune_attempts", "schedule": 6 * 3600.0},
    "sweep-resync": {"task": "errors.sweep_resync", "schedule": 15.0},
    "sweep-jobs": {"task": "errors.sweep_jobs", "schedule": 15.0},
    "take-up-ignored": {
        "task": "errors.take_up_due",
        "schedule": 60.0,
        "options": {"expires": 120},
    },
    # A tick that no worker could take in time is of no use later: the next one finds the same work.
    "send-notifications": {
        "task": "notifications.tick",
        "schedule": 5.0,
        "options": {"expires": 15},
    },
    "review-alerts": {
        "task": "notifications.review_alerts",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
}

# --- mail -------------------------------------------------------------------------------------

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Sync Health <synchealth@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- notifications ----------------------------------------------------------------------------

# Errors are gathered into one message for so long: with the tick it leaves within a minute of the first.
INSTANT_GATHER_SECONDS = env.int("INSTANT_GATHER_SECONDS", default=45)
# A storm: so many new errors in one message. While it lasts, messages are at least so far apart.
INSTANT_STORM_ERRORS = env.int("INSTANT_STORM_ERRORS", default=10)
INSTANT_STORM_GAP_MINUTES = env.int("INSTANT_STORM_GAP_MINUTES", default=15)
# Longer than two answers of a slow server (EMAIL_TIMEOUT each); after it a dead worker's message is taken over.
DIGEST_LEASE_SECONDS = env.int("DIGEST_LEASE_SECONDS", default=120)
# A worker died between the server's acceptance and our note of it: "resend" or "hold" (docs/notifications.md).
DIGEST_WHEN_UNCERTAIN = env.str("DIGEST_WHEN_UNCERTAIN", default="resend")
if DIGEST_WHEN_UNCERTAIN not in ("resend", "hold"):
    raise ImproperlyConfigured(
        f"DIGEST_WHEN_UNCERTAIN={DIGEST_WHEN_UNCERTAIN!r} must be resend or hold."
    )
UNSUBSCRIBE_LINK_DAYS = env.int("UNSUBSCRIBE_LINK_DAYS", default=180)
# Lets webhooks reach http:// and this network's own addresses: for tests and closed networks.
WEBHOOK_ALLOW_PRIVATE = env.bool("WEBHOOK_ALLOW_PRIVATE", default=False)
WEBHOOK_TIMEOUT = env.float("WEBHOOK_TIMEOUT", default=10.0)  # seconds
# The web inbox of the demo's mail server. Set by `make run` alone.
MAILBOX_URL = env.str("MAILBOX_URL", default="").rstrip("/")

# --- REST API ---------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.api.TextJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.api.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sync Health API",
    "DESCRIPTION": "The health of a sync between HubSpot and Salesforce.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    # The first version that knows webhooks.
    "OAS_VERSION": "3.1.0",
    # One name for what several calls have in common.
    "ENUM_NAME_OVERRIDES": {
        "ErrorTypeEnum": "errors.types.ErrorType",
        "ResyncBatchStateEnum": "errors.models.ResyncBatch.State",
    },
    "WEBHOOKS": ["notifications.webhook_schema.MESSAGE"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
