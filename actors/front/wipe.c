/* actors/front/wipe.c - see wipe.h.
 * Owns: nothing. Fails: only at the start.
 * Licence: Apache-2.0. */
#include <dlfcn.h>
#include <h2o.h>

#include "actors/front/wipe.h"

static void (*give_back)(h2o_buffer_t *);

int
wipe_init(void)
{
	*(void **)&give_back = dlsym(RTLD_NEXT, "h2o_buffer__do_free");
	return give_back != NULL ? 0 : -1;
}

void
h2o_buffer__do_free(h2o_buffer_t *b)
{
	explicit_bzero(b->_buf, b->capacity);
	give_back(b);
}
