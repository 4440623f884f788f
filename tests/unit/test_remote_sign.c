/* tests/unit/test_remote_sign.c - URLs that Google signs: who waits for which call, how many run at once,
 * what is tried again, and what is not asked for a while. Google, its tokens and the clock are played.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/common/backoff.h"
#include "actors/vertex/encode.h"
#include "actors/vertex/storage/remote_sign.h"

enum { CALLS = 6000 };

static struct {
	uint64_t now;
	unsigned ncalls;		/* all that were made; those with done != NULL are under way */
	struct { google_done *done; void *arg; struct buf body; } calls[CALLS];
	token_fn *token;		/* asked for, and not told yet */
	void *token_arg;
	unsigned tokens;
} st;
static struct google google;
static struct url_cache *cache;
static struct remote_sign r;
static struct ev_loop *loop;

struct asker {
	struct remote_waiter waiter;
	unsigned told, err;
	char url[2048], why[256];
	struct bytes then;		/* wanted when this one is told */
	struct asker *next;
};
static struct asker askers[REMOTE_WISHES_MAX + 8];

/* ---- Google ---- */

void
google_call_as(struct google *g, struct oauth *who, const struct ctx *ctx, const struct http_ask *ask, google_done *done, void *arg)
{
	assert_ptr_equal(g, &google);
	assert_ptr_equal(who, google.signs_as);
	assert_string_equal(ask->method, "POST");
	assert_string_equal(ask->url, "https://iam/v1/projects/-/serviceAccounts/a@b.c:signBlob");
	assert_false(ask->once);		/* a signature costs nothing, twice neither */
	assert_int_equal(ctx->deadline_ms, 0);
	assert_true(st.ncalls < CALLS);
	st.calls[st.ncalls].done = done;
	st.calls[st.ncalls].arg = arg;
	st.calls[st.ncalls++].body = *ask->body;
	*ask->body = (struct buf){ 0 };
}

static void
end(unsigned i, struct http_answer *a, unsigned err, const char *detail)
{
	google_done *done = st.calls[i].done;

	assert_true(i < st.ncalls);
	assert_non_null(done);
	st.calls[i].done = NULL;
	a->why = "";
	a->content_type = "";
	done(st.calls[i].arg, a, err, detail);
	buf_free(&a->body);
	buf_free(&st.calls[i].body);
}

static void
end_status(unsigned i, long status)
{
	end(i, &(struct http_answer){ .end = HTTP_ANSWERED, .status = status }, 0, "");
}

static void
end_signed(unsigned i)
{
	struct http_answer a = { .end = HTTP_ANSWERED, .status = 200 };
	uint8_t signature[256];

	memset(signature, 0xab, sizeof signature);
	buf_str(&a.body, "{\"signedBlob\":\"");
	base64_encode(&a.body, signature, sizeof signature, false);
	buf_str(&a.body, "\"}");
	end(i, &a, 0, "");
}

void
oauth_get(struct oauth *o, const struct ctx *ctx, token_fn *fn, void *arg)
{
	(void)ctx;
	assert_ptr_equal(o, &google.oauth);
	st.token = fn;
	st.token_arg = arg;
	st.tokens++;
}

uint64_t
oauth_now_s(const struct oauth *o)
{
	(void)o;
	return 1893456000;
}

uint64_t
now_ms(void)
{
	return st.now;
}

uint32_t
backoff_ms(uint64_t base_ms, uint32_t steps, uint32_t chance)
{
	(void)chance;
	assert_int_equal(base_ms, REMOTE_BACKOFF_MS);
	assert_true(steps >= 1 && steps < REMOTE_TRIES);
	return 1;
}

/* ---- those who ask ---- */

static void want(struct asker *a, struct bytes key);

static void
on_told(struct remote_waiter *w, const char *url, unsigned err, const char *detail)
{
	struct asker *a = (struct asker *)w;

	assert_int_equal(a->told++, 0);
	assert_int_equal(url != NULL, err == 0);
	a->err = err;
	snprintf(a->url, sizeof a->url, "%s", url != NULL ? url : "(none)");
	snprintf(a->why, sizeof a->why, "%s", detail);
	if (a->next != NULL)
		want(a->next, a->then);
}

static void
want(struct asker *a, struct bytes key)
{
	static const struct ctx ctx = { .deadline_ms = 7, .request_id = "r" };

	a->waiter = (struct remote_waiter){ .told = on_told };
	remote_sign_want(&r, &ctx, key, &a->waiter);
}

