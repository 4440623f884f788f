/* storage_xml.c - the XML-style paths of storage: signed URLs and nothing else.
 * Owns:  nothing.
 * Fails: in XML. */
#include <string.h>

#include "errors.h"
#include "handlers.h"
#include "signed_url.h"
#include "storage.h"

static void
xml_read(struct request *r)
{
	json_t	*j;
	int	 rc;

	if (!signed_url_ok(r) || !storage_names_ok(r, r->args[0], r->args[1]))
		return;
	if (strcmp(r->method, "DELETE") == 0) {
		if ((rc = object_delete(r->args[0], r->args[1], NULL)) < 0)
			storage_reply_code(r, rc);
		else
			reply_empty(r, 204);
		return;
	}
	j = object_get(r->args[0], r->args[1]);
	if (j == NULL)
		storage_reply_code(r, OBJ_MISSING);
	else
		storage_reply_bytes(r, j);
	json_decref(j);
}

/* PUT and POST were verified when their headers came; what is left is the end. */
void
xml_call(struct request *r)
{
	if (r->route->body == BODY_STREAM)
		upload_end(r);
	else
		xml_read(r);
}
