/* supervisor/settings.tbl.h - every setting, declared once. The same rows give the parser,
 * `studiod --help`, etc/studio.conf and who is given what.
 *
 *     SETTING(name, type, production, development, range, receivers, prose)
 *
 * type       text, secret, path, file and secret_file (a path whose content is handed
 *            over), number, duration (ms s m h d; a bare number is seconds), bytes (KiB
 *            MiB GiB), port, flag (on, off), choice, url, email, gcs (gs://bucket/prefix)
 * defaults   a text, NONE, REQUIRED (a start-up error where it lacks), or GENERATED (the
 *            supervisor makes it once and keeps it under STATE_DIR)
 * range      lowest..highest, of a text its length in bytes; of a choice the words
 * receivers  the actors that are told; ROLES_none: the supervisor's own */

SETTING(STUDIO_ENV, choice, "production", "development", "development|test|production", ROLES_none,
    "the profile that chooses among the defaults; test is development")
SETTING(NODE_ENV, choice, NONE, NONE, "development|test|production", ROLES_none,
    "the same, where STUDIO_ENV is not set")
SETTING(STATE_DIR, path, "/var/lib/studiod", "./var", "1..3000", ROLES_none,
    "where the supervisor keeps what must survive: secrets, certificate, its own database")
SETTING(ACTORS_DIR, path, NONE, NONE, "1..3000", ROLES_none,
    "where the actors' programs are; without it, beside studiod")

SETTING(PORT, port, NONE, "3000", "0..65535", ROLES_front,
    "plain HTTP; development only; 0 takes a free one")
SETTING(HTTPS_PORT, port, "3443", "3443", "0..65535", ROLES_front,
    "HTTPS and HTTP/2; 0 takes a free one")
SETTING(OPS_PORT, port, "9464", "9464", "0..65535", ROLES_front,
    "metrics, on the loopback address only; 0 takes a free one")
SETTING(FRONT_INSTANCES, number, "0", "1", "0..4", ROLES_none,
    "processes that share PORT and HTTPS_PORT; 0: one for each core, at most four; each counts rate limits for itself")
SETTING(LISTEN_ADDRESS, text, "::", "::", "2..45", ROLES_none,
    "address of PORT and HTTPS_PORT; :: is every address of both families")
SETTING(TLS_CERT, file, REQUIRED, GENERATED, "1..3000", ROLES_front,
    "PEM file with the certificate chain; only front is given it")
SETTING(TLS_KEY, secret_file, REQUIRED, GENERATED, "1..3000", ROLES_auth,
    "PEM file with its private key; only auth is given it")
SETTING(CORS_ORIGIN, text, "", "http://localhost:3000,http://localhost:4200,http://localhost:5173,http://localhost:8080", "0..4096", ROLES_front,
    "origins that browsers may call from, separated by commas; empty allows none")
SETTING(RATE_LIMIT_AUTH, number, "20", "20", "0..1000000", ROLES_front,
    "requests per client address and minute on credential endpoints; 0: no limit")
SETTING(RATE_LIMIT_API, number, "600", "600", "0..1000000", ROLES_front,
    "requests per user and minute; 0: no limit")
SETTING(RATE_LIMIT_GENERATE, number, "60", "60", "0..1000000", ROLES_front,
    "generations per user and minute; 0: no limit")
SETTING(MEDIA_SYNC_WAIT, duration, "60s", "60s", "0s..10m", ROLES_front,
    "how long a request waits for its image, music or speech before it is answered 202")
SETTING(EVENTS_HEARTBEAT, duration, "15s", "15s", "1s..5m", ROLES_front,
    "how often an idle event stream says that it is there; who takes nothing for as long, though something waits, is let go")
SETTING(QUOTA_USER_DAY, number, "100", "0", "0..1000000", ROLES_db,
    "US dollars that generations of a user may cost in a day (UTC), by their prices; 0: no limit; an admin can set others for a user")
SETTING(QUOTA_USER_DAY_COUNT, number, "0", "0", "0..1000000000", ROLES_db,
    "generations of a user in a day; those that failed do not count; 0: no limit")
