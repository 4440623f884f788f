/* supervisor/settings.c - see settings.h.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>

#include "actors/common/secret.h"
#include "actors/common/keyring.h"
#include "supervisor/google.h"
#include "supervisor/settings.h"

enum { LINE_LONGEST = 66000, SECRET_FILE_LONGEST = 65536 };

#define NONE      NULL
#define REQUIRED  mark_required
#define GENERATED mark_generated
static const char mark_required[] = "(required)", mark_generated[] = "(generated)";

const struct setting_row setting_rows[SET_COUNT] = {
#define SETTING(name, type, production, development, range, receivers, prose) \
	[SET_##name] = { #name, ST_##type, production, development, range, receivers, prose },
#include "supervisor/settings.tbl.h"
};

static const char *const type_names[] = {
	[ST_text] = "text", [ST_secret] = "secret", [ST_path] = "path", [ST_file] = "file",
	[ST_secret_file] = "secret file", [ST_number] = "number", [ST_duration] = "duration",
	[ST_bytes] = "size", [ST_port] = "port", [ST_flag] = "on or off", [ST_choice] = "choice",
	[ST_url] = "URL", [ST_email] = "e-mail address", [ST_gcs] = "gs:// URI",
};

/* ---- problems ---- */

void
problem_add(struct problems *p, const char *format, ...)
{
	char **v = realloc(p->v, (p->n + 1) * sizeof *v), *line = NULL;
	va_list ap;

	if (v == NULL)
		return;
	p->v = v;
	va_start(ap, format);
	if (vasprintf(&line, format, ap) >= 0)
		p->v[p->n++] = line;
	va_end(ap);
}

void
problems_free(struct problems *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i]);
	free(p->v);
	*p = (struct problems){ 0 };
}

/* ---- values ---- */

bool
setting_is_secret(enum setting_type t)
{
	return t == ST_secret || t == ST_secret_file;
}

bool
setting_is_numeric(enum setting_type t)
{
	return t == ST_number || t == ST_duration || t == ST_bytes || t == ST_port || t == ST_flag;
}

/* True when `word` is one of the alternatives a|b|c. */
static bool
is_choice(const char *range, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = range; *p != '\0'; p += strcspn(p, "|"), p += *p == '|')
		if (n > 0 && strcspn(p, "|") == n && memcmp(p, word, n) == 0)
			return true;
	return false;
}

/* lowest..highest in the units of the type; of texts, their length. */
static bool
in_range(const struct setting_row *row, uint64_t v)
{
	const char *dots = strstr(row->range, "..");
	enum setting_type t = setting_is_numeric(row->type) ? row->type : ST_number;
	uint64_t low = 0, high = UINT64_MAX;
	char text[32];

	if (dots == NULL)
		return true;
	snprintf(text, sizeof text, "%.*s", (int)(dots - row->range), row->range);
	number_parse(t, text, &low);
	number_parse(t, dots + 2, &high);
	return v >= low && v <= high;
}

static const char *
wrong_form(const struct setting_row *row, const char *text)
{
	const char *at = strchr(text, '@');

	switch (row->type) {
	case ST_choice:
		return is_choice(row->range, text) ? NULL : "is none of";
	case ST_url:
		return text[0] == '\0' || strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0 ?
		    NULL : "must begin with http:// or https://";
	case ST_email:
		return at != NULL && at != text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
		    strpbrk(text, " \t\r\n<>") == NULL ? NULL : "is no e-mail address";
	case ST_gcs:
		return strncmp(text, "gs://", 5) == 0 && text[5] != '\0' && text[5] != '/' &&
		    text[strlen(text) - 1] != '/' ? NULL : "must look like gs://bucket/prefix";
	default:
		return utf8_valid(text, strlen(text)) ? NULL : "is not UTF-8";
	}
}

static void
value_free(const struct setting_row *row, char **v)
{
	if (*v == NULL)
		return;
	if (setting_is_secret(row->type))
		secret_free(*v, strlen(*v));
	else
		free(*v);
	*v = NULL;
}

