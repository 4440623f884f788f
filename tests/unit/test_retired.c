/* tests/unit/test_retired.c - what is remembered of models that Google does not have.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/retired.h"

static void
for_an_hour_and_a_project(void **state)
{
	const struct model *m = model_by_id(BYTES("lyria-002")), *other = model_by_id(BYTES("veo-3.1-generate-001"));
	struct retired r = { .next = 0 };

	(void)state;
	assert_false(retired_is(&r, m, BYTES(""), 1));
	retired_add(&r, m, BYTES(""), 1);
	assert_true(retired_is(&r, m, BYTES(""), RETIRED_MS));
	assert_false(retired_is(&r, m, BYTES(""), RETIRED_MS + 1));
	assert_false(retired_is(&r, m, BYTES("p"), 2));		/* that project may have it */
	assert_false(retired_is(&r, other, BYTES(""), 2));
	retired_add(&r, m, BYTES(""), RETIRED_MS + 1);
	assert_true(retired_is(&r, m, BYTES(""), RETIRED_MS + 2));
	assert_int_equal(r.next, 1);				/* it took no second place */
}

static void
the_oldest_is_forgotten(void **state)
{
	const struct model *m = model_by_id(BYTES("lyria-002"));
	struct retired r = { .next = 0 };
	char name[80];

	(void)state;
	for (unsigned i = 0; i <= RETIRED_MAX; i++) {
		snprintf(name, sizeof name, "p%u", i);
		retired_add(&r, m, bytes_str(name), 1);
	}
	assert_false(retired_is(&r, m, BYTES("p0"), 2));
	assert_true(retired_is(&r, m, BYTES("p1"), 2));
	assert_true(retired_is(&r, m, bytes_str(name), 2));
	memset(name, 'x', sizeof name - 1);			/* longer than a project can be */
	retired_add(&r, m, bytes_str(name), 1);
	assert_false(retired_is(&r, m, bytes_str(name), 2));
	assert_true(retired_is(&r, m, BYTES("p1"), 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(for_an_hour_and_a_project),
		cmocka_unit_test(the_oldest_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
