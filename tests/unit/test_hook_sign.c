/* tests/unit/test_hook_sign.c - signatures of webhooks, their secrets at rest, and the waits between
 * attempts.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <sodium.h>

#include "actors/common/encode.h"
#include "actors/common/hook_secret.h"
#include "actors/notifier/hook_sign.h"

static const char *
signature(const char *secret, const char *id, uint64_t at, const char *body)
{
	static struct buf out;
	struct buf key = { 0 };

	buf_free(&out);
	assert_int_equal(base64_decode(&key, secret, strlen(secret)), 0);
	assert_int_equal(hook_sign(&out, (const uint8_t *)key.p, key.n, id, at, bytes_str(body)), 0);
	buf_free(&key);
	return buf_text(&out);
}

/* The vector that the libraries of Standard Webhooks share; the second one was made with Python's hmac. */
static void
published_vectors(void **state)
{
	(void)state;
	assert_string_equal(signature("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"),
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	assert_string_equal(signature("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "msg_00000000000000000000000000000000", 0, ""), "v1,QlvseRjf7xSY1OfHEpVF3T4iPjHzQnN5tO3vhlR/A5o=");
}

static void
two_secrets_are_two_signatures(void **state)
{
	static const uint8_t one[HOOK_SECRET_BYTES] = { 1 }, two[HOOK_SECRET_BYTES] = { 2 };
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(hook_sign(&out, one, sizeof one, "msg_1", 5, BYTES("{}")), 0);
	assert_int_equal(hook_sign(&out, two, sizeof two, "msg_1", 5, BYTES("{}")), 0);
	const char *text = buf_text(&out), *second = strstr(text, " v1,");
	assert_int_equal(out.n, 2 * 47 + 1);
	assert_non_null(second);
	assert_memory_not_equal(text, second + 1, 47);
	buf_free(&out);
}

static void
message_ids(void **state)
{
	struct id id;
	char text[HOOK_ID_TEXT];

	(void)state;
	assert_true(id_parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", 36, &id));
	hook_message_id(&id, text);
	assert_string_equal(text, "msg_0190a1b2c3d47e5f8a9b0c1d2e3f4a5b");
}

/* ---- secrets at rest ---- */

static struct keyring
ring(const char *text)
{
	struct keyring k;
	const char *why;

	assert_int_equal(keyring_parse(bytes_str(text), &k, &why), 0);
	return k;
}

#define OLD "a-key-of-webhooks-of-32-bytes-00"
#define NEW "another-key-of-webhooks-32-bytes"

static void
a_secret_is_sealed_for_its_webhook(void **state)
{
	static const uint8_t secret[HOOK_SECRET_BYTES] = { 1, 2, 3 };
	struct keyring old = ring(OLD), both = ring("n:" NEW ",o:" OLD), new = ring(NEW);
	struct id a = { { 7 } }, b = { { 8 } };
	uint8_t sealed[HOOK_SEALED_BYTES], again[HOOK_SEALED_BYTES], out[HOOK_SECRET_BYTES];
	struct bytes s = bytes_of(sealed, sizeof sealed);

	(void)state;
	hook_secret_seal(&old, &a, secret, sealed);
	hook_secret_seal(&old, &a, secret, again);
	assert_memory_not_equal(sealed, again, sizeof sealed);
	assert_int_equal(hook_secret_open(&old, &a, s, out), 0);
	assert_memory_equal(out, secret, sizeof secret);
	assert_int_equal(hook_secret_open(&both, &a, s, out), 0);	/* the key was replaced, and is still there */
	assert_int_equal(hook_secret_open(&new, &a, s, out), -1);
	assert_int_equal(hook_secret_open(&old, &b, s, out), -1);
	assert_int_equal(hook_secret_open(&old, &a, bytes_of(sealed, sizeof sealed - 1), out), -1);
	assert_int_equal(hook_secret_open(&old, &a, bytes_of("", 0), out), -1);
	for (size_t i = 0; i < sizeof sealed; i++) {
		sealed[i] ^= 1;
		assert_int_equal(hook_secret_open(&old, &a, s, out), -1);
		sealed[i] ^= 1;
	}
}

static void
a_secret_as_its_owner_sees_it(void **state)
{
	uint8_t secret[HOOK_SECRET_BYTES];
	char text[HOOK_SECRET_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof secret; i++)
		secret[i] = (uint8_t)i;
	hook_secret_text(secret, text);
	assert_string_equal(text, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
}

/* ---- waits ---- */

static void
attempts_spread_over_a_day(void **state)
{
	uint64_t least = 0, most = 0, before = 0;

	(void)state;
	for (uint32_t tries = 1; tries < HOOK_TRIES; tries++) {
		uint64_t low = hook_after_ms(5000, tries, 0), high = hook_after_ms(5000, tries, UINT32_MAX);
		assert_true(low > before && low < high);
		assert_true(high <= low + low / 2);
		before = low;
		least += low;
		most += high;
	}
	assert_int_equal(hook_after_ms(5000, 1, 0), 4000);
	assert_true(hook_after_ms(5000, 1, UINT32_MAX) <= 6000);
	assert_true(least > 21ull * 3600000 && most < 33ull * 3600000);
	assert_true(hook_after_ms(600000, UINT32_MAX, UINT32_MAX) < 90ull * 86400000);
	assert_int_equal(hook_after_ms(5000, 0, 0), 4000);
}

static void
an_endpoint_is_held_ever_longer(void **state)
{
	(void)state;
	assert_int_equal(hook_hold_ms(1000, 0, 0), 800);
	assert_int_equal(hook_hold_ms(1000, 1, 0), 800);
	assert_int_equal(hook_hold_ms(1000, 2, 0), 1600);
	assert_int_equal(hook_hold_ms(1000, 5, 0), 12800);
	assert_int_equal(hook_hold_ms(1000, 7, 0), 48000);
	assert_int_equal(hook_hold_ms(1000, UINT32_MAX, 0), 48000);
	assert_true(hook_hold_ms(5000, UINT32_MAX, UINT32_MAX) <= 6 * 60000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors), cmocka_unit_test(two_secrets_are_two_signatures), cmocka_unit_test(message_ids),
		cmocka_unit_test(a_secret_is_sealed_for_its_webhook), cmocka_unit_test(a_secret_as_its_owner_sees_it),
		cmocka_unit_test(attempts_spread_over_a_day), cmocka_unit_test(an_endpoint_is_held_ever_longer),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