static struct bytes
key_of(unsigned i)
{
	static char keys[4][40];
	static unsigned at;
	char *key = keys[at++ % 4];

	return bytes_of(key, (size_t)snprintf(key, sizeof keys[0], "gs://bucket/o%u.png\nboat %u", i, i));
}

/* Lets timers end, until so many calls were made. */
static void
run_to(unsigned ncalls)
{
	for (int i = 0; st.ncalls < ncalls && i < 5000; i++) {
		ev_sleep(0.001);
		ev_run(loop, EVRUN_NOWAIT);
	}
	assert_int_equal(st.ncalls, ncalls);
}

static int
fresh(void **unused)
{
	(void)unused;
	memset(&st, 0, sizeof st);
	memset(askers, 0, sizeof askers);
	st.now = 1000000;
	memset(&google, 0, sizeof google);
	google.signs_as = &google.source;
	google.oauth.email = google.oauth.credentials.email;
	google.oauth.credentials.type = "metadata";
	snprintf(google.oauth.credentials.email, sizeof google.oauth.credentials.email, "a@b.c");
	snprintf(google.storage, sizeof google.storage, "https://storage");
	snprintf(google.iam, sizeof google.iam, "https://iam");
	cache = url_cache_new();
	remote_sign_init(&r, &google, loop, cache, 100);
	return 0;
}

static int
release(void **unused)
{
	(void)unused;
	remote_sign_fini(&r);
	url_cache_free(cache);
	for (unsigned i = 0; i < st.ncalls; i++)
		buf_free(&st.calls[i].body);
	return 0;
}

/* ---- */

static void
one_call_serves_all_who_wait_for_a_url(void **unused)
{
	const char *kept;

	(void)unused;
	want(&askers[0], key_of(1));
	want(&askers[1], key_of(2));
	want(&askers[2], key_of(1));
	want(&askers[3], BYTES("gs://bucket/o1.png\nanother name"));
	assert_int_equal(st.ncalls, 3);
	assert_int_equal(askers[0].told, 0);
	end_signed(0);
	assert_int_equal(askers[0].told + askers[2].told, 2);
	assert_int_equal(askers[1].told + askers[3].told, 0);
	assert_string_equal(askers[0].url, askers[2].url);
	assert_memory_equal(askers[0].url, "https://storage/bucket/o1.png?", 30);
	assert_non_null(strstr(askers[0].url, "&response-content-disposition=inline%3B%20filename%3D%22boat%201.png%22&X-Goog-Signature=abab"));
	kept = url_cache_get(cache, key_of(1), st.now + 49999);
	assert_non_null(kept);
	assert_string_equal(kept, askers[0].url);
	assert_null(url_cache_get(cache, key_of(1), st.now + 50000));	/* half its life */
	end_signed(2);
	end_signed(1);
	assert_non_null(strstr(askers[3].url, "another%20name.png"));
	assert_int_equal(r.signed_total, 3);
	assert_int_equal(r.wishes, 0);
	assert_int_equal(r.calls, 0);
}

static void
what_is_signed_is_asked_for_in_base64(void **unused)
{
	struct buf plain = { 0 };
	const char *text;

	(void)unused;
	want(&askers[0], key_of(1));
	text = buf_text(&st.calls[0].body);
	assert_memory_equal(text, "{\"payload\":\"", 12);
	assert_int_equal(base64_decode(&plain, text + 12, strcspn(text + 12, "\"")), 0);
	assert_memory_equal(buf_text(&plain), "GOOG4-RSA-SHA256\n20300101T000000Z\n20300101/auto/storage/goog4_request\n", 69);
	buf_free(&plain);
	end_signed(0);
}

static void
some_run_at_once_and_the_others_in_order(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < REMOTE_CALLS_MAX + 3; i++)
		want(&askers[i], key_of(i));
	assert_int_equal(st.ncalls, REMOTE_CALLS_MAX);
	end_signed(5);
	assert_int_equal(st.ncalls, REMOTE_CALLS_MAX + 1);
	end_signed(REMOTE_CALLS_MAX);		/* the one that came then: the first of the queue */
	assert_int_equal(askers[REMOTE_CALLS_MAX].told, 1);
	for (unsigned i = 0; i < REMOTE_CALLS_MAX + 3; i++)
		if (st.calls[i].done != NULL)
			end_signed(i);
	for (unsigned i = 0; i < REMOTE_CALLS_MAX + 3; i++)
		assert_int_equal(askers[i].told, 1);
	assert_int_equal(r.wishes, 0);
}

