/* signed_url.c - is this request allowed by the V4 signature in its own URL?
 * Owns:  nothing.
 * Fails: false, and the XML error Cloud Storage would answer is in the request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <microhttpd.h>

#include "account.h"
#include "errors.h"
#include "settings.h"
#include "signed_url.h"
#include "signed_url_internal.h"

#define EXPIRES_MAX	604800

static void
signing_free(struct signing *s)
{
	size_t i;

	free(s->algorithm);
	free(s->credential);
	free(s->date);
	free(s->expires);
	free(s->headers);
	free(s->signature);
	for (i = 0; i < s->n_pairs; i++) {
		free(s->pairs[i].key);
		free(s->pairs[i].value);
	}
}

/* ---- the checks, in order ---- */

static bool
deny(struct request *r, unsigned http, const char *code, const char *message,
    const char *details)
{
	error_xml(r, http, code, message, details, NULL);
	return false;
}

static bool
parameters_ok(struct request *r, struct signing *s)
{
	static const char malformed[] = "AuthenticationRequired";
	char *want;
	bool fits;

	if (s->signature == NULL && s->algorithm == NULL)
		return deny(r, 403, "AccessDenied", "Access denied.", "Anonymous caller does "
		    "not have storage.objects access to the Google Cloud Storage object.");
	if (s->signature == NULL || s->algorithm == NULL || s->credential == NULL ||
	    s->date == NULL || s->expires == NULL || s->headers == NULL)
		return deny(r, 400, "AuthorizationQueryParametersError", "Query-string "
		    "authentication requires the X-Goog-Algorithm, X-Goog-Credential, "
		    "X-Goog-Signature, X-Goog-Date, X-Goog-SignedHeaders and X-Goog-Expires "
		    "parameters.", malformed);
	if (strcmp(s->algorithm, "GOOG4-RSA-SHA256") != 0)
		return deny(r, 400, "InvalidArgument", "Invalid argument.",
		    "X-Goog-Algorithm must be GOOG4-RSA-SHA256");
	if (strlen(s->date) != 16 || clock_parse(s->date, &s->from_s) < 0)
		return deny(r, 400, "InvalidArgument", "Invalid argument.",
		    "X-Goog-Date must look like 20300101T000000Z");
	want = xasprintf("%s/%.8s/auto/storage/goog4_request", account_email(), s->date);
	fits = strcmp(s->credential, want) == 0;
	free(want);
	if (!fits)
		return deny(r, 403, "AccessDenied", "Access denied.", "The credential names "
		    "another account, date or scope than this server knows.");
	return true;
}

static bool
time_ok(struct request *r, struct signing *s)
{
	int64_t	 now = clock_s();
	char	*end;

	s->life_s = strtoll(s->expires, &end, 10);
	if (*end != '\0' || s->expires[0] < '0' || s->expires[0] > '9' ||
	    s->life_s < 1 || s->life_s > EXPIRES_MAX)
		return deny(r, 400, "InvalidArgument", "Invalid argument.",
		    "X-Goog-Expires must be from 1 to 604800 seconds");
	if (now >= s->from_s + s->life_s)
		return deny(r, 400, "ExpiredToken", "Invalid argument.",
		    "The provided token has expired.");
	if (s->from_s > now + (int64_t)setting(SET_signed_url_skew))
		return deny(r, 403, "AccessDenied", "Access denied.",
		    "The signature is dated ahead of the server's clock.");
	return true;
}

/* Sorted, lower case, and host among them. */
static bool
header_list_ok(struct request *r, const struct signing *s)
{
	char	*names = xstrdup(s->headers), *save = NULL, *name;
	char	 before[128] = "";
	bool	 host = false, ok = true;

	for (name = strtok_r(names, ";", &save); name; name = strtok_r(NULL, ";", &save)) {
		const char *p;

		for (p = name; *p != '\0'; p++)
			ok = ok && (*p < 'A' || *p > 'Z');
		ok = ok && strcmp(before, name) < 0 && strlen(name) < sizeof before;
		snprintf(before, sizeof before, "%.127s", name);
		host = host || strcmp(name, "host") == 0;
	}
	free(names);
	if (ok && host)
		return true;
	return deny(r, 400, "InvalidArgument", "Invalid argument.", "X-Goog-SignedHeaders "
	    "must be lower case, sorted, separated by semicolons and hold host");
}

