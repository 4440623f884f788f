/* tests/unit/test_hashing.c - hashes are made and verified off the loop, in bounded number.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "actors/auth/hashing.h"

struct outcome {
	struct ev_loop *loop;
	int calls, want;
	bool ok;
	char hash[HASH_TEXT];
};

static void
on_done(void *arg, bool ok, const char *hash)
{
	struct outcome *o = arg;

	o->ok = ok;
	snprintf(o->hash, sizeof o->hash, "%s", hash);
	if (++o->calls == o->want)
		ev_break(o->loop, EVBREAK_ALL);
}

static void
made_hashes_verify(void **unused)
{
	struct outcome made = { .loop = ev_default_loop(0), .want = 1 }, checked = made;
	struct hashing *h = hashing_new(made.loop);

	(void)unused;
	assert_non_null(h);
	assert_int_equal(hashing_make(h, BYTES("Right-1 password"), on_done, &made), 0);
	ev_run(made.loop, 0);
	assert_true(made.ok);
	assert_memory_equal(made.hash, "$argon2id$", 10);
	assert_int_equal(hashing_verify(h, BYTES("Right-1 password"), made.hash, on_done, &checked), 0);
	ev_run(made.loop, 0);
	assert_true(checked.ok);
	checked.calls = 0;
	assert_int_equal(hashing_verify(h, BYTES("Wrong-1 password"), made.hash, on_done, &checked), 0);
	ev_run(made.loop, 0);
	assert_false(checked.ok);
	assert_int_equal(hashing_queued(h), 0);
	hashing_free(h);
}

static void
no_password_has_the_dummy(void **unused)
{
	struct outcome o = { .loop = ev_default_loop(0), .want = 1, .ok = true };
	struct hashing *h = hashing_new(o.loop);
	char dummy[HASH_TEXT];

	(void)unused;
	hashing_dummy(dummy);
	/* it is well formed, and costs what a real one costs: nothing would ask to hash anew */
	assert_int_equal(crypto_pwhash_str_needs_rehash(dummy, HASH_OPS, HASH_MEM), 0);
	assert_int_equal(hashing_verify(h, BYTES("anything"), dummy, on_done, &o), 0);
	ev_run(o.loop, 0);
	assert_false(o.ok);
	hashing_free(h);
}

static void
the_queue_is_bounded(void **unused)
{
	struct outcome o = { .loop = ev_default_loop(0) };
	struct hashing *h = hashing_new(o.loop);
	int taken = 0;

	(void)unused;
	/* what no hash is fails quickly: this is about the queue, not about argon2 */
	for (int i = 0; i < HASH_QUEUE + 10; i++) {
		int rc = hashing_verify(h, BYTES("x"), "no hash", on_done, &o);
		assert_true(rc == 0 || rc == -E_QUEUE_FULL);
		taken += rc == 0;
	}
	assert_int_equal(taken, HASH_QUEUE);
	o.want = taken;
	ev_run(o.loop, 0);
	assert_int_equal(o.calls, taken);
	hashing_free(h);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_hashes_verify),
		cmocka_unit_test(no_password_has_the_dummy),
		cmocka_unit_test(the_queue_is_bounded),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