static void
value_set(struct settings *s, enum setting_id id, const char *text, enum setting_source from, struct problems *p)
{
	const struct setting_row *row = &setting_rows[id];
	size_t n = strlen(text);
	const char *why = wrong_form(row, text);
	bool numeric = setting_is_numeric(row->type);
	uint64_t number = 0;

	if (numeric && !number_parse(row->type, text, &number)) {
		problem_add(p, "%s: \"%.60s\" is no %s", row->name, text, type_names[row->type]);
		return;
	}
	if (why == NULL && !in_range(row, numeric ? number : n))
		why = numeric ? "is out of range; allowed:" : "has the wrong length in bytes; allowed:";
	if (why != NULL) {
		if (setting_is_secret(row->type))
			problem_add(p, "%s %s %s", row->name, why, row->range);
		else
			problem_add(p, "%s: \"%.60s\" %s%s%s", row->name, text, why,
			    why[strlen(why) - 1] == ':' || row->type == ST_choice ? " " : "",
			    why[strlen(why) - 1] == ':' || row->type == ST_choice ? row->range : "");
		return;
	}
	char *copy = setting_is_secret(row->type) ? secret_alloc(n) : malloc(n + 1);
	if (copy == NULL) {
		problem_add(p, "%s: out of memory", row->name);
		return;
	}
	memcpy(copy, text, n);
	copy[n] = '\0';
	value_free(row, &s->value[id]);
	s->value[id] = copy;
	s->number[id] = number;
	s->from[id] = from;
}

/* ---- sources ---- */

/* The row of a name of n bytes; *is_file when it is NAME_FILE of a secret. */
static int
row_by_name(const char *name, size_t n, bool *is_file)
{
	for (int i = 0; i < SET_COUNT; i++) {
		size_t len = strlen(setting_rows[i].name);
		*is_file = false;
		if (len == n && memcmp(setting_rows[i].name, name, n) == 0)
			return i;
		*is_file = true;
		if (setting_rows[i].type == ST_secret && n == len + 5 &&
		    memcmp(setting_rows[i].name, name, len) == 0 && memcmp(name + len, "_FILE", 5) == 0)
			return i;
	}
	return -1;
}

/* The content of NAME_FILE; line ends behind it are not part of the secret. */
static void
value_from_file(struct settings *s, enum setting_id id, const char *path, enum setting_source from, struct problems *p)
{
	FILE *f = fopen(path, "re");
	char *text = secret_alloc(SECRET_FILE_LONGEST);

	if (f == NULL || text == NULL) {
		problem_add(p, "%s_FILE: %s: %s", setting_rows[id].name, path, strerror(errno));
	} else {
		setvbuf(f, NULL, _IONBF, 0);
		size_t n = fread(text, 1, SECRET_FILE_LONGEST, f);
		while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
			n--;
		text[n] = '\0';
		value_set(s, id, text, from, p);
	}
	secret_free(text, SECRET_FILE_LONGEST);
	if (f != NULL)
		fclose(f);
}

/* Cuts blanks and line ends off both ends. */
static char *
trim(char *p)
{
	p += strspn(p, " \t\r\n");
	size_t n = strlen(p);
	while (n > 0 && strchr(" \t\r\n", p[n - 1]) != NULL)
		n--;
	p[n] = '\0';
	return p;
}

/* NAME=value; the value may be put in double quotes. */
static void
line_read(struct settings *s, const char *file, unsigned number, char *line, struct problems *p)
{
	char *name = trim(line), *value = strchr(name, '=');
	bool is_file;

	if (*name == '\0' || *name == '#')
		return;
	if (value == NULL) {
		problem_add(p, "%s:%u: a line must be NAME=value", file, number);
		return;
	}
	*value++ = '\0';
	name = trim(name);
	value = trim(value);
	size_t n = strlen(value);
	if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
		value[n - 1] = '\0';
		value++;
	}
	int id = row_by_name(name, strlen(name), &is_file);
	if (id < 0)
		problem_add(p, "%s:%u: there is no setting %.64s; studiod --help lists them", file, number, name);
	else if (is_file)
		value_from_file(s, (enum setting_id)id, value, FROM_file, p);
	else
		value_set(s, (enum setting_id)id, value, FROM_file, p);
}

static void
file_read(struct settings *s, const char *file, struct problems *p)
{
	FILE *f = fopen(file, "re");
	char *line = secret_alloc(LINE_LONGEST);	/* any line may hold a secret */
	unsigned number = 0;

	if (f == NULL || line == NULL) {
		problem_add(p, "%s: %s", file, strerror(errno));
	} else {
		setvbuf(f, NULL, _IONBF, 0);
		while (fgets(line, LINE_LONGEST, f) != NULL) {
			number++;
			if (strlen(line) == LINE_LONGEST - 1)
				problem_add(p, "%s:%u: the line is too long", file, number);
			line_read(s, file, number, line, p);
		}
	}
	secret_free(line, LINE_LONGEST);
	if (f != NULL)
		fclose(f);
}

