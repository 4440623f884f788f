/* actors/vertex/vertex.c - see vertex.h.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "actors/common/secret.h"
#include "actors/vertex/storage/storage.h"
#include "actors/vertex/vertex.h"

static void
fix_me(const char *setting, const char *why)
{
	log_event(LOG_ERROR, NULL, "setting_wrong", "setting", setting, "why", why);
	_exit(EXIT_FIX_ME);
}

static uint32_t
vertex_queued(struct actor *a)
{
	struct vertex *v = a->state;
	unsigned narrow, broken;

	int n = snprintf(a->note, sizeof a->note, "%u calls to Google, %u generations inside, %u wait, %llu URLs signed",
	    v->google.http.in_flight, v->gate.inside, v->gate.waiting, (unsigned long long)signing_total(&v->signing));
	gate_count(&v->gate, &narrow, &broken);
	if (narrow + broken > 0)
		snprintf(a->note + n, sizeof a->note - (size_t)n, ", %u models slowed, %u left alone", narrow, broken);
	return v->gate.waiting + v->signing.jobs;
}

/* What the credentials need beyond Google's own hosts, for the rows of the sandbox. */
static void
credentials_places(struct actor *a, const struct credentials *c)
{
	const char *source = credentials_source(c), *slash = strrchr(c->source_file, '/');
	char folder[sizeof c->source_file];

	if (c->token_url[0] != '\0')
		actor_setting_add(a, "CREDENTIALS_TOKEN_URL", c->token_url);
	if (source[0] != '\0')
		actor_setting_add(a, "CREDENTIALS_SOURCE", source);
	if (slash == NULL)
		return;
	/* "/token" would open everything: that is refused before */
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - c->source_file), c->source_file);
	actor_setting_add(a, "CREDENTIALS_FOLDER", folder);
}

/* The key was parsed: its text is needed no longer. */
static void
credentials_wipe(struct actor *a)
{
	struct bytes text = actor_secret(a, "GOOGLE_CREDENTIALS");

	if (text.n > 0)
		explicit_bzero((char *)(uintptr_t)text.p, text.n);
}

void
vertex_init(struct vertex *v, struct actor *a, struct ev_loop *loop)
{
	const char *uri = actor_setting(a, "VERTEX_AI_STORAGE_URI"), *why;
	struct bytes bucket, object;
	char probe[660], wrong[ALIASES_WRONG];
	size_t n = strlen(uri);

	v->actor = a;
	v->aliases = actor_setting(a, "MODEL_ALIASES");
	if (aliases_wrong(v->aliases, wrong))
		fix_me("MODEL_ALIASES", wrong);
	v->upload_max = actor_setting_u64(a, "UPLOAD_MAX_BYTES");
	while (n > 0 && uri[n - 1] == '/')
		n--;
	snprintf(v->storage_uri, sizeof v->storage_uri, "%.*s", (int)n, uri);
	snprintf(probe, sizeof probe, "%s/x", v->storage_uri);
	if (!gs_uri_parse(bytes_str(probe), &bucket, &object))
		fix_me("VERTEX_AI_STORAGE_URI", "it must be gs://bucket or gs://bucket/prefix");
	if (actor_secret(a, "GOOGLE_CREDENTIALS").n == 0)
		fix_me("GOOGLE_APPLICATION_CREDENTIALS", "no credentials were given");
	why = google_init(&v->google, a, loop);
	if (why != NULL)
		fix_me("GOOGLE_APPLICATION_CREDENTIALS", why);
	credentials_wipe(a);
	credentials_places(a, &v->google.oauth.credentials);
	if (actor_secret(a, "SEAL_KEY_VERTEX").n == 0 || actor_secret(a, "SEAL_KEY_GRANT").n == 0)
		fix_me("SEAL_KEY_VERTEX", "the supervisor gave no keys for tickets and grants");
	gate_init(&v->gate, loop);
	if (signing_init(&v->signing, &v->google, loop, actor_secret(a, "SEAL_KEY_VERTEX"), actor_secret(a, "SEAL_KEY_GRANT"),
	    actor_setting_u64(a, "GCS_SIGNED_URL_EXPIRATION_HOURS")) != 0)
		fix_me("GCS_SIGNED_URL_EXPIRATION_HOURS", "memory is out");
	a->queued = vertex_queued;
	log_event(LOG_INFO, NULL, "google", "credentials", v->google.oauth.credentials.type,
	    "account", v->google.oauth.email, "project", v->google.project,
	    "location", v->google.location, "storage", v->storage_uri);
}

void
vertex_fini(struct vertex *v)
{
	signing_fini(&v->signing);
	google_fini(&v->google);
}

void
on_sign_urls(void *state, struct request *rq)
{
	struct vertex *v = state;

	signing_take(&v->signing, rq);
}

/* Google being away is no reason to send clients elsewhere: only what nobody but the
 * operator can put right makes this process unhealthy. */
void
on_health(void *state, struct request *rq)
{
	struct vertex *v = state;
	bool refused = v->google.oauth.failed == E_INTERNAL_ERROR;

	request_answer(rq, &(struct msg_healthy){ .ok = !refused,
	    .why = bytes_str(refused ? "Google refused the service's credentials" : "") });
}