SETTING(QUOTA_PROJECT_DAY, number, "0", "0", "0..1000000", ROLES_db,
    "US dollars that generations in a project may cost in a day, of all its users; 0: no limit")
SETTING(QUOTA_PROJECT_DAY_COUNT, number, "0", "0", "0..1000000000", ROLES_db,
    "generations in a project in a day; 0: no limit")
SETTING(UPLOAD_MAX_BYTES, bytes, "20MiB", "20MiB", "1KiB..128MiB", ROLES_front | ROLES_vertex,
    "longest file that may be uploaded; while it is, it lies in front's memory")

SETTING(JWT_SECRET, secret, REQUIRED, GENERATED, "32..4096", ROLES_auth,
    "key of access tokens, at least 32 bytes; or several as NAME:KEY,NAME:KEY: the first one signs, all verify")
SETTING(JWT_REFRESH_SECRET, secret, REQUIRED, GENERATED, "32..4096", ROLES_auth,
    "key of refresh tokens, at least 32 bytes, another one; or several likewise")
SETTING(JWT_ACCESS_EXPIRATION, duration, "15m", "15m", "10s..1d", ROLES_auth,
    "life of an access token")
SETTING(JWT_REFRESH_EXPIRATION, duration, "7d", "7d", "1m..365d", ROLES_auth,
    "life of a refresh token")
SETTING(INVITE_CODE, secret, NONE, NONE, "1..1024", ROLES_auth,
    "code that registration asks for; none: everybody may register")
SETTING(ADMIN_EMAIL, email, NONE, "admin@studio.local", "3..254", ROLES_auth,
    "the first admin, made once if there is none")
SETTING(ADMIN_PASSWORD, secret, NONE, GENERATED, "8..512", ROLES_auth,
    "the first admin's password")
SETTING(ADMIN_FIRST_NAME, text, "Studio", "Studio", "1..400", ROLES_auth,
    "the first admin's first name")
SETTING(ADMIN_LAST_NAME, text, "Admin", "Admin", "1..400", ROLES_auth,
    "the first admin's last name")

SETTING(EMBEDDED_POSTGRES, flag, "off", "on", "", ROLES_none,
    "run a private PostgreSQL under STATE_DIR, on a Unix socket only; off by itself where DATABASE_URL is given")
SETTING(POSTGRES_BIN, path, NONE, NONE, "1..3000", ROLES_none,
    "where postgres and initdb are; without it, the newest below /usr/lib/postgresql")
SETTING(DATABASE_URL, secret, REQUIRED, GENERATED, "8..4096", ROLES_db,
    "PostgreSQL, as a URI or as keyword=value")

SETTING(GOOGLE_APPLICATION_CREDENTIALS, secret_file, REQUIRED, GENERATED, "1..3000", ROLES_vertex,
    "JSON file with Google credentials of any kind; without it gcloud's own file, then the metadata server; only vertex is given it")
SETTING(GOOGLE_METADATA, choice, "auto", "auto", "auto|on|off", ROLES_none,
    "where there is no file: the machine's own account, from the metadata server; auto: on Google's machines")
SETTING(GCE_METADATA_HOST, text, "", GENERATED, "0..240", ROLES_vertex,
    "host or host:port of the metadata server, instead of Google's address")
SETTING(VERTEX_AI_PROJECT_ID, text, REQUIRED, GENERATED, "1..64", ROLES_vertex,
    "Google Cloud project that is asked for generations")
SETTING(VERTEX_AI_LOCATION, text, "us-central1", "us-central1", "1..64", ROLES_vertex,
    "region of the models")
SETTING(VERTEX_AI_STORAGE_URI, gcs, REQUIRED, GENERATED, "6..512", ROLES_vertex | ROLES_db,
    "gs://bucket/prefix where results are written")
SETTING(GCS_SIGNED_URL_EXPIRATION_HOURS, number, "24", "24", "1..168", ROLES_vertex | ROLES_db,
    "life of a signed URL in hours; 12 at most where the credentials have no key of their own")
