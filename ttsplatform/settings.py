"""Settings, read from the environment once. `.env.example` explains every variable.

TTSPLATFORM_MODE is `production` unless set: there, a missing secret stops the start with its name.
`embedded` is what `make run` and the tests use: the same code on servers out of wheels.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from workers.engines.substitutes import substitutes_from

from .env import SettingError, env_bool, env_int, env_list, env_str
from .staff import UNFOLD  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_str("VAR_DIR", str(BASE_DIR / "var")))
MODELS_DIR = Path(env_str("MODELS_DIR", str(BASE_DIR / "models")))

MODE = env_str("TTSPLATFORM_MODE", "production")
if MODE not in {"production", "embedded"}:
    raise SettingError(f"TTSPLATFORM_MODE must be production or embedded, not {MODE!r}.")
EMBEDDED = MODE == "embedded"

DEBUG = False
SECRET_KEY = env_str("SECRET_KEY", secret=True)
# Keys of before: what was signed or encrypted under one is still read.
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
# Keys of the HMACs over API keys and over links to stored audio. Changing the first voids every API key.
API_KEY_PEPPER = env_str("API_KEY_PEPPER", secret=True)
LINK_SECRET = env_str("LINK_SECRET", secret=True)

ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "*") if EMBEDDED else env_list("ALLOWED_HOSTS") or [""]
if ALLOWED_HOSTS == [""]:
    raise SettingError("ALLOWED_HOSTS is not set. Name the hosts customers use, for example api.example.com.")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
# How many proxies of ours stand in front: that many entries at the end of X-Forwarded-For are believed.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True

INSTALLED_APPS = [
    # Before the admin, whose pages it dresses.
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    # Before the console, which shows staff less of second factors than it does.
    "allauth.mfa",
    # Before allauth, whose pages it dresses.
    "apps.console",
    "allauth",
    "allauth.account",
    "apps.accounts",
    "apps.limits",
    "apps.operations",
    "apps.usage",
    "apps.catalog",
    "apps.media",
    "apps.jobs",
    "apps.webhooks",
    "apps.live",
    "apps.watermark",
    "apps.voices",
    "apps.chat",
    "apps.reference",
    # Before ttsai: the paths it owns are particular ones below prefixes that are TTS.ai's.
    "apps.dialects.kugelaudio",
    "apps.dialects.ttsai",
    "apps.dialects.openai",
    "apps.dialects.kittentts",
    "apps.dialects.pockettts",
]

MIDDLEWARE = [
    "ttsplatform.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.limits.middleware.RateLimitHeadersMiddleware",
    "ttsplatform.bodylimit.body_limit_middleware",
    "apps.console.middleware.page_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# A slash at the end tells two public APIs apart, so no answer may ever redirect to add one.
APPEND_SLASH = False
ROOT_URLCONF = "ttsplatform.urls"
ASGI_APPLICATION = "ttsplatform.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.console.context.look",
            ]
        },
    }
]


def database_from_url(url: str) -> dict[str, object]:
    """Django's settings for postgresql://user:password@host:port/name?host=/socket/folder."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingError("DATABASE_URL must start with postgresql:// (SQLite cannot hold the job queue).")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or (parts.hostname or ""),
        "PORT": query.pop("port", "") or str(parts.port or ""),
        "OPTIONS": dict(query),
    }


DATABASES: dict[str, dict[str, object]] = {"default": database_from_url(env_str("DATABASE_URL"))}
DATABASE_POOL = env_int("DATABASE_POOL", 0)
_options = DATABASES["default"]["OPTIONS"]
assert isinstance(_options, dict)
_options.setdefault("connect_timeout", 5)
if DATABASE_POOL:
    # Web processes: one pool for all request threads. Workers hold one plain connection each instead.
    _options["pool"] = {"min_size": 2, "max_size": DATABASE_POOL, "timeout": 10}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# REDIS_URL: limits, events, presence. BROKER_URL: Celery's hints; its Redis must have `noeviction`.
