/* ledger.c - the book of generations started, so a test can count them.
 * Owns:  the last LEDGER_MAX entries and a running total.
 * Fails: never; the oldest entries make room. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "ledger.h"

#define LEDGER_MAX	20000
#define PROMPT_MAX	4096

struct entry {
	int64_t		 at_ms;
	const char	*service;	/* a literal */
	char		*model;
	char		*storage_uri;	/* "" when the answer carries the bytes */
	char		*prompt;
	char		 body_hash[65];
	int		 count;
};

static struct entry	 ring[LEDGER_MAX];
static size_t		 total, media;
static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;

static void
entry_free(struct entry *e)
{
	free(e->model);
	free(e->storage_uri);
	free(e->prompt);
	memset(e, 0, sizeof *e);
}

/* Prompts are cut at a character's edge, so that they stay UTF-8. */
static char *
prompt_copy(const char *s)
{
	size_t n = strlen(s);

	if (n > PROMPT_MAX)
		for (n = PROMPT_MAX; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
			;
	return xstrndup(s, n);
}

void
ledger_add(const struct request *r, const char *service, const char *model,
    const char *storage_uri, const char *prompt, int count)
{
	unsigned char	 digest[32];
	struct entry	*e;

	sha256(r->body.data ? r->body.data : "", r->body.len, digest);
	pthread_mutex_lock(&lock);
	e = &ring[total++ % LEDGER_MAX];
	media += (size_t)count;
	entry_free(e);
	e->at_ms = clock_ms();
	e->service = service;
	e->model = xstrdup(model);
	e->storage_uri = xstrdup(storage_uri ? storage_uri : "");
	e->prompt = prompt_copy(prompt);
	hex_encode(digest, sizeof digest, e->body_hash);
	e->count = count;
	pthread_mutex_unlock(&lock);
}

static void
count_up(json_t *map, const char *key)
{
	json_object_set_new(map, key, json_integer(
	    json_integer_value(json_object_get(map, key)) + 1));
}

static json_t *
entry_json(const struct entry *e)
{
	char when[32];

	clock_rfc3339(e->at_ms, when);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "time", when,
	    "service", e->service, "model", e->model, "storageUri", e->storage_uri,
	    "prompt", e->prompt, "bodySha256", e->body_hash, "count", e->count);
}

static bool
wanted(const struct entry *e, const char *service, const char *prompt,
    const char *uri)
{
	return (service == NULL || strcmp(e->service, service) == 0) &&
	    (prompt == NULL || strstr(e->prompt, prompt) != NULL) &&
	    (uri == NULL || strstr(e->storage_uri, uri) != NULL);
}

/* ?service= exact, ?prompt= and ?storageUri= by part; ?entries=0 counts only. */
void
ledger_http_get(struct request *r)
{
	char	*service = request_query(r, "service"), *prompt = request_query(r, "prompt");
	char	*uri = request_query(r, "storageUri"), *brief = request_query(r, "entries");
	json_t	*list = json_array(), *by_uri = json_object(), *by_prompt = json_object();
	json_t	*by_service = json_object(), *by_body = json_object();
	size_t	 i, seen = 0;

	pthread_mutex_lock(&lock);
	for (i = total > LEDGER_MAX ? total - LEDGER_MAX : 0; i < total; i++) {
		const struct entry *e = &ring[i % LEDGER_MAX];

		if (!wanted(e, service, prompt, uri))
			continue;
		seen++;
		if (brief == NULL || strcmp(brief, "0") != 0)
			json_array_append_new(list, entry_json(e));
		count_up(by_service, e->service);
		count_up(by_prompt, e->prompt);
		count_up(by_body, e->body_hash);
		if (e->storage_uri[0] != '\0')
			count_up(by_uri, e->storage_uri);
	}
	pthread_mutex_unlock(&lock);
	reply_json(r, 200, json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}",
	    "total", (json_int_t)total, "media", (json_int_t)media,
	    "matching", (json_int_t)seen, "byService", by_service,
	    "byStorageUri", by_uri, "byPrompt", by_prompt, "byBody", by_body,
	    "entries", list));
	free(service);
	free(prompt);
	free(uri);
	free(brief);
}

void
ledger_http_delete(struct request *r)
{
	ledger_fini();
	reply_json(r, 200, json_pack("{s:i}", "total", 0));
}

void
ledger_fini(void)
{
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < LEDGER_MAX; i++)
		entry_free(&ring[i]);
	total = media = 0;
	pthread_mutex_unlock(&lock);
}
