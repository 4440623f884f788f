/* tools/gcs-sign/options.c - the arguments of gcs-sign.
 * Owns: texts it makes, until the process ends. Fails: ends the process with 2.
 * Licence: Apache-2.0. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tools/gcs-sign/gcs_sign.h"

static const char usage[] =
	"usage: gcs-sign --key FILE --method METHOD --bucket B [--object O] --expires SECONDS [more]\n"
	"Prints one V4 signed URL of Cloud Storage.\n"
	"  --key FILE                  a service account's key (JSON)\n"
	"  --method METHOD             GET, HEAD, PUT, POST or DELETE\n"
	"  --bucket B, --object O      without an object: the bucket itself\n"
	"  --expires SECONDS           1 to 604800\n"
	"  --time TIME                 from when on, as 2019-02-01T09:00:00Z (default: now)\n"
	"  --scheme https|http         (default: https)\n"
	"  --style path|virtual|bucket-bound\n"
	"                              host/bucket/object (the default), bucket.host/object, or host/object,\n"
	"                              where the host of --host stands for the bucket\n"
	"  --host NAME[:PORT]          (default: storage.googleapis.com)\n"
	"  --header 'name: value'      to be sent by who uses the URL; repeated ones of a name are joined with a comma\n"
	"  --query 'name=value'        a parameter; in the name %XX stands for a byte (%3D for =)\n";

__attribute__((format(printf, 1, 2), noreturn)) static void
wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("gcs-sign: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs(" (--help shows the arguments)\n", stderr);
	exit(EXIT_USAGE);
}

static uint32_t
seconds_read(const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0' || strlen(text) > 9 || n < 1 || n > SIGNED_URL_SECONDS_MAX)
		wrong("--expires must be 1 to %d seconds, not \"%.40s\"", SIGNED_URL_SECONDS_MAX, text);
	return (uint32_t)n;
}

/* RFC 3339 in UTC, to the second. */
static uint64_t
time_read(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	char again[32] = "";

	time_t t = end != NULL && *end == '\0' ? timegm(&tm) : -1;
	if (t >= 0)		/* a 31st of February would become another day */
		strftime(again, sizeof again, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (t < 0 || strcmp(again, text) != 0)
		wrong("--time must be like 2019-02-01T09:00:00Z, not \"%.40s\"", text);
	return (uint64_t)t;
}

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place; what is no escape stays. A NUL is left escaped: it would end the text. */
static void
unescape(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		int high = *s == '%' ? hex_value(s[1]) : -1, low = high >= 0 ? hex_value(s[2]) : -1;
		bool is = low >= 0 && high * 16 + low > 0;
		*to++ = is ? (char)(high * 16 + low) : *s;
		s += is ? 2 : 0;
	}
	*to = '\0';
}

/* Splits name<sep>value in place. */
static void
pair_add(struct url_pair *pairs, size_t *n, char *text, char sep, const char *option)
{
	char *at = strchr(text, sep);

	if (at == NULL || at == text)
		wrong("--%s must be 'name%c%svalue'", option, sep, sep == ':' ? " " : "");
	if (*n == SIGNED_URL_PAIRS)
		wrong("--%s may be given %d times at most", option, SIGNED_URL_PAIRS);
	*at = '\0';
	if (sep == '=')
		unescape(text);
	pairs[(*n)++] = (struct url_pair){ text, at + 1 + (sep == ':' && at[1] == ' ') };
}

static size_t
choice(const char *option, const char *text, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	wrong("--%s does not know \"%.40s\"", option, text);
}

static char *
endpoint_make(const char *scheme, const char *host)
{
	char *endpoint = NULL;

	if (strpbrk(host, "/@") != NULL)
		wrong("--host must be NAME[:PORT]");
	if (asprintf(&endpoint, "%s://%s", scheme, host) < 0)
		wrong("memory is out");
	return endpoint;
}

void
options_read(struct options *o, int argc, char **argv)
{
	static const char *const names[] = { "key", "method", "bucket", "object", "expires", "time", "scheme", "style", "host", "header", "query", "help" };
	static const char *const schemes[] = { "https", "http" }, *const styles[] = { "path", "virtual", "bucket-bound" };
	enum { KEY, METHOD, BUCKET, OBJECT, EXPIRES, TIME, SCHEME, STYLE, HOST, HEADER, QUERY, HELP, NAMES };
	struct option known[NAMES + 1] = { 0 };
	const char *given[NAMES] = { [OBJECT] = "", [SCHEME] = "https", [STYLE] = "path" };
	struct url_signing *u = &o->url;
	int c;

	for (int i = 0; i < NAMES; i++)
		known[i] = (struct option){ names[i], i == HELP ? no_argument : required_argument, NULL, i };
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", known, NULL)) != -1) {
		if (c == HEADER)
			pair_add(u->headers, &u->nheaders, optarg, ':', names[c]);
		else if (c == QUERY)
			pair_add(u->query, &u->nquery, optarg, '=', names[c]);
		else if (c == HELP)
			exit(fputs(usage, stdout) < 0 ? EXIT_FAILED : 0);
		else if (c >= 0 && c < NAMES)
			given[c] = optarg;
		else
			wrong("%s %s", argv[optind - 1], c == ':' ? "needs a value" : "is not known");
	}
	if (optind < argc)
		wrong("\"%.40s\" is not known", argv[optind]);
	for (int i = KEY; i <= EXPIRES; i++)
		if (given[i] == NULL)
			wrong("--%s is missing", names[i]);
	o->key = given[KEY];
	u->method = given[METHOD];
	u->bucket = bytes_str(given[BUCKET]);
	u->object = bytes_str(given[OBJECT]);
	u->expires_s = seconds_read(given[EXPIRES]);
	u->time_s = given[TIME] != NULL ? time_read(given[TIME]) : (uint64_t)time(NULL);
	u->style = (enum url_style)choice("style", given[STYLE], styles, COUNT(styles));
	if (u->style == URL_BUCKET_BOUND && given[HOST] == NULL)
		wrong("--style bucket-bound needs --host");
	u->endpoint = endpoint_make(schemes[choice("scheme", given[SCHEME], schemes, COUNT(schemes))],
	    given[HOST] != NULL ? given[HOST] : "storage.googleapis.com");
}
