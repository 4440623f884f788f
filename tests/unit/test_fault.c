/* tests/unit/test_fault.c - memory runs out at every single point of a conversation over
 * a link, one after the other: no crash, no leak, no answer twice; and with memory again
 * the next conversation works. (The way of mpack's fault tests.)
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "proto/link.h"

static long allocations_left = -1;	/* -1: no limit */
static unsigned answered;

void *__real_calloc(size_t n, size_t size);
void *__real_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t n);

static bool
memory_is_out(void)
{
	if (allocations_left < 0)
		return false;
	if (allocations_left == 0)
		return true;
	allocations_left--;
	return false;
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return memory_is_out() ? NULL : __real_calloc(n, size);
}

void *
__wrap_malloc(size_t n)
{
	return memory_is_out() ? NULL : __real_malloc(n);
}

static uint64_t
stopped_clock(void)
{
	return 1;
}

static void
on_sign(void *state, struct request *rq)
{
	(void)state;
	request_answer(rq, &(struct msg_signed_urls){ .urls = { rq->body.sign_urls.grants.v, rq->body.sign_urls.grants.n } });
}

static void
on_answer(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	(void)arg;
	(void)detail;
	answered++;
	if (err == 0)
		assert_int_equal(body->signed_urls.urls.n, 3);
}

static int
carry(struct link *from, struct link *to)
{
	const char *why = NULL;
	struct bytes b = link_write_next(from);

	if (b.n == 0)
		return 0;
	char *room = link_read_room(to, b.n);
	if (room == NULL)
		return -1;
	memcpy(room, b.p, b.n);
	link_write_done(from, b.n);
	return link_read_done(to, b.n, &why);
}

/* One question and its answer. True when it came through whole. */
static bool
converse(void)
{
	static const struct route routes[] = { { MSG_sign_urls, on_sign } };
	static const struct link_hooks hooks = { NULL, NULL, stopped_clock };
	static const struct bytes grants[] = { { "a", 1 }, { "bb", 2 }, { "ccc", 3 } };
	static const struct ctx ctx = { .deadline_ms = 1000, .request_id = "r" };
	struct link front, vertex;
	bool through = false;

	answered = 0;
	if (link_init(&front, EDGE_front_vertex, ROLE_front, ROLE_vertex, NULL, 0, NULL, &hooks) != 0)
		return false;
	if (link_init(&vertex, EDGE_front_vertex, ROLE_vertex, ROLE_front, routes, 1, NULL, &hooks) == 0) {
		link_up(&front, 0, 1);
		link_up(&vertex, 0, 1);
		int64_t id = link_call(&front, &ctx, MSG_sign_urls,
		    &(struct msg_sign_urls){ .ticket = BYTES("t"), .grants = { grants, 3 } }, CALL_AGAIN, on_answer, NULL);
		if (id > 0) {
			through = carry(&front, &vertex) == 0 && carry(&vertex, &front) == 0 && answered == 1;
			link_down(&front);
			link_down(&vertex);
		}
		link_fini(&vertex);
		link_fini(&front);
		assert_int_equal(answered, id > 0 ? 1 : 0);	/* exactly once, whatever failed */
		return through;
	}
	link_fini(&front);
	return false;
}

static void
every_allocation_may_fail(void **state)
{
	long points = 0;

	(void)state;
	for (;; points++) {
		allocations_left = points;
		bool through = converse();
		allocations_left = -1;
		assert_true(converse());
		if (through)
			break;
		assert_true(points < 1000);
	}
	assert_true(points > 5);	/* the test did reach the allocations */
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_allocation_may_fail) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