static bool
signature_fits(const struct signing *s, const struct buf *to_sign)
{
	unsigned char	*sig;
	size_t		 n = strlen(s->signature);
	bool		 ok;

	sig = xmalloc(n / 2 + 1);
	ok = hex_decode(s->signature, n, sig) == 0 &&
	    account_verify(to_sign->data, to_sign->len, sig, n / 2);
	free(sig);
	return ok;
}

static void
deny_signature(struct request *r, const struct buf *to_sign, const struct buf *canonical)
{
	struct buf extra = { 0 };

	buf_str(&extra, "<StringToSign>");
	xml_escape(&extra, to_sign->data);
	buf_str(&extra, "</StringToSign><CanonicalRequest>");
	xml_escape(&extra, canonical->data);
	buf_str(&extra, "</CanonicalRequest>");
	error_xml(r, 403, "SignatureDoesNotMatch", "The request signature we calculated "
	    "does not match the signature you provided. Check your Google secret key and "
	    "signing method.", NULL, extra.data);
	buf_free(&extra);
}

/* Without the port first, as Google's clients sign; then with it. */
static bool
signature_ok(struct request *r, const struct signing *s)
{
	struct buf	canonical = { 0 }, to_sign = { 0 };
	bool		with_port = false, ok = false;

	for (;;) {
		if (signing_canonical(&canonical, r, s, with_port) < 0) {
			deny(r, 400, "MalformedSecurityHeader", "Your request has a malformed "
			    "header.", "A header listed in X-Goog-SignedHeaders was not sent.");
			goto out;
		}
		signing_text(&to_sign, s, &canonical);
		ok = signature_fits(s, &to_sign);
		if (ok || with_port)
			break;
		with_port = true;
		buf_free(&canonical);
		buf_free(&to_sign);
	}
	if (!ok) {	/* show what we would have signed: the portless form */
		buf_free(&canonical);
		buf_free(&to_sign);
		signing_canonical(&canonical, r, s, false);
		signing_text(&to_sign, s, &canonical);
		deny_signature(r, &to_sign, &canonical);
	}
out:
	buf_free(&canonical);
	buf_free(&to_sign);
	return ok;
}

bool
signed_url_ok(struct request *r)
{
	struct signing	s = { 0 };
	bool		ok;

	s.algorithm = request_query(r, "X-Goog-Algorithm");
	s.credential = request_query(r, "X-Goog-Credential");
	s.date = request_query(r, "X-Goog-Date");
	s.expires = request_query(r, "X-Goog-Expires");
	s.headers = request_query(r, "X-Goog-SignedHeaders");
	s.signature = request_query(r, "X-Goog-Signature");
	if (signing_pairs(&s, r->query) < 0)
		ok = deny(r, 400, "InvalidArgument", "Invalid argument.",
		    "The query string cannot be decoded.");
	else
		ok = parameters_ok(r, &s) && header_list_ok(r, &s) && time_ok(r, &s) &&
		    signature_ok(r, &s);
	signing_free(&s);
	return ok;
}

static enum MHD_Result
meta_take(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	static const char	 prefix[] = "x-goog-meta-";
	json_t			*meta = cls;
	char			 name[128];
	size_t			 i;

	(void)kind;
	if (strncasecmp(key, prefix, sizeof prefix - 1) != 0 || value == NULL)
		return MHD_YES;
	snprintf(name, sizeof name, "%.127s", key + sizeof prefix - 1);
	for (i = 0; name[i] != '\0'; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] - 'A' + 'a');
	json_object_set_new(meta, name, json_string(value));
	return MHD_YES;
}

void
signed_url_metadata(struct request *r, json_t *attrs)
{
	json_t *meta = json_object();

	MHD_get_connection_values(r->conn, MHD_HEADER_KIND, meta_take, meta);
	json_object_set_new(attrs, "metadata", meta);
}
