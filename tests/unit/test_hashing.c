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

/* Known answers: of crypt_blowfish's own tests, whose two other kinds agree for it. */
static void
bcrypt_verifies_and_is_replaced(void **unused)
{
	static const struct { const char *hash, *password; bool ok; } rows[] = {
		{ "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", true },
		{ "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", true },
		{ "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", true },
		{ "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*V", false },
		{ "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", false },
		{ "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe", "U*U", false },
		{ "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", false },	/* hours */
		{ "$2a$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", false },
		{ "$2a$0:$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", false },
		{ "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO*W", "U*U", false },
		{ "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "password", false },
		{ "$2", "", false }, { "", "", false },
	};
	struct outcome o = { .loop = ev_default_loop(0), .want = 1 }, again = o;
	struct hashing *h = hashing_new(o.loop);

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		o.calls = 0;
		assert_int_equal(hashing_verify(h, bytes_str(rows[i].password), rows[i].hash, on_done, &o), 0);
		ev_run(o.loop, 0);
		if (o.ok != rows[i].ok)
			fail_msg("%s", rows[i].hash);
		assert_int_equal(strncmp(o.hash, "$argon2id$", 10) == 0, rows[i].ok);
		if (!rows[i].ok)
			continue;
		again.calls = 0;
		assert_int_equal(hashing_verify(h, bytes_str(rows[i].password), o.hash, on_done, &again), 0);
		ev_run(o.loop, 0);
		assert_true(again.ok);
		assert_string_equal(again.hash, "");		/* nothing is better */
	}
	hashing_free(h);
}

static void
a_weaker_argon2_is_replaced(void **unused)
{
	struct outcome o = { .loop = ev_default_loop(0), .want = 1 };
	struct hashing *h = hashing_new(o.loop);
	char weak[HASH_TEXT];

	(void)unused;
	assert_int_equal(crypto_pwhash_str_alg(weak, "pw", 2, 1, 8192, crypto_pwhash_ALG_ARGON2ID13), 0);
	assert_int_equal(hashing_verify(h, BYTES("pw"), weak, on_done, &o), 0);
	ev_run(o.loop, 0);
	assert_true(o.ok);
	assert_int_equal(crypto_pwhash_str_needs_rehash(o.hash, HASH_OPS, HASH_MEM), 0);
	hashing_free(h);
}

static double
wrong_takes(struct hashing *h, struct outcome *o, const char *hash)
{
	double began;

	o->calls = 0;
	ev_now_update(o->loop);
	began = ev_time();
	assert_int_equal(hashing_verify(h, BYTES("Wrong-1 password"), hash, on_done, o), 0);
	ev_run(o->loop, 0);
	assert_false(o->ok);
	return ev_time() - began;
}

static void
wrong_passwords_take_as_long_as_the_slower_kind(void **unused)
{
	static const char slow[] = "$2a$11$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
	    quick[] = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
	struct outcome o = { .loop = ev_default_loop(0), .want = 1 };
	struct hashing *h = hashing_new(o.loop);
	char dummy[HASH_TEXT];
	double argon, bcrypt;

	(void)unused;
	hashing_dummy(dummy);
	argon = wrong_takes(h, &o, dummy);
	assert_true(wrong_takes(h, &o, quick) > argon / 2);	/* by itself it takes a few milliseconds */
	for (int i = 0; i < 8; i++)				/* what it takes is learned */
		bcrypt = wrong_takes(h, &o, slow);
	assert_true(wrong_takes(h, &o, dummy) > bcrypt / 2);
	hashing_free(h);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_hashes_verify),
		cmocka_unit_test(no_password_has_the_dummy),
		cmocka_unit_test(the_queue_is_bounded),
		cmocka_unit_test(bcrypt_verifies_and_is_replaced),
		cmocka_unit_test(a_weaker_argon2_is_replaced),
		cmocka_unit_test(wrong_passwords_take_as_long_as_the_slower_kind),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
