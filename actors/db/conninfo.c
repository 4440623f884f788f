/* actors/db/conninfo.c - see conninfo.h.
 * Owns: copies of the values, the password among them, wiped at the end.
 * Licence: Apache-2.0. */
#include <libpq-fe.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/db/conninfo.h"

static void
put(struct conninfo *ci, const char *key, const char *value)
{
	char *copy = strdup(value), *name = strdup(key);

	if (copy == NULL || name == NULL)
		abort();		/* a few bytes at start: nothing can be served without */
	ci->keys[ci->n] = name;
	ci->values[ci->n] = copy;
	ci->n++;
}

static const char *
value(const struct conninfo *ci, const char *key)
{
	for (size_t i = 0; i < ci->n; i++)
		if (strcmp(ci->keys[i], key) == 0)
			return ci->values[i];
	return NULL;
}

/* What is set here, whatever the text says; and where it says nothing. */
static const struct { const char *key, *is; bool always; } rows[] = {
	{ "passfile", "/nonexistent", true },		/* no ~/.pgpass */
	{ "gssencmode", "disable", true },		/* no Kerberos files */
	{ "client_encoding", "UTF8", true },
	{ "application_name", "studiod", false },
	{ "connect_timeout", "4", false },
	{ "keepalives_idle", "30", false },
	{ "keepalives_interval", "5", false },
	{ "keepalives_count", "3", false },
	{ "tcp_user_timeout", "20000", false },		/* a host that vanished is noticed */
};

static bool
is_ours(const char *key)
{
	if (strcmp(key, "service") == 0)		/* no service file */
		return true;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].always && strcmp(rows[i].key, key) == 0)
			return true;
	return false;
}

int
conninfo_init(struct conninfo *ci, const char *url, int dirfd, const char **why)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);

	*ci = (struct conninfo){ .n = 0 };
	if (options == NULL) {
		*why = "it is neither a postgresql:// URL nor keywords that libpq knows";
		return -1;
	}
	for (PQconninfoOption *o = options; o->keyword != NULL; o++) {
		bool host = dirfd >= 0 && (strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0);
		if (o->val != NULL && o->val[0] != '\0' && !is_ours(o->keyword) && !host && ci->n < CONNINFO_MAX - 16)
			put(ci, o->keyword, o->val);
	}
	PQconninfoFree(options);
	if (dirfd >= 0) {
		snprintf(ci->host, sizeof ci->host, "/proc/self/fd/%d", dirfd);
		put(ci, "host", ci->host);
	}
	if (value(ci, "user") == NULL) {		/* libpq would look into /etc/passwd each time */
		const struct passwd *pw = getpwuid(geteuid());
		if (pw == NULL) {
			*why = "it names no user";
			return -1;
		}
		put(ci, "user", pw->pw_name);
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].always || value(ci, rows[i].key) == NULL)
			put(ci, rows[i].key, rows[i].is);
	return 0;
}

bool
conninfo_local(const struct conninfo *ci)
{
	const char *host = value(ci, "host");

	if (value(ci, "hostaddr") != NULL)
		return false;
	while (host != NULL) {		/* a list; an empty one is libpq's own socket directory */
		if (*host != '/' && *host != '@' && *host != ',' && *host != '\0')
			return false;
		host = strchr(host, ',');
		host = host != NULL ? host + 1 : NULL;
	}
	return true;
}

const char *
conninfo_port(const struct conninfo *ci)
{
	const char *port = value(ci, "port");

	return port != NULL && *port >= '1' && *port <= '9' ? port : "5432";
}

void
conninfo_fini(struct conninfo *ci)
{
	for (size_t i = 0; i < ci->n; i++) {
		sodium_memzero((char *)(uintptr_t)ci->values[i], strlen(ci->values[i]));
		free((char *)(uintptr_t)ci->values[i]);
		free((char *)(uintptr_t)ci->keys[i]);
	}
	ci->n = 0;
}