static void
there_are_only_so_many(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < REMOTE_WISHES_MAX; i++)
		want(&askers[i], key_of(i));
	want(&askers[REMOTE_WISHES_MAX], key_of(REMOTE_WISHES_MAX));
	assert_int_equal(askers[REMOTE_WISHES_MAX].told, 1);
	assert_int_equal(askers[REMOTE_WISHES_MAX].err, E_SERVICE_UNAVAILABLE);
	want(&askers[REMOTE_WISHES_MAX + 1], key_of(7));	/* that is no more */
	assert_int_equal(askers[REMOTE_WISHES_MAX + 1].told, 0);
	for (unsigned i = 0; i < REMOTE_WISHES_MAX; i++)
		end_signed(i);
	assert_int_equal(askers[REMOTE_WISHES_MAX + 1].told, 1);
	assert_int_equal(askers[REMOTE_WISHES_MAX + 1].err, 0);
	assert_int_equal(r.signed_total, REMOTE_WISHES_MAX);
}

static void
a_busy_google_is_asked_again(void **unused)
{
	(void)unused;
	want(&askers[0], key_of(1));
	end_status(0, 503);
	assert_int_equal(askers[0].told, 0);
	run_to(2);
	end(1, &(struct http_answer){ .end = HTTP_CUT }, 0, "");
	run_to(3);
	end_signed(2);
	assert_int_equal(askers[0].err, 0);
	assert_memory_equal(askers[0].url, "https://", 8);
}

static void
what_goes_on_failing_is_told_to_all_and_not_asked_for_a_moment(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < REMOTE_CALLS_MAX + 2; i++)
		want(&askers[i], key_of(i));
	for (unsigned i = 0; i < REMOTE_TRIES - 1; i++) {
		end_status(i == 0 ? 0 : REMOTE_CALLS_MAX + i - 1, 503);
		run_to(REMOTE_CALLS_MAX + i + 1);
	}
	end_status(REMOTE_CALLS_MAX + REMOTE_TRIES - 2, 503);
	for (unsigned i = 0; i < REMOTE_CALLS_MAX + 2; i++) {	/* it, and those that had not begun */
		bool over = i == 0 || i >= REMOTE_CALLS_MAX;
		assert_int_equal(askers[i].told, over);
		assert_int_equal(askers[i].err, over ? E_SERVICE_UNAVAILABLE : 0);
	}
	end_signed(1);						/* what is under way may still go well */
	assert_int_equal(askers[1].err, 0);
	unsigned n = st.ncalls;
	st.now += REMOTE_PAUSE_MS - 1;
	want(&askers[REMOTE_CALLS_MAX + 2], key_of(900));
	assert_int_equal(askers[REMOTE_CALLS_MAX + 2].err, E_SERVICE_UNAVAILABLE);
	assert_non_null(strstr(askers[REMOTE_CALLS_MAX + 2].why, "Try again"));
	want(&askers[REMOTE_CALLS_MAX + 3], key_of(2));		/* that one is under way */
	assert_int_equal(askers[REMOTE_CALLS_MAX + 3].told, 0);
	assert_int_equal(st.ncalls, n);
	st.now += 1;
	want(&askers[REMOTE_CALLS_MAX + 4], key_of(901));
	assert_int_equal(st.ncalls, n + 1);
}

static void
what_is_refused_is_not_tried_again(void **unused)
{
	static const struct { long status; const char *why; } cases[] = { { 403, "Service Account Token Creator" }, { 404, "does not know" }, { 400, "refused" },
		{ 200, "could not be read" } };

	(void)unused;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		want(&askers[i], key_of(i));
		end_status(i, cases[i].status);
		assert_int_equal(askers[i].told, 1);
		assert_int_equal(askers[i].err, E_STORAGE_ERROR);
		assert_non_null(strstr(askers[i].why, cases[i].why));
		assert_null(url_cache_get(cache, key_of(i), st.now));
		st.now += REMOTE_PAUSE_MS;
	}
	want(&askers[8], key_of(8));
	end(4, &(struct http_answer){ 0 }, E_INTERNAL_ERROR, "our credentials are refused");
	assert_int_equal(askers[8].err, E_STORAGE_ERROR);
	assert_string_equal(askers[8].why, "our credentials are refused");
	assert_int_equal(st.ncalls, 5);
}