REDIS_URL = env_str("REDIS_URL")
BROKER_URL = env_str("BROKER_URL", REDIS_URL)
# Counts of sign-ins that failed, which all web processes must share.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "pages",
    }
}

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
# Pages only: the API knows keys, and reads no cookie.
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/console/"
CSRF_FAILURE_VIEW = "apps.console.errors.csrf_failure"
ACCOUNT_ADAPTER = "apps.console.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
# A second factor, for whoever wants one. A change of address is confirmed before it counts, so it may go beside one.
MFA_ADAPTER = "apps.console.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Voice platform"
MFA_ALLOW_UNVERIFIED_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if EMBEDDED else "https"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not EMBEDDED
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.accounts.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.accounts.permissions.ScopePermission"],
    "DEFAULT_THROTTLE_CLASSES": ["apps.limits.throttling.PlanThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "ttsplatform.parsing.SafeJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    # Clients send Accept: audio/*, */* or nothing; the answer's type never depends on it here.
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "ttsplatform.parsing.IgnoreAccept",
    "EXCEPTION_HANDLER": "ttsplatform.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
}

# The OpenAPI document of apps.reference; its words stand beside the views (ttsplatform.describing).
SPECTACULAR_SETTINGS = {
    "TITLE": "Voice platform",
    "DESCRIPTION": "Speech, voices and sound through the wire formats of five public APIs.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [],
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/assets/"
STATIC_ROOT = BASE_DIR / "staticfiles"
if EMBEDDED:  # there files are served from where they lie; the folder only has to exist
    STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = EMBEDDED
WHITENOISE_AUTOREFRESH = False

# Stored audio: `local` (a folder, links signed by us) or `s3` (presigned links).
MEDIA_STORE = env_str("MEDIA_STORE", "local")
MEDIA_DIR = Path(env_str("MEDIA_DIR", str(VAR_DIR / "media")))
LINK_TTL_SECONDS = env_int("LINK_TTL_SECONDS", 3600)
S3_BUCKET = env_str("S3_BUCKET", "")
S3_ENDPOINT_URL = env_str("S3_ENDPOINT_URL", "")
# The host customers reach the store at, where that differs from the one the servers use.
S3_PUBLIC_ENDPOINT_URL = env_str("S3_PUBLIC_ENDPOINT_URL", S3_ENDPOINT_URL)
S3_REGION = env_str("S3_REGION", "us-east-1")
S3_ACCESS_KEY_ID = env_str("S3_ACCESS_KEY_ID", "")
S3_SECRET_ACCESS_KEY = env_str("S3_SECRET_ACCESS_KEY", "")
if MEDIA_STORE == "s3" and not S3_BUCKET:
    raise SettingError("S3_BUCKET is not set, and MEDIA_STORE is s3.")

# Bodies: a JSON request never needs more; uploads have limits of their own in their views.
MAX_JSON_BYTES = env_int("MAX_JSON_BYTES", 2 * 1024 * 1024)
MAX_UPLOAD_BYTES = env_int("MAX_UPLOAD_BYTES", 110 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_JSON_BYTES

# The longest recording that is worked on.
MAX_RECORDING_SECONDS = env_int("MAX_RECORDING_SECONDS", 4 * 3600)

SIGNUP_BONUS_CHARACTERS = env_int("SIGNUP_BONUS_CHARACTERS", 15_000)
ANONYMOUS_DAILY_CHARACTERS = env_int("ANONYMOUS_DAILY_CHARACTERS", 5_000)
# Requests a minute of an address without a key; 0: as many as the free plan has. On one's own machine more, because
# the open APIs stream a text in many small requests.
ANONYMOUS_REQUESTS_PER_MINUTE = env_int("ANONYMOUS_REQUESTS_PER_MINUTE", 60 if EMBEDDED else 0)
# Reads (polling a result, listing voices) do not count against the plan's requests a minute.
READS_PER_MINUTE = env_int("READS_PER_MINUTE", 600)

# Public APIs whose documents know no keys: there, callers without one may use every model, within the anonymous
# allowance of their address.
OPEN_DIALECTS = env_list("OPEN_DIALECTS", "kittentts,pockettts" if EMBEDDED else "")

# Voices that a customer may keep, by plan; "open" is callers without a key, where a public API is open to them.
_max_voices = env_list("MAX_VOICES", "open=20,free=3,starter=10,pro=50,business=1000")
MAX_VOICES = {plan: int(most) for plan, most in (item.split("=", 1) for item in _max_voices)}
# How long a request waits until its voice is built; after that it is there a little later.
VOICE_BUILD_SECONDS = env_int("VOICE_BUILD_SECONDS", 60)
# How long a voice lives that a caller without a key made, after it was last used.
OPEN_VOICE_DAYS = env_int("OPEN_VOICE_DAYS", 30)
# How long an embed_id lives.
EMBEDDING_DAYS = env_int("EMBEDDING_DAYS", 30)

# "melotts=kokoro,tortoise=kokoro" or "*=kokoro": which installed model may stand in for one that is not.
MODEL_SUBSTITUTES = substitutes_from(env_list("MODEL_SUBSTITUTES", "*=kokoro" if EMBEDDED else ""))
# The fake engine (a tone, for load tests) is offered only where this is on.
FAKE_ENGINE = env_bool("FAKE_ENGINE", False)

JOB_LEASE_SECONDS = env_int("JOB_LEASE_SECONDS", 20)
JOB_BEAT_SECONDS = env_int("JOB_BEAT_SECONDS", 1)
JOB_MAX_ATTEMPTS = env_int("JOB_MAX_ATTEMPTS", 5)
JOB_STEP_MAX_SECONDS = env_int("JOB_STEP_MAX_SECONDS", 1800)
JOB_QUEUE_TTL_SECONDS = env_int("JOB_QUEUE_TTL_SECONDS", 6 * 3600)
JOB_MAX_WAIT_SECONDS = env_int("JOB_MAX_WAIT_SECONDS", 120)
REAPER_INTERVAL_SECONDS = env_int("REAPER_INTERVAL_SECONDS", 2)

# What a worker process serves (for display), how many threads an engine computes with, what it loads at start.
WORKER_QUEUES = env_list("WORKER_QUEUES", "speech-cpu,tools,io")
# What workers are called that are started here, where the name of the host does not tell them apart.
WORKER_NAME = env_str("WORKER_NAME", "")
ENGINE_THREADS = env_int("ENGINE_THREADS", 1)
PRELOAD_MODELS = env_list("PRELOAD_MODELS")
# How far workers of queued jobs stand back behind live speech on the same machine (0 to 19).
WORKER_NICE = env_int("WORKER_NICE", 10)

# The queues that need a living worker for /readyz to say that the platform is ready ("none": it does not look).
READY_QUEUES = [queue for queue in env_list("READY_QUEUES", "speech-cpu,tools,io,live") if queue != "none"]

# Live workers: how many streams one speaks at once, and with how many threads an engine computes for them.
LIVE_SLOTS = env_int("LIVE_SLOTS", 8)
LIVE_THREADS = env_int("LIVE_THREADS", 2)

# Whether all speech gets an inaudible mark that says it was generated (EU AI Act, article 50).
WATERMARK = env_bool("WATERMARK", True)

# Voice chat: the language model that answers, behind any server with OpenAI's chat completions (LLM_API_KEY is read by
# the processes that ask it), how it is told to answer, and how long a conversation is remembered after its last turn.
LLM_BASE_URL = env_str("LLM_BASE_URL", "")
LLM_MODEL = env_str("LLM_MODEL", "")
CHAT_SYSTEM_PROMPT = env_str(
    "CHAT_SYSTEM_PROMPT",
    "You are a friendly assistant whose answers are read aloud. Answer in one to four short spoken sentences, in the "
    "language you are spoken to, without lists, headings, markup, links or emoji.",
)
CHAT_MEMORY_HOURS = env_int("CHAT_MEMORY_HOURS", 24)

# Hosts and networks of the operator's own that customers' webhooks may reach; all others must be public.
WEBHOOK_ALLOW = env_list("WEBHOOK_ALLOW")
# A webhook that accepted nothing for so many days is switched off.
WEBHOOK_DISABLE_DAYS = env_int("WEBHOOK_DISABLE_DAYS", 5)
# Where customers reach us, for links in webhooks; empty: the host of the order they tell of.
PUBLIC_URL = env_str("PUBLIC_URL", "").rstrip("/")

# Notices to customers by e-mail. Without a host they are written to the log's terminal.
EMAIL_HOST = env_str("EMAIL_HOST", "")
EMAIL_PORT = env_int("EMAIL_PORT", 587)
EMAIL_HOST_USER = env_str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env_str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_str("EMAIL_FROM", "voice-platform@localhost")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"

# Who sends this as a bearer token may read /metrics; empty: nobody, but this machine in the embedded default.
METRICS_TOKEN = env_str("METRICS_TOKEN", "")

LOG_LEVEL = env_str("LOG_LEVEL", "INFO")
LOGGING_CONFIG = "ttsplatform.logging.configure"
LOGGING = {"level": LOG_LEVEL, "json": env_bool("LOG_JSON", not EMBEDDED)}