static void
environment_read(struct settings *s, char **env, struct problems *p)
{
	for (char **e = env; e != NULL && *e != NULL; e++) {
		char *value = strchr(*e, '=');
		bool is_file;
		int id = value != NULL ? row_by_name(*e, (size_t)(value - *e), &is_file) : -1;

		if (id < 0)
			continue;
		value++;
		if (*value == '\0' && !is_choice(setting_rows[id].range, "") && strncmp(setting_rows[id].range, "0..", 3) != 0)
			continue;	/* NAME= unsets: shells and units have no better way */
		if (is_file) {
			value_from_file(s, (enum setting_id)id, value, FROM_environment, p);
			continue;
		}
		value_set(s, (enum setting_id)id, value, FROM_environment, p);
		if (setting_is_secret(setting_rows[id].type))	/* /proc/PID/environ would still show it */
			explicit_bzero(value, strlen(value));
	}
}

/* ---- all of it ---- */

/* A column of the table; NULL where the supervisor or the user has to give it. */
static const char *
default_of(const struct settings *s, enum setting_id id)
{
	return s->production ? setting_rows[id].production : setting_rows[id].development;
}

static void
profile_choose(struct settings *s)
{
	const char *env = settings_text(s, SET_STUDIO_ENV);

	if (env[0] == '\0')
		env = settings_text(s, SET_NODE_ENV);
	s->production = strcmp(env, "production") == 0;
}

/* Mail: what a server of its own needs besides. */
static void
mail_check(struct settings *s, struct problems *p)
{
	const char *url = settings_text(s, SET_SMTP_URL), *page = settings_text(s, SET_RESET_URL);

	if (*url != '\0' && strncasecmp(url, "smtp://", 7) != 0 && strncasecmp(url, "smtps://", 8) != 0)
		problem_add(p, "SMTP_URL must begin with smtp:// or smtps://");
	if (s->production && s->number[SET_MAIL_FILES] != 0)
		problem_add(p, "MAIL_FILES is for development only: links would be in the log");
	if (s->production && *page != '\0' && strncmp(page, "https://", 8) != 0)
		problem_add(p, "RESET_URL must begin with https:// in production: its token opens an account");
	if (*url == '\0' || !s->production)
		return;
	if (*settings_text(s, SET_MAIL_FROM) == '\0')
		problem_add(p, "MAIL_FROM is missing: %s", setting_rows[SET_MAIL_FROM].prose);
	if (*page == '\0')
		problem_add(p, "RESET_URL is missing: %s", setting_rows[SET_RESET_URL].prose);
}

/* Webhooks: what they need besides, and what is not for production. */
static void
webhooks_check(const struct settings *s, struct problems *p)
{
	if (s->production && strcmp(settings_text(s, SET_WEBHOOK_ALLOW), "loopback") == 0)
		problem_add(p, "WEBHOOK_ALLOW=loopback is for development only");
	if (s->number[SET_WEBHOOKS] != 0 && s->production && *settings_text(s, SET_WEBHOOK_KEY) == '\0')
		problem_add(p, "WEBHOOK_KEY is missing: WEBHOOKS is on, and it %s", setting_rows[SET_WEBHOOK_KEY].prose);
	if (strspn(settings_text(s, SET_WEBHOOK_PORTS), "0123456789,") != strlen(settings_text(s, SET_WEBHOOK_PORTS)))
		problem_add(p, "WEBHOOK_PORTS must be ports, separated by commas");
}

/* Each may hold several keys (keyring.h). What is too short as a whole was told before. */
static void
keys_check(const struct settings *s, struct problems *p)
{
	static const enum setting_id ids[] = { SET_JWT_SECRET, SET_JWT_REFRESH_SECRET, SET_WEBHOOK_KEY };
	struct keyring rings[COUNT(ids)] = { { .n = 0 } };
	const char *why;

	for (size_t i = 0; i < COUNT(ids); i++) {
		struct bytes text = bytes_str(settings_text(s, ids[i]));
		if (text.n >= KEY_SHORTEST && keyring_parse(text, &rings[i], &why) != 0)
			problem_add(p, "%s: %s", setting_rows[ids[i]].name, why);
	}
	if (keyring_shares(&rings[0], &rings[1]))
		problem_add(p, "JWT_REFRESH_SECRET must differ from JWT_SECRET");
}

