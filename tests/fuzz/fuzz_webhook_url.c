/* tests/fuzz/fuzz_webhook_url.c - a URL that webhooks may go to is one for libcurl too, and both see the
 * same host, port and scheme in it: otherwise what was looked at is not what is connected to.
 * Licence: Apache-2.0. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/webhook_url.h"
#include "tests/fuzz/fuzz.h"

/* The part of it that libcurl sees; "" for none. The caller frees. */
static char *
part(CURLU *u, CURLUPart what)
{
	char *text = NULL;

	return curl_url_get(u, what, &text, CURLU_DEFAULT_PORT) == CURLUE_OK ? text : NULL;
}

/* libcurl writes an IPv6 address anew: is it the one that stands at `at`, "[..]" both? */
static bool
same_address(const char *at, const char *host)
{
	char here[64], there[64];
	uint8_t a[16], b[16];

	if (sscanf(at, "[%63[0-9a-fA-F:.]]", here) != 1 || sscanf(host, "[%63[0-9a-fA-F:.]]", there) != 1)
		return false;
	return inet_pton(AF_INET6, here, a) == 1 && inet_pton(AF_INET6, there, b) == 1 && memcmp(a, b, sizeof a) == 0;
}

static void
agrees(const char *url, bool loopback)
{
	CURLU *u = curl_url();
	char again[WEBHOOK_URL_MAX + 64];

	if (u == NULL || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		abort();
	char *scheme = part(u, CURLUPART_SCHEME), *host = part(u, CURLUPART_HOST), *port = part(u, CURLUPART_PORT), *user = part(u, CURLUPART_USER);
	if (scheme == NULL || host == NULL || port == NULL || user != NULL || strstr(url, "://") == NULL)
		abort();
	/* what libcurl would connect to stands where we looked */
	const char *at = strstr(url, "://") + 3;
	if (host[0] == '[' ? !same_address(at, host) : strncasecmp(at, host, strlen(host)) != 0 || strchr(":/?", at[strlen(host)]) == NULL)
		abort();
	snprintf(again, sizeof again, "%s://%s:%s/", scheme, host, port);
	struct webhook_rules rules;
	if (webhook_ports("443,8443,80", &rules) != 0)
		abort();
	rules.loopback = loopback;
	if (webhook_url_wrong(bytes_str(again), &rules) != NULL)
		abort();
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct webhook_rules rules;
	char url[WEBHOOK_URL_MAX + 1];

	if (n > WEBHOOK_URL_MAX || webhook_ports("443,8443,80", &rules) != 0)
		return 0;
	memcpy(url, data, n);
	url[n] = '\0';
	for (int i = 0; i < 2; i++) {
		rules.loopback = i == 1;
		if (webhook_url_wrong(bytes_of(url, n), &rules) == NULL)
			agrees(url, rules.loopback);
	}
	return 0;
}
