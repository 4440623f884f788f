/* actors/notifier/smtp_url.c - what SMTP_URL and SMTP_TLS say: which server, with or without TLS.
 * Fails: ends the process with a line that names the setting, and never its value.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/notifier/letter.h"
#include "actors/notifier/smtp.h"

static void __attribute__((noreturn))
fix_me(const char *setting, const char *why)
{
	log_event(LOG_ERROR, NULL, "setting_unusable", "setting", setting, "why", why);
	exit(EXIT_FIX_ME);
}

/* One part of the URL, "" where there is none; curl's to free. */
static char *
part(const struct smtp *s, CURLUPart what, unsigned flags)
{
	char *text = NULL;

	return curl_url_get(s->url, what, &text, flags) == CURLUE_OK ? text : NULL;
}

static bool
is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	    (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

/* Mails carry tokens, and the URL perhaps a password: without TLS only where nobody else
 * listens, or where somebody has decided so and no password is at stake. */
static void
choose_tls(struct smtp *s, const char *scheme, const char *host, bool login, const char *how)
{
	bool local = is_loopback(host);

	s->tls_required = strcmp(scheme, "smtps") == 0 || strcmp(how, "require") == 0 ||
	    (!local && strcmp(how, "off") != 0);
	if (login && !local && !s->tls_required)
		fix_me("SMTP_TLS", "off would send the password of SMTP_URL in the clear");
}

void
smtp_url_read(struct smtp *s, struct actor *a)
{
	struct bytes url = actor_secret(a, "SMTP_URL");
	char hello[260];

	s->url = curl_url();
	if (s->url == NULL || curl_url_set(s->url, CURLUPART_URL, url.p, 0) != CURLUE_OK)
		fix_me("SMTP_URL", "it must be smtp://host:port or smtps://user:password@host:port");
	char *scheme = part(s, CURLUPART_SCHEME, 0), *host = part(s, CURLUPART_HOST, 0), *user = part(s, CURLUPART_USER, 0),
	    *port = part(s, CURLUPART_PORT, CURLU_DEFAULT_PORT), *path = part(s, CURLUPART_PATH, 0);
	if (scheme == NULL || host == NULL || port == NULL || (strcmp(scheme, "smtp") != 0 && strcmp(scheme, "smtps") != 0))
		fix_me("SMTP_URL", "it must begin with smtp:// or smtps:// and name a host");
	choose_tls(s, scheme, host, user != NULL, actor_setting(a, "SMTP_TLS"));
	if (path == NULL || strcmp(path, "/") == 0) {	/* it is what EHLO says: else the host's own name, which we may not ask for */
		snprintf(hello, sizeof hello, "/%s", address_domain(s->from));
		curl_url_set(s->url, CURLUPART_PATH, hello, 0);
	}
	actor_setting_add(a, "SMTP_PORT", port);
	log_event(LOG_INFO, NULL, "smtp", "host", host, "port", port, "tls", s->tls_required ? "required" : "no");
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_free(port);
	curl_free(path);
}
