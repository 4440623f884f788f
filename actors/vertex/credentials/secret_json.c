/* actors/vertex/credentials/secret_json.c - see secret_json.h. jansson takes its memory from a stretch that is
 * given back as a whole; what it frees meanwhile stays until then.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/common/secret.h"
#include "actors/vertex/credentials/secret_json.h"

enum { ROOM = 1 << 20 };	/* locked; a key file takes a hundredth */

static struct { char *p; size_t at; } room;
static json_malloc_t before_malloc;
static json_free_t before_free;

static void *
room_take(size_t n)
{
	size_t taken = (n + 15) / 16 * 16;

	if (n > ROOM || taken > ROOM - room.at)
		return NULL;
	room.at += taken;
	return room.p + room.at - taken;
}

static void
room_keep(void *p)
{
	(void)p;
}

json_t *
secret_json_load(struct bytes text)
{
	if (text.n > SECRET_JSON_MAX || room.p != NULL)
		return NULL;
	room.p = secret_alloc(ROOM);
	if (room.p == NULL)
		return NULL;
	room.at = 0;
	json_get_alloc_funcs(&before_malloc, &before_free);
	json_set_alloc_funcs(room_take, room_keep);
	return json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
}

void
secret_json_free(json_t *json)
{
	if (room.p == NULL)
		return;
	json_decref(json);
	json_set_alloc_funcs(before_malloc, before_free);
	secret_free(room.p, ROOM);
	room.p = NULL;
}
