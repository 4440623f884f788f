/* vertex.c - what the Vertex AI models share: the model table, and the way to a verb.
 * Owns:  the model table, and the list of ids that --gone takes away.
 * Fails: by leaving a google.rpc.Status in the request.
 *
 * A new method is a row in verbs[], its models are rows in models.tbl.h with a family
 * of their own, its work a file. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "errors.h"
#include "handlers.h"
#include "settings.h"
#include "vertex.h"

#define REGIONS	"us-central1 us-east1 us-east4 us-east5 us-south1 " \
    "us-west1 us-west4 northamerica-northeast1 southamerica-east1 europe-west1 " \
    "europe-west2 europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 " \
    "europe-central2 europe-north1 europe-southwest1 asia-east1 asia-east2 " \
    "asia-northeast1 asia-northeast3 asia-south1 asia-southeast1 australia-southeast1 " \
    "me-central1 me-central2 me-west1"

static const struct model models[] = {
#define MODEL(id, family, abilities, most, sizes, seconds, locations, retired) \
	{ id, family, abilities, most, sizes, seconds, locations, retired },
#include "models.tbl.h"
};

static const char locations[] = REGIONS " global us eu";

static const struct {
	const char	*name;
	enum family	 family;
	bool		 predicts;	/* body is {instances, parameters, labels} */
	void		(*call)(struct request *, struct vertex *);
} verbs[] = {
	{ "predict", IMAGEN, true, imagen_predict },
	{ "predict", LYRIA, true, lyria_predict },
	{ "predictLongRunning", VEO, true, veo_start },
	{ "fetchPredictOperation", VEO, false, veo_fetch },
	{ "generateContent", GEMINI_IMAGE, false, gemini_image_make },
	{ "streamGenerateContent", GEMINI_IMAGE, false, gemini_image_make },
	{ "generateContent", GEMINI_SPEECH, false, gemini_speech_make },
	{ "streamGenerateContent", GEMINI_SPEECH, false, gemini_speech_make },
};

static char *gone;	/* words separated by spaces */

void
vertex_gone(const char *ids)
{
	char *p;

	free(gone);
	gone = ids ? xstrdup(ids) : NULL;
	for (p = gone; p != NULL && *p != '\0'; p++)
		if (*p == ',')
			*p = ' ';
}

bool
vertex_is_gone(const char *id)
{
	return gone != NULL && word_in(gone, id);
}

bool
vertex_location_known(const char *location)
{
	return word_in(locations, location);
}

void
vertex_not_found(struct request *r, const char *project, const char *location,
    const char *id)
{
	error_rpc(r, 404, "Publisher Model `projects/%s/locations/%s/publishers/google/"
	    "models/%s` was not found or your project does not have access to it. "
	    "Please ensure you are using a valid model version. For more information, "
	    "see: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/"
	    "model-versions", project, location, id);
}

/* ---- checking ---- */

void
vertex_problem(struct request *r, const struct problem *why)
{
	error_field(r, why->field, why->message);
}

int
vertex_refuse(struct request *r, const char *field, const char *fmt, ...)
{
	struct problem	 why;
	char		 text[400];
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	problem_set(&why, field, "%s", text);
	vertex_problem(r, &why);
	return -1;
}

int
vertex_wrong(struct request *r, const char *where, const char *text)
{
	return vertex_refuse(r, where, "%s: %s", where, text);
}

int
vertex_check(struct request *r, const json_t *j, const struct field *table,
    const char *where)
{
	struct problem why;

	if (check_object(j, table, where, &why) == 0)
		return 0;
	vertex_problem(r, &why);
	return -1;
}

double
vertex_number(const json_t *obj, const char *key, double otherwise)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_number(v) ? json_number_value(v) : otherwise;
}

bool
vertex_bool(const json_t *obj, const char *key, bool otherwise)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

/* ---- the call ---- */

static const struct model *
model_find(const char *id)
{
	size_t i;

	for (i = 0; i < COUNT(models); i++)
		if (strcmp(models[i].id, id) == 0)
			return &models[i];
	return NULL;
}

static bool
model_served(const struct model *m, const char *location)
{
	if (m == NULL || vertex_is_gone(m->id) ||
	    (m->retired && setting(SET_retired) != 0))
		return false;
	return word_in(m->locations, location);
}

static const struct field envelope[] = {
	{ .name = "instances", .kind = F_ANY, .flags = F_REQUIRED },
	{ .name = "parameters", .kind = F_ANY },
	{ .name = "labels", .kind = F_MAP },
	{ 0 }
};

static int
envelope_open(struct request *r, struct vertex *v)
{
	json_t	*instances = json_object_get(r->json, "instances"), *p;

	if (vertex_check(r, r->json, envelope, "") < 0)
		return -1;
	if (!json_is_array(instances) || json_array_size(instances) != 1 ||
	    !json_is_object(json_array_get(instances, 0)))
		return vertex_refuse(r, "instances", "Exactly one instance is required, and it must "
		    "be an object.");
	v->instance = json_array_get(instances, 0);
	if ((p = json_object_get(r->json, "parameters")) == NULL) {
		p = json_object();
		json_object_set_new(r->json, "parameters", p);
	}
	v->parameters = p;
	return 0;
}

static void
verb_call(struct request *r, struct vertex *v, const char *verb)
{
	size_t i;
	bool known = false;

	for (i = 0; i < COUNT(verbs); i++) {
		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		known = true;
		if (verbs[i].family != v->model->family)
			continue;
		if (!verbs[i].predicts || envelope_open(r, v) == 0)
			verbs[i].call(r, v);
		return;
	}
	if (known)
		error_rpc(r, 400, "The model %s does not support the method %s.",
		    v->model->id, verb);
	else
		error_html(r, 404);
}

/* args: 0 project, 1 location (both may be absent), 2 "model:verb" */
void
vertex_call(struct request *r)
{
	char		*colon = strrchr(r->args[2], ':');
	char		 first[40] = "global";
	struct vertex	 v = { .project = r->args[0] ? r->args[0] : account_project(),
			    .location = r->args[1] ? r->args[1] : first };

	if (colon == NULL || !vertex_location_known(v.location)) {
		error_html(r, 404);
		return;
	}
	*colon = '\0';
	v.model = model_find(r->args[2]);
	v.streams = strcmp(colon + 1, "streamGenerateContent") == 0;
	if (v.model != NULL)
		snprintf(first, sizeof first, "%.*s", (int)strcspn(v.model->locations, " "),
		    v.model->locations);
	if (!model_served(v.model, v.location))
		vertex_not_found(r, v.project, v.location, r->args[2]);
	else
		verb_call(r, &v, colon + 1);
}
