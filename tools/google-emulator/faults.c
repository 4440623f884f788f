/* faults.c - what should go wrong: the faults that are armed, and which one strikes.
 * Owns:  the list of armed faults.
 * Fails: a malformed fault is refused with a sentence. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "errors.h"
#include "faults.h"
#include "http.h"

#define ARMED_MAX	256

struct armed {
	json_int_t	 id;
	char		*path;		/* substring or service name, or NULL for any */
	char		*prompt;	/* substring, or NULL for any */
	json_int_t	 times;		/* left; -1 for ever */
	json_int_t	 skip;		/* so many matches pass unharmed first */
	json_int_t	 hits;
	json_t		*form;		/* the "fault" object as given */
	struct fault	 fault;
};

static struct armed	 armed[ARMED_MAX];
static size_t		 n_armed;
static json_int_t	 next_id = 1;
static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- what arms one ---- */

static const struct field match_fields[] = {
	{ .name = "path", .kind = F_STRING, .max = 1000 },
	{ .name = "prompt", .kind = F_STRING, .max = 1000 },
	{ 0 }
};
static const struct field body_fields[] = {
	{ .name = "match", .kind = F_OBJECT, .sub = match_fields },
	{ .name = "times", .kind = F_INT, .min = -1, .max = 1e9 },
	{ .name = "skip", .kind = F_INT, .min = 0, .max = 1e9 },
	{ .name = "fault", .kind = F_OBJECT, .sub = fault_fields, .flags = F_REQUIRED },
	{ 0 }
};

/* ---- picking ---- */

static bool
armed_matches(const struct armed *a, const char *service, const char *path,
    const char *prompt)
{
	if (a->times == 0)
		return false;
	if (a->path != NULL && strcmp(a->path, service) != 0 &&
	    strstr(path, a->path) == NULL)
		return false;
	return a->prompt == NULL || strstr(prompt, a->prompt) != NULL;
}

void
faults_pick(const char *service, const char *path, const char *prompt,
    struct fault *out)
{
	size_t i;

	memset(out, 0, sizeof *out);
	if (strcmp(service, "control") == 0)
		return;
	pthread_mutex_lock(&lock);
	for (i = 0; i < n_armed; i++) {
		if (!armed_matches(&armed[i], service, path, prompt))
			continue;
		if (armed[i].skip > 0) {
			armed[i].skip--;
			continue;
		}
		if (armed[i].times > 0)
			armed[i].times--;
		armed[i].hits++;
		*out = armed[i].fault;
		break;
	}
	pthread_mutex_unlock(&lock);
	if (!out->active)
		fault_read_prompt(prompt, out);
}

/* ---- the control endpoint ---- */

static json_t *
armed_json(const struct armed *a)
{
	json_t *match = json_object();

	if (a->path != NULL)
		json_object_set_new(match, "path", json_string(a->path));
	if (a->prompt != NULL)
		json_object_set_new(match, "prompt", json_string(a->prompt));
	return json_pack("{s:I, s:o, s:I, s:I, s:I, s:O}", "id", a->id, "match", match,
	    "times", a->times, "skip", a->skip, "hits", a->hits, "fault", a->form);
}

static void
armed_free(struct armed *a)
{
	free(a->path);
	free(a->prompt);
	json_decref(a->form);
	memset(a, 0, sizeof *a);
}

/* Spent faults make room for new ones. */
static void
armed_compact(void)
{
	size_t i, kept = 0;

	for (i = 0; i < n_armed; i++) {
		if (armed[i].times == 0)
			armed_free(&armed[i]);
		else
			armed[kept++] = armed[i];
	}
	n_armed = kept;
}

void
faults_http_get(struct request *r)
{
	json_t	*list = json_array();
	size_t	 i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < n_armed; i++)
		json_array_append_new(list, armed_json(&armed[i]));
	pthread_mutex_unlock(&lock);
	reply_json(r, 200, json_pack("{s:o}", "faults", list));
}

void
faults_http_post(struct request *r)
{
	const json_t	*match = json_object_get(r->json, "match");
	const json_t	*times = json_object_get(r->json, "times");
	struct armed	*a = NULL;
	struct fault	 fault;
	struct problem	 why;
	json_t		*answer;

	if (check_object(r->json, body_fields, "", &why) < 0) {
		error_rpc(r, 400, "%s", why.message);
		return;
	}
	if (fault_read(json_object_get(r->json, "fault"), &fault) < 0) {
		error_rpc(r, 400, "fault.blocked is neither a boolean nor a block reason");
		return;
	}
	pthread_mutex_lock(&lock);
	if (n_armed == ARMED_MAX)
		armed_compact();
	if (n_armed < ARMED_MAX) {
		a = &armed[n_armed++];
		a->id = next_id++;
		a->path = json_text(match, "path") ? xstrdup(json_text(match, "path")) : NULL;
		a->prompt = json_text(match, "prompt") ?
		    xstrdup(json_text(match, "prompt")) : NULL;
		a->times = times != NULL ? (json_int_t)json_number_value(times) : 1;
		a->skip = (json_int_t)json_number_value(json_object_get(r->json, "skip"));
		a->hits = 0;
		a->form = json_deep_copy(json_object_get(r->json, "fault"));
		a->fault = fault;
	}
	answer = a != NULL ? armed_json(a) : NULL;
	pthread_mutex_unlock(&lock);
	if (answer == NULL)
		error_rpc(r, 429, "%d faults are armed already; DELETE some", ARMED_MAX);
	else
		reply_json(r, 200, answer);
}

void
faults_http_delete(struct request *r)
{
	faults_fini();
	reply_json(r, 200, json_pack("{s:[]}", "faults"));
}

void
faults_fini(void)
{
	pthread_mutex_lock(&lock);
	while (n_armed > 0)
		armed_free(&armed[--n_armed]);
	pthread_mutex_unlock(&lock);
}