SETTING(MODEL_ALIASES, text, "", "", "0..60000", ROLES_vertex | ROLES_front | ROLES_db,
    "which model serves which id: id=model, separated by commas; empty: the shipped table")
SETTING(VERTEX_ENDPOINT, url, "", GENERATED, "0..1024", ROLES_vertex,
    "instead of Google's Vertex AI")
SETTING(TEXT_TO_SPEECH_ENDPOINT, url, "", GENERATED, "0..1024", ROLES_vertex,
    "instead of Google's Text-to-Speech")
SETTING(STORAGE_ENDPOINT, url, "", GENERATED, "0..1024", ROLES_vertex,
    "instead of Google's Cloud Storage")
SETTING(OAUTH_ENDPOINT, url, "", GENERATED, "0..1024", ROLES_vertex,
    "instead of Google's token endpoint")
SETTING(IAM_ENDPOINT, url, "", GENERATED, "0..1024", ROLES_vertex,
    "instead of Google's IAM credentials")
SETTING(EMBEDDED_EMULATOR, flag, "off", "on", "", ROLES_none,
    "run the Google emulator; off by itself where GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_METADATA=on is given")
SETTING(EMULATOR_PORT, port, "0", "0", "0..65535", ROLES_none,
    "its port on the loopback address; 0 takes a free one, once")
SETTING(EMULATOR_FLAGS, text, "", "", "0..2000", ROLES_none,
    "further arguments for it, separated by spaces; development only")

SETTING(POLL_INTERVAL, duration, "5s", "5s", "100ms..10m", ROLES_poller,
    "between two looks at a running generation")
SETTING(POLL_MAX_ATTEMPTS, number, "60", "60", "1..100000", ROLES_poller,
    "looks before a generation counts as failed")
SETTING(JOB_ATTEMPTS, number, "3", "3", "1..100", ROLES_poller | ROLES_db,
    "how often a generation is tried")
SETTING(JOB_BACKOFF, duration, "10s", "10s", "10ms..1h", ROLES_poller,
    "before the second try; doubles from there")
SETTING(JOB_CONCURRENCY, number, "16", "16", "1..1024", ROLES_poller,
    "generations that this host starts at the same time")
SETTING(USER_CONCURRENCY, number, "8", "8", "0..100000", ROLES_db,
    "generations of one user that are under way at the same time, over all hosts; more wait; 0: any number")
SETTING(MODEL_CONCURRENCY, number, "0", "0", "0..100000", ROLES_db,
    "generations of one model that are under way at the same time, over all hosts, where an admin set no other limit; 0: any number")

SETTING(RETAIN_EVENTS, duration, "7d", "7d", "10m..3650d", ROLES_db,
    "how long events are kept for clients that come back; who was away for longer is told that it missed some")
SETTING(RETAIN_JOBS, duration, "30d", "30d", "0s..3650d", ROLES_db,
    "how long attempts of jobs are kept, and requests of those that failed: until then they can be retried; 0: for ever")
SETTING(RETAIN_AUDIT, duration, "365d", "365d", "0s..3650d", ROLES_db,
    "how long security events are kept, at least a day; 0: for ever")
SETTING(RETAIN_SESSIONS, duration, "30d", "30d", "1m..3650d", ROLES_db,
    "how long sessions that are over are kept")
SETTING(PRUNE_INTERVAL, duration, "5m", "5m", "1s..1d", ROLES_db,
    "between two looks for what is to be deleted by these")

SETTING(SMTP_URL, secret, NONE, NONE, "8..2048", ROLES_notifier,
    "server that takes e-mail: smtps://user:password@host:465, or smtp://host:587 for STARTTLS; none: no mail is sent")
SETTING(SMTP_TLS, choice, "auto", "auto", "auto|require|off", ROLES_notifier,
    "of smtp://: auto requires STARTTLS but on the loopback address; off sends links in the clear, and no password")
SETTING(SMTP_CA, file, NONE, NONE, "1..3000", ROLES_notifier,
    "PEM file with the roots that vouch for the mail server's certificate; none: the system's")
SETTING(SMTP_TIMEOUT, duration, "60s", "60s", "1s..10m", ROLES_notifier,
    "how long one delivery may take")
