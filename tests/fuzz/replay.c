/* tests/fuzz/replay.c - main of a fuzz target where there is no libFuzzer: feeds each
 * file it is given, then random changes of them for some seconds.
 *     fuzz_NAME SECONDS FILE...
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 64 << 10, FILES_MAX = 4096 };

struct input {
	uint8_t *p;
	size_t n;
};

static struct input
load(const char *path)
{
	struct input in = { calloc(1, INPUT_MAX), 0 };
	FILE *f = fopen(path, "rb");

	if (f == NULL || in.p == NULL) {
		fprintf(stderr, "cannot read seed %s\n", path);
		exit(2);
	}
	in.n = fread(in.p, 1, INPUT_MAX, f);
	fclose(f);
	return in;
}

/* Runs on memory of exactly its size, so that a sanitizer sees every step outside. */
static void
run(const uint8_t *p, size_t n)
{
	uint8_t *exact = malloc(n ? n : 1);

	memcpy(exact, p, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static void
mutate(const struct input *from, struct input *to)
{
	memcpy(to->p, from->p, from->n);
	to->n = from->n;
	for (int k = rand() % 8; k >= 0; k--) {
		size_t at = to->n ? (size_t)rand() % to->n : 0;
		switch (rand() % 5) {
		case 0:
			if (to->n)
				to->p[at] ^= (uint8_t)(1 << rand() % 8);
			break;
		case 1:
			if (to->n)
				to->p[at] = (uint8_t)rand();
			break;
		case 2:
			to->n = at;
			break;
		case 3:
			if (to->n < INPUT_MAX - 1) {
				memmove(to->p + at + 1, to->p + at, to->n - at);
				to->p[at] = (uint8_t)rand();
				to->n++;
			}
			break;
		default:
			if (to->n > 4)
				memcpy(to->p + at, "\xdd\xff\xff\xff", to->n - at < 4 ? to->n - at : 4);
		}
	}
}

int
main(int argc, char **argv)
{
	static struct input seeds[FILES_MAX];
	struct input work = { malloc(INPUT_MAX), 0 };
	size_t n = 0;
	unsigned long runs = 0;

	if (argc < 3 || work.p == NULL) {
		fprintf(stderr, "usage: %s SECONDS FILE...\n", argv[0]);
		return 2;
	}
	time_t until = time(NULL) + atoi(argv[1]);
	srand((unsigned)time(NULL));
	for (int i = 2; i < argc && n < FILES_MAX; i++, n++) {
		seeds[n] = load(argv[i]);
		run(seeds[n].p, seeds[n].n);
		runs++;
	}
	while (time(NULL) < until) {
		mutate(&seeds[(size_t)rand() % n], &work);
		run(work.p, work.n);
		runs++;
	}
	printf("%s: %zu seeds, %lu runs, no finding\n", argv[0], n, runs);
	for (size_t i = 0; i < n; i++)
		free(seeds[i].p);
	free(work.p);
	return 0;
}
