/* actors/front/pages.h - answers that are made once, at the start: the OpenAPI document and the
 * files of /api/docs. Each is there as it is and compressed, with its ETag.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_PAGES_H
#define STUDIOD_FRONT_PAGES_H

#include "proto/proto.h"

struct page {
	const char *path;		/* its row in routes.tbl.h */
	const char *type;		/* Content-Type */
	const char *cache;		/* Cache-Control */
	struct bytes plain, gzip, br;	/* they live as long as the process; br: or n is 0 */
	char tag[24];			/* a weak ETag */
};

/* Makes the document; before the process is confined. 0, or -1 when memory is out. */
int pages_init(void);
/* NULL where there is none. */
const struct page *page_of(const char *path);

#endif
