/* tests/unit/test_charge.c - which models SQL is told for a request.
 * Licence: Apache-2.0. */
#include "unit.h"

#include "actors/db/charge.h"

static const char *
chains(const char *kind, const char *asked, const char *aliases)
{
	static char text[16384];
	struct buf b = { 0 };

	assert_int_equal(charge_models(&b, bytes_str(kind), bytes_str(asked), aliases), 0);
	assert_true(b.n < sizeof text);
	memcpy(text, b.p, b.n);
	text[b.n] = '\0';
	buf_free(&b);
	return text;
}

#define FAST "{\"model\":\"veo-3.1-fast-generate-001\",\"unit\":\"second\",\"micros\":150000,\"per\":1,\"lengths\":[4,6,8]}"
#define LITE "{\"model\":\"veo-3.1-lite-generate-001\",\"unit\":\"second\",\"micros\":80000,\"per\":1,\"lengths\":[4,6,8]}"
#define CHIRP "{\"model\":\"chirp-3-hd\",\"unit\":\"character\",\"micros\":30000,\"per\":1000,\"lengths\":[]}"

static void
a_model_and_those_that_would_take_its_place(void **unused)
{
	(void)unused;
	assert_string_equal(chains("VIDEO", "veo-3.0-fast-x", ""), "[[" FAST "," LITE "],[" FAST "," LITE "],[" FAST "," LITE "],[" FAST "," LITE "]]");
	assert_string_equal(chains("AUDIO", "", ""), "[[" CHIRP "],[" CHIRP "],[" CHIRP "],[" CHIRP "]]");
	assert_string_equal(chains("AUDIO", "house", "house=chirp"), chains("AUDIO", "", ""));
	/* each purpose has its own */
	assert_non_null(strstr(chains("IMAGE", "imagen-4.0-fast-x", ""), "[[{\"model\":\"gemini-3.1-flash-lite-image\""));
	assert_non_null(strstr(chains("IMAGE", "imagen-4.0-fast-x", ""), "],[{\"model\":\"gemini-nano-banana-2.1\""));
	assert_non_null(strstr(chains("IMAGE", "", ""), "],[{\"model\":\"imagen-4.0-upscale-preview\""));
}

static void
what_is_not_known_is_nothing(void **unused)
{
	(void)unused;
	assert_string_equal(chains("IMAGE", "\"nonesuch", ""), "[[],[],[],[]]");
	assert_string_equal(chains("VIDEO", "lyria-002", ""), "[[],[],[],[]]");
	assert_string_equal(chains("X", "", ""), "[[],[],[],[]]");
}

static void
limits_and_prices_are_json(void **unused)
{
	static const char song[] = "{\"model\":\"lyria-002\",\"mediaType\":\"MUSIC\",\"unit\":\"clip\",\"per\":1,\"micros\":60000}";
	struct buf b = { 0 };

	(void)unused;
	assert_int_equal(charge_limits(&b, &(struct charge_limits){ 1000000000000, 2, 0, 4 }), 0);
	assert_int_equal(b.n, strlen("{\"userMicros\":1000000000000,\"userGenerations\":2,\"projectMicros\":0,\"projectGenerations\":4}"));
	b.n = 0;
	assert_int_equal(charge_prices(&b), 0);
	assert_non_null(memmem(b.p, b.n, song, sizeof song - 1));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model_and_those_that_would_take_its_place),
		cmocka_unit_test(what_is_not_known_is_nothing),
		cmocka_unit_test(limits_and_prices_are_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