static void
relations_check(struct settings *s, struct problems *p)
{
	keys_check(s, p);
	if (s->production && *settings_text(s, SET_EMULATOR_FLAGS) != '\0')
		problem_add(p, "EMULATOR_FLAGS is for development only");
	mail_check(s, p);
	webhooks_check(s, p);
	if ((s->value[SET_TLS_CERT] == NULL) != (s->value[SET_TLS_KEY] == NULL))
		problem_add(p, "TLS_CERT and TLS_KEY must be given together");
	s->port_ignored = s->production && s->value[SET_PORT] != NULL;
	if (s->port_ignored)	/* plain HTTP is for development; platforms set PORT unasked */
		value_free(&setting_rows[SET_PORT], &s->value[SET_PORT]);
	if (settings_told(s, SET_DATABASE_URL) && !settings_told(s, SET_EMBEDDED_POSTGRES))
		settings_give(s, SET_EMBEDDED_POSTGRES, "off", p);
	bool google = settings_told(s, SET_GOOGLE_APPLICATION_CREDENTIALS) || strcmp(settings_text(s, SET_GOOGLE_METADATA), "on") == 0;
	if (google && !settings_told(s, SET_EMBEDDED_EMULATOR))
		settings_give(s, SET_EMBEDDED_EMULATOR, "off", p);
}

void
settings_load(struct settings *s, const char *file, char **env, struct problems *p)
{
	*s = (struct settings){ 0 };
	if (file != NULL)
		file_read(s, file, p);
	environment_read(s, env, p);
	profile_choose(s);
	for (int i = 0; i < SET_COUNT; i++) {
		const char *d = default_of(s, (enum setting_id)i);
		if (s->value[i] == NULL && d != NONE && d != REQUIRED && d != GENERATED)
			value_set(s, (enum setting_id)i, d, FROM_default, p);
	}
	relations_check(s, p);
}

void
settings_give(struct settings *s, enum setting_id id, const char *text, struct problems *p)
{
	value_set(s, id, text, FROM_supervisor, p);
}

/* Will the supervisor provide it? */
static bool
will_be_made(const struct settings *s, enum setting_id id)
{
	char path[PATH_MAX];

	switch (id) {
	case SET_DATABASE_URL:
		return s->number[SET_EMBEDDED_POSTGRES] != 0;
	case SET_GOOGLE_APPLICATION_CREDENTIALS:
		return google_source(s, path) != GOOGLE_NOWHERE;
	case SET_VERTEX_AI_PROJECT_ID:
	case SET_VERTEX_AI_STORAGE_URI:
		return s->number[SET_EMBEDDED_EMULATOR] != 0;
	default:
		return settings_generated(s, id);
	}
}

void
settings_missing(const struct settings *s, struct problems *p)
{
	for (int i = 0; i < SET_COUNT; i++) {
		const struct setting_row *row = &setting_rows[i];
		if (s->value[i] == NULL && row->production == REQUIRED && !will_be_made(s, (enum setting_id)i))
			problem_add(p, "%s is missing: %s", row->name, row->prose);
	}
}

void
settings_free(struct settings *s)
{
	for (int i = 0; i < SET_COUNT; i++)
		value_free(&setting_rows[i], &s->value[i]);
}

const char *
settings_text(const struct settings *s, enum setting_id id)
{
	return s->value[id] != NULL ? s->value[id] : "";
}

bool
settings_generated(const struct settings *s, enum setting_id id)
{
	return s->value[id] == NULL && default_of(s, id) == GENERATED;
}

bool
settings_told(const struct settings *s, enum setting_id id)
{
	return s->value[id] != NULL && (s->from[id] == FROM_file || s->from[id] == FROM_environment);
}

/* ---- telling them ---- */

static const char *
default_text(const char *d)
{
	return d == NONE ? "none" : *d == '\0' ? "empty" : d == REQUIRED ? "required" : d == GENERATED ? "generated" : d;
}

void
settings_help(FILE *f)
{
	for (int i = 0; i < SET_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		fprintf(f, "  %s (%s", r->name, type_names[r->type]);
		if (*r->range != '\0')
			fprintf(f, ", %s", r->range);
		fprintf(f, ")\n      %s\n      production: %s; development: %s\n", r->prose,
		    default_text(r->production), default_text(r->development));
	}
}

void
settings_sample(FILE *f)
{
	fputs("# studio.conf - settings of studiod, as made by `studiod --sample`.\n"
	    "#\n"
	    "# Use it with `studiod --config FILE`. A line is NAME=value; the environment wins over\n"
	    "# this file. A secret may be given as NAME_FILE=path instead. A name that is not listed\n"
	    "# here is a start-up error. Every line below shows the default of production.\n", f);
	for (int i = 0; i < SET_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		const char *d = r->production;
		fprintf(f, "\n# %s\n# %s", r->prose, type_names[r->type]);
		if (*r->range != '\0')
			fprintf(f, ", %s", r->range);
		fprintf(f, "; %sdevelopment: %s\n", d == REQUIRED ? "required; " : "", default_text(r->development));
		fprintf(f, "#%s=%s\n", r->name, d == NONE || d == REQUIRED ? "" : d);
	}
}
