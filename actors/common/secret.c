/* actors/common/secret.c - see secret.h.
 * Licence: Apache-2.0. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "actors/common/secret.h"

static size_t
pages(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	return (n + 1 + page - 1) / page * page;
}

void *
secret_alloc(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = pages(n);
	char *p = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (mprotect(p + page, size, PROT_READ | PROT_WRITE) != 0) {
		munmap(p, size + 2 * page);
		return NULL;
	}
	madvise(p + page, size, MADV_DONTDUMP);
	madvise(p + page, size, MADV_WIPEONFORK);
	mlock(p + page, size);
	return p + page;
}

void
secret_free(void *p, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = pages(n);

	if (p == NULL)
		return;
	explicit_bzero(p, size);
	munmap((char *)p - page, size + 2 * page);
}
