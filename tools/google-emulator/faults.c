/* faults.c - what should go wrong: asked for over HTTP, or inside a prompt.
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

/* ---- what a fault may say ---- */

static const struct field op_error_fields[] = {
	{ .name = "code", .kind = F_INT, .min = 1, .max = 16, .flags = F_REQUIRED },
	{ .name = "message", .kind = F_STRING, .max = 199 },
	{ 0 }
};
static const struct field fault_fields[] = {
	{ .name = "status", .kind = F_INT, .min = 200, .max = 599 },
	{ .name = "message", .kind = F_STRING, .max = 199 },
	{ .name = "delay_ms", .kind = F_NUMBER, .max = 600000 },
	{ .name = "cut", .kind = F_BOOL },
	{ .name = "work", .kind = F_BOOL },
	{ .name = "truncate", .kind = F_INT, .min = 1, .max = 1e12 },
	{ .name = "slow_bytes_per_s", .kind = F_NUMBER, .min = 1, .max = 1e12 },
	{ .name = "wrong_json", .kind = F_BOOL },
	{ .name = "filter", .kind = F_ANY },
	{ .name = "blocked", .kind = F_BOOL },
	{ .name = "operation_error", .kind = F_OBJECT, .sub = op_error_fields },
	{ 0 }
};
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

static void
fault_read(const json_t *j, struct fault *f)
{
	const json_t	*filter = json_object_get(j, "filter");
	const json_t	*op = json_object_get(j, "operation_error");
	const json_t	*work = json_object_get(j, "work");
	const char	*message = json_text(op ? op : j, "message");

	memset(f, 0, sizeof *f);
	f->active = true;
	f->status = (int)json_number_value(json_object_get(j, "status"));
	f->delay_ms = json_number_value(json_object_get(j, "delay_ms"));
	f->cut = json_is_true(json_object_get(j, "cut"));
	f->wrong_json = json_is_true(json_object_get(j, "wrong_json"));
	f->truncate = (int64_t)json_number_value(json_object_get(j, "truncate"));
	f->slow_bytes_per_s = json_number_value(json_object_get(j, "slow_bytes_per_s"));
	f->filter = json_is_true(filter) ? -1 : (int)json_number_value(filter);
	f->blocked = json_is_true(json_object_get(j, "blocked"));
	f->op_code = (int)json_number_value(json_object_get(op, "code"));
	/* An error status stands for work not done; a cut answer for work done
	 * whose answer was lost. "work" turns either around. */
	f->idle = work != NULL ? json_is_false(work) : f->status != 0;
	if (message != NULL)
		snprintf(f->message, sizeof f->message, "%s", message);
}

/* ---- prompt magic ---- */

static void
magic_word(const char *word, struct fault *f)
{
	int	n;
	double	d;

	f->active = true;
	if (strcmp(word, "filter") == 0)
		f->filter = -1;
	else if (sscanf(word, "filter=%d", &n) == 1 && n > 0)
		f->filter = n;
	else if (strcmp(word, "blocked") == 0)
		f->blocked = true;
	else if (strcmp(word, "fail") == 0)
		f->op_code = 13;
	else if (sscanf(word, "fail=%d", &n) == 1 && n >= 1 && n <= 16)
		f->op_code = n;
	else if (strcmp(word, "cut") == 0)
		f->cut = true;
	else if (strcmp(word, "wrong_json") == 0)
		f->wrong_json = true;
	else if (sscanf(word, "slow=%lf", &d) == 1 && d > 0 && d <= 600000)
		f->delay_ms = d;
	else if (sscanf(word, "truncate=%d", &n) == 1 && n > 0)
		f->truncate = n;
	else if (sscanf(word, "%d", &n) == 1 && n >= 400 && n <= 599) {
		f->status = n;
		f->idle = true;
	}
}

static void
magic_read(const char *prompt, struct fault *f)
{
	static const char	 open[] = "[emulator:";
	const char		*at = prompt;
	char			 word[40];

	while ((at = strstr(at, open)) != NULL) {
		size_t n;

		at += sizeof open - 1;
		n = strcspn(at, "]");
		if (at[n] == ']' && n < sizeof word) {
			memcpy(word, at, n);
			word[n] = '\0';
			magic_word(word, f);
		}
	}
}

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
		magic_read(prompt, out);
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
	struct problem	 why;
	json_t		*answer;

	if (check_object(r->json, body_fields, "", &why) < 0) {
		error_rpc(r, 400, "%s", why.message);
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
		fault_read(a->form, &a->fault);
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