SETTING(MAIL_FROM, email, NONE, "studio@localhost", "3..254", ROLES_notifier,
    "address that mails come from; production with SMTP_URL needs it")
SETTING(MAIL_FROM_NAME, text, "Studio", "Studio", "0..100", ROLES_notifier,
    "name beside it; empty: none")
SETTING(RESET_URL, url, NONE, GENERATED, "8..1024", ROLES_notifier,
    "page of the frontend where a new password is chosen, ?token=... is put behind it; production with SMTP_URL needs it")
SETTING(MAIL_ATTEMPTS, number, "10", "10", "1..100", ROLES_notifier,
    "how often a mail is tried while its link is valid")
SETTING(MAIL_BACKOFF, duration, "5s", "5s", "10ms..1h", ROLES_notifier,
    "before its second try; doubles from there, up to 5 minutes")
SETTING(MAIL_FILES, flag, "off", "on", "", ROLES_none,
    "without SMTP_URL: write mails below STATE_DIR/mail and their links into the log; development only")

SETTING(WEBHOOKS, flag, "off", "on", "", ROLES_db | ROLES_notifier,
    "users may have their events sent to servers of theirs; notifier reaches the internet then, on WEBHOOK_PORTS")
SETTING(WEBHOOK_KEY, secret, NONE, GENERATED, "32..4096", ROLES_db | ROLES_notifier,
    "encrypts the secrets of webhooks in the database, at least 32 bytes; or several as NAME:KEY,NAME:KEY: the first one is used for new ones; the same on every host")
SETTING(WEBHOOK_PORTS, text, "443,8443", "443,8443", "1..100", ROLES_db | ROLES_notifier,
    "ports that webhooks may go to, separated by commas")
SETTING(WEBHOOK_ALLOW, choice, "public", "public", "public|loopback", ROLES_db | ROLES_notifier,
    "addresses that webhooks may go to; loopback: this machine and http too, development only")
SETTING(WEBHOOK_TIMEOUT, duration, "15s", "15s", "100ms..1m", ROLES_notifier,
    "how long one attempt may take")
SETTING(WEBHOOK_BACKOFF, duration, "5s", "5s", "10ms..10m", ROLES_notifier,
    "before the second attempt; the tenth and last is some 27 hours after the first")
SETTING(WEBHOOK_PATIENCE, duration, "5d", "5d", "1s..90d", ROLES_notifier,
    "after so long without one success a webhook is disabled")

SETTING(SANDBOX, choice, "require", "warn", "require|warn", ROLES_actor,
    "what to do where a part of the confinement cannot be set up")
SETTING(LOG_LEVEL, choice, "info", "info", "debug|info|warning|error", ROLES_actor,
    "what is logged; security events always are")
SETTING(LOG_FORMAT, choice, "json", "text", "json|text", ROLES_none,
    "one JSON object a line in Cloud Logging's field names, or readable text")
SETTING(CONTROL_SOCKET, path, NONE, NONE, "1..3000", ROLES_none,
    "where studioctl connects; without it, control.sock in STATE_DIR")
SETTING(CONTROL_GROUP, text, NONE, NONE, "1..32", ROLES_none,
    "group whose members may use studioctl; none: root and the user of studiod")
SETTING(HEARTBEAT_INTERVAL, duration, "1s", "1s", "100ms..1m", ROLES_none,
    "between two heartbeats")
SETTING(HEARTBEAT_MISSES, number, "3", "3", "1..100", ROLES_none,
    "heartbeats missed before a process is dumped and replaced")
SETTING(RESTART_INTENSITY, number, "5", "5", "1..32", ROLES_none,
    "deaths within RESTART_PERIOD that are followed by a restart at once; more slow it down")
SETTING(RESTART_PERIOD, duration, "10s", "10s", "1s..1h", ROLES_none,
    "see RESTART_INTENSITY; also how long a process must live to count as well again")
SETTING(RESTART_PATIENCE, number, "8", "8", "1..100", ROLES_none,
    "slowed restarts in a row before the whole tree is restarted, and then given up")

#undef SETTING
