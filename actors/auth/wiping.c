/* actors/auth/wiping.c - free and realloc of this process: what is given back is wiped first.
 *
 * libjwt and jansson copy tokens and give the copies back as they are; libjwt 1.10 takes no
 * allocator. So the C library's own functions are stood in for, as it lets a program do.
 *
 * Owns: nothing. Fails: realloc, when memory is out; then the block is left as it was.
 * Licence: Apache-2.0. */
#ifndef __SANITIZE_ADDRESS__	/* the sanitizer has its own, and poisons what is freed */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* The C library's own. */
extern void __libc_free(void *p);

void
free(void *p)
{
	int err = errno;

	if (p == NULL)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	__libc_free(p);
	errno = err;
}

/* Never moves a block without wiping where it was. */
void *
realloc(void *p, size_t n)
{
	size_t had = p != NULL ? malloc_usable_size(p) : 0;
	void *to;

	if (p != NULL && n == 0) {
		free(p);
		return NULL;
	}
	if (p != NULL && n <= had && n >= had / 2)
		return p;
	if ((to = malloc(n)) == NULL)
		return NULL;
	if (p != NULL)
		memcpy(to, p, had < n ? had : n);
	free(p);
	return to;
}
#else
typedef int nothing_to_stand_in_for;
#endif