static void
an_object_that_is_none_costs_no_call_and_no_other(void **unused)
{
	const char *kept;

	(void)unused;
	want(&askers[0], BYTES("gs://bucket\nboat"));
	assert_int_equal(askers[0].told, 1);
	assert_int_equal(askers[0].err, 0);
	assert_string_equal(askers[0].url, "");
	kept = url_cache_get(cache, BYTES("gs://bucket\nboat"), st.now);
	assert_non_null(kept);
	assert_string_equal(kept, "");
	assert_null(url_cache_get(cache, BYTES("gs://bucket\nboat"), st.now + URL_CACHE_REFUSED_MS));
	want(&askers[1], key_of(1));
	assert_int_equal(st.ncalls, 1);
	end_signed(0);
	assert_int_equal(askers[1].err, 0);
	assert_int_equal(r.signed_total, 1);
}

static void
the_account_of_the_metadata_server_comes_with_the_first_token(void **unused)
{
	char *email = google.oauth.credentials.email;

	(void)unused;
	email[0] = '\0';
	want(&askers[0], key_of(0));
	assert_int_equal(st.tokens, 1);
	assert_int_equal(st.ncalls, 0);
	st.token(st.token_arg, NULL, E_UPSTREAM_BUSY, "come back");
	assert_int_equal(askers[0].err, E_SERVICE_UNAVAILABLE);
	st.now += REMOTE_PAUSE_MS;
	want(&askers[1], key_of(1));
	st.token(st.token_arg, NULL, E_INTERNAL_ERROR, "refused");
	assert_int_equal(askers[1].err, E_STORAGE_ERROR);
	st.now += REMOTE_PAUSE_MS;
	want(&askers[2], key_of(2));
	st.token(st.token_arg, "token", 0, "");			/* a machine without an account */
	assert_int_equal(askers[2].err, E_STORAGE_ERROR);
	assert_non_null(strstr(askers[2].why, "names no service account"));
	st.now += REMOTE_PAUSE_MS;
	want(&askers[3], key_of(3));
	snprintf(email, sizeof google.oauth.credentials.email, "a@b.c");
	st.token(st.token_arg, "token", 0, "");
	end_signed(0);
	assert_int_equal(askers[3].err, 0);
	want(&askers[4], key_of(4));
	assert_int_equal(st.tokens, 4);				/* it is known now */
	end_signed(1);
}

static void
who_nobody_signs_for_is_told_at_once(void **unused)
{
	(void)unused;
	google.oauth.credentials.type = "authorized_user";
	google.oauth.credentials.email[0] = '\0';
	want(&askers[0], key_of(0));
	assert_int_equal(askers[0].err, E_STORAGE_ERROR);
	assert_non_null(strstr(askers[0].why, "let it impersonate one"));
	assert_int_equal(st.tokens + st.ncalls, 0);
}

/* Being told, one may ask for more: the same again, another, or what is refused at once. */
static void
who_is_told_may_ask_again(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < REMOTE_CALLS_MAX + 1; i++)
		want(&askers[i], key_of(i));
	askers[0].next = &askers[100];
	askers[0].then = BYTES("gs://bucket/o0.png\nboat 0");
	end_signed(0);
	assert_int_equal(st.ncalls, REMOTE_CALLS_MAX + 1);	/* behind the one that waited */
	askers[1].next = &askers[101];
	askers[1].then = BYTES("gs://bucket/new.png");
	end_status(1, 403);
	assert_int_equal(askers[100].err, E_STORAGE_ERROR);	/* it waited */
	assert_int_equal(askers[101].err, E_STORAGE_ERROR);	/* nothing is asked for now */
	for (unsigned i = 2; i < st.ncalls; i++)
		end_signed(i);
	assert_int_equal(r.wishes, 0);
	assert_int_equal(r.calls, 0);
}

static void
an_end_tells_nobody_and_keeps_nothing(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < REMOTE_CALLS_MAX + 5; i++)
		want(&askers[i], key_of(i % 34));
	end_status(0, 503);		/* its timer runs */
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, release)
	const struct CMUnitTest tests[] = {
		CASE(one_call_serves_all_who_wait_for_a_url),
		CASE(what_is_signed_is_asked_for_in_base64),
		CASE(some_run_at_once_and_the_others_in_order),
		CASE(there_are_only_so_many),
		CASE(a_busy_google_is_asked_again),
		CASE(what_goes_on_failing_is_told_to_all_and_not_asked_for_a_moment),
		CASE(what_is_refused_is_not_tried_again),
		CASE(an_object_that_is_none_costs_no_call_and_no_other),
		CASE(the_account_of_the_metadata_server_comes_with_the_first_token),
		CASE(who_nobody_signs_for_is_told_at_once),
		CASE(who_is_told_may_ask_again),
		CASE(an_end_tells_nobody_and_keeps_nothing),
	};

	loop = ev_loop_new(EVFLAG_AUTO);
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	ev_loop_destroy(loop);
	return rc;
}
