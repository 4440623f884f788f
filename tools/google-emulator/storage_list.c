/* storage_list.c - the storage JSON API: the names of a bucket, page by page.
 * Owns:  nothing; objects.c keeps the names.
 * Fails: in the storage dialect of errors.c. */
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "gcs_uri.h"
#include "handlers.h"
#include "storage.h"

#define PAGE_MAX	1000

struct listing {
	char		*bucket, *prefix, *delimiter;
	size_t		 limit;
	json_t		*found;		/* names, in order */
	json_t		*prefixes;	/* as keys */
	char		*skip;		/* everything below this prefix is listed already */
	char		*next;		/* first name of the next page */
};

static size_t
listing_size(const struct listing *l)
{
	return json_array_size(l->found) + json_object_size(l->prefixes);
}

/* One name: skipped, folded into a prefix, listed, or the start of the next page. */
static bool
listing_take(void *cls, const char *name)
{
	struct listing	*l = cls;
	size_t		 plen = strlen(l->prefix);
	const char	*cut;

	if (strncmp(name, l->prefix, plen) != 0)
		return strcmp(name, l->prefix) < 0;	/* past the prefix: done */
	if (l->skip != NULL && strncmp(name, l->skip, strlen(l->skip)) == 0)
		return true;
	if (listing_size(l) == l->limit) {
		l->next = xstrdup(name);
		return false;
	}
	cut = l->delimiter[0] ? strstr(name + plen, l->delimiter) : NULL;
	if (cut == NULL) {
		json_array_append_new(l->found, json_string(name));
		return true;
	}
	free(l->skip);
	l->skip = xstrndup(name, (size_t)(cut - name) + strlen(l->delimiter));
	json_object_set_new(l->prefixes, l->skip, json_true());
	return true;
}

static json_t *
listing_items(struct request *r, const struct listing *l)
{
	json_t	*items = json_array(), *name;
	size_t	 i;

	json_array_foreach(l->found, i, name) {
		json_t *j = object_get(l->bucket, json_string_value(name));

		if (j != NULL) {	/* it may have gone meanwhile */
			storage_links_add(r, j);
			json_array_append_new(items, j);
		}
	}
	return items;
}

static void
listing_reply(struct request *r, const struct listing *l)
{
	json_t		*out = json_pack("{s:s}", "kind", "storage#objects");
	json_t		*items = listing_items(r, l), *prefixes = json_array(), *v;
	const char	*key;
	char		*token;

	json_object_foreach(l->prefixes, key, v)
		json_array_append_new(prefixes, json_string(key));
	if (json_array_size(items) > 0)
		json_object_set(out, "items", items);
	if (json_array_size(prefixes) > 0)
		json_object_set(out, "prefixes", prefixes);
	json_decref(items);
	json_decref(prefixes);
	if (l->next != NULL) {
		token = base64_encode_url(l->next, strlen(l->next));
		json_object_set_new(out, "nextPageToken", json_string(token));
		free(token);
	}
	reply_json(r, 200, out);
}

static char *
query_or_empty(struct request *r, const char *name)
{
	char *s = request_query(r, name);

	return s ? s : xstrdup("");
}

void
storage_list(struct request *r)
{
	struct listing	 l = { .bucket = r->args[0], .limit = PAGE_MAX };
	char		*max = query_or_empty(r, "maxResults");
	char		*token = query_or_empty(r, "pageToken");
	char		*from = query_or_empty(r, "startOffset");
	unsigned char	*start = NULL;
	size_t		 n = 0;

	l.prefix = query_or_empty(r, "prefix");
	l.delimiter = query_or_empty(r, "delimiter");
	if (atoi(max) > 0 && atoi(max) < PAGE_MAX)
		l.limit = (size_t)atoi(max);
	if (!bucket_name_valid(l.bucket)) {
		error_storage(r, 400, "invalid", "Invalid bucket name: '%s'", l.bucket);
	} else if (base64_decode(token, strlen(token), &start, &n) < 0 ||
	    strlen((char *)start) != n) {
		error_storage(r, 400, "invalid", "Invalid page token");
	} else {
		l.found = json_array();
		l.prefixes = json_object();
		objects_walk(l.bucket, n > 0 ? (char *)start :
		    strcmp(from, l.prefix) > 0 ? from : l.prefix, listing_take, &l);
		listing_reply(r, &l);
		json_decref(l.found);
		json_decref(l.prefixes);
	}
	free(start);
	free(l.skip);
	free(l.next);
	free(l.prefix);
	free(l.delimiter);
	free(max);
	free(token);
	free(from);
}
