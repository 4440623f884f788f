/* actors/vertex/storage/object_delete.c - deletes an object, or a page of those below a prefix. What is
 * not there counts as deleted, so that repetitions do no harm.
 * Owns: a deletion from its request to its answer.
 * Fails: with what storage said of the first object that stayed.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/storage/objects.h"
#include "actors/vertex/storage/storage.h"

enum { DELETES_AT_ONCE = 8 };

struct deletion {
	struct vertex *v;
	struct request *rq;
	struct object object;
	json_t *names;			/* of the objects of this page */
	size_t at, under_way;
	bool more;
	uint32_t deleted;
	unsigned err;
	char why[256];
};

static void delete_on(struct deletion *d);

static void
deletion_end(struct deletion *d)
{
	if (d->err != 0)
		request_fail(d->rq, d->err, d->why);
	else
		request_answer(d->rq, &(struct msg_objects_deleted){ .objects = d->deleted, .all = !d->more });
	json_decref(d->names);
	free(d);
}

static void
on_deleted(void *arg, unsigned err, const char *detail)
{
	struct deletion *d = arg;

	d->under_way--;
	if (err == 0) {
		d->deleted++;
	} else if (d->err == 0) {
		d->err = err;
		snprintf(d->why, sizeof d->why, "%s", detail);
	}
	delete_on(d);
}

/* gs://bucket/ of the prefix, and the name. */
static void
delete_one(struct deletion *d, const char *name)
{
	const char *slash = strchr(d->object.uri + strlen("gs://"), '/');
	char uri[GS_URI_MAX + 1100];

	snprintf(uri, sizeof uri, "%.*s/%s", (int)(slash - d->object.uri), d->object.uri, name);
	d->under_way++;
	/* a list that holds others' names deletes nothing of theirs */
	if (strncmp(uri, d->object.uri, strlen(d->object.uri)) == 0)
		storage_delete(&d->v->google, &d->rq->ctx, uri, on_deleted, d);
	else
		on_deleted(d, E_STORAGE_ERROR, "the list names an object that lies elsewhere");
}

static void
delete_on(struct deletion *d)
{
	d->under_way++;			/* those that end at once do not end us */
	while (d->err == 0 && d->under_way <= DELETES_AT_ONCE && d->at < json_array_size(d->names))
		delete_one(d, json_string_value(json_array_get(d->names, d->at++)));
	if (--d->under_way == 0)
		deletion_end(d);
}

static void
on_listed(void *arg, unsigned err, const char *detail, const json_t *objects, bool more)
{
	struct deletion *d = arg;
	const json_t *object;
	size_t i;

	d->err = err;
	d->more = more;
	snprintf(d->why, sizeof d->why, "%s", detail);
	json_array_foreach((json_t *)(uintptr_t)objects, i, object)
		if (json_is_string(json_object_get(object, "name")))
			json_array_append(d->names, json_object_get(object, "name"));
	delete_on(d);
}

static void
on_only(void *arg, unsigned err, const char *detail)
{
	struct deletion *d = arg;

	d->err = err;
	d->deleted = 1;
	snprintf(d->why, sizeof d->why, "%s", detail);
	deletion_end(d);
}

void
on_objects_delete(void *state, struct request *rq)
{
	struct vertex *v = state;
	struct object object;
	struct deletion *d;

	if (!object_granted(v, rq, GRANT_DELETE, BYTES(""), rq->body.objects_delete.grant, &object))
		return;
	if ((d = calloc(1, sizeof *d)) == NULL || (d->names = json_array()) == NULL) {
		free(d);
		request_fail(rq, E_INTERNAL_ERROR, "memory is out");
		return;
	}
	d->v = v;
	d->rq = rq;
	d->object = object;
	if (object.uri[strlen(object.uri) - 1] == '/')
		storage_list(&v->google, &rq->ctx, d->object.uri, on_listed, d);
	else
		storage_delete(&v->google, &rq->ctx, d->object.uri, on_only, d);
}
