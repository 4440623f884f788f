/* tests/unit/test_frame.c - what frame_check lets through, and what it stops early.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "proto/frame.h"

struct sample {
	const char *what;
	const char *bytes;
	size_t n;
	bool good;
};
#define S(what, text, good) { what, text, sizeof(text) - 1, good }

static const struct sample samples[] = {
	S("nil", "\xc0", true),
	S("small array", "\x93\x01\xa1x\xc4\x01y", true),
	S("depth at the bound", "\x91\x91\x91\x91\x01", true),
	S("depth over the bound", "\x91\x91\x91\x91\x91\x01", false),
	S("nothing", "", false),
	S("two values", "\x01\x02", false),
	S("map", "\x81\x01\x02", false),
	S("float", "\xcb\0\0\0\0\0\0\0\0", false),
	S("extension", "\xd4\x01\x02", false),
	S("never used byte", "\xc1", false),
	S("array of 4 billion", "\xdd\xff\xff\xff\xff\x01", false),
	S("text of 4 billion", "\xdb\xff\xff\xff\xffxx", false),
	S("bytes one too long", "\xc4\x03xy", false),
	S("cut length", "\xda\x01", false),
	S("cut array", "\x92\x01", false),
	S("negative number", "\xff", true),
	S("widest number", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", true),
};

static void
samples_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		char *exact = malloc(samples[i].n + 1);
		memcpy(exact, samples[i].bytes, samples[i].n);
		exact = realloc(exact, samples[i].n ? samples[i].n : 1);
		const char *why = frame_check(exact, samples[i].n);
		if ((why == NULL) != samples[i].good)
			fail_msg("%s: %s", samples[i].what, why != NULL ? why : "passed");
		free(exact);
	}
}

/* The first error sticks, and later reads give zero values. */
static void
errors_stick(void **state)
{
	struct cursor c = { (const unsigned char *)"\xa1x\x05", (const unsigned char *)"\xa1x\x05" + 3, NULL };

	(void)state;
	assert_int_equal(cur_uint(&c, 9), 0);
	assert_non_null(c.err);
	const char *first = c.err;
	assert_int_equal(cur_str(&c, 9).n, 0);
	assert_int_equal(cur_uint(&c, 9), 0);
	assert_ptr_equal(c.err, first);
}

static void
skip_takes_whole_values(void **state)
{
	const char bytes[] = "\x92\x91\xa1x\xc4\x01y\x05";
	struct cursor c = { (const unsigned char *)bytes, (const unsigned char *)bytes + sizeof bytes - 1, NULL };

	(void)state;
	cur_skip(&c);
	assert_int_equal(cur_uint(&c, 9), 5);
	assert_null(c.err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_judged),
		cmocka_unit_test(errors_stick),
		cmocka_unit_test(skip_takes_whole_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
