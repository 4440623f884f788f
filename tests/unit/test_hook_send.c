/* tests/unit/test_hook_send.c - one attempt at a webhook, with a name server and a receiver that this test
 * plays: libcurl asks the getaddrinfo below. Whatever a name leads to, no connection is made to
 * an address that is not public; and of an answer no more is read than its bounds allow.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include "actors/common/clock.h"
#include "actors/common/encode.h"
#include "actors/notifier/hook_send.h"
#include "tests/unit/hook_server.h"

/* ---- the name server ---- */

static struct {
	const char *addresses[4];	/* what every name leads to now */
	unsigned asked;
} names;

static struct addrinfo *
answer(const char *text, unsigned port)
{
	struct { struct addrinfo ai; union { struct sockaddr_in in; struct sockaddr_in6 in6; } u; } *p = calloc(1, sizeof *p);
	bool six = strchr(text, ':') != NULL;

	p->ai = (struct addrinfo){ .ai_family = six ? AF_INET6 : AF_INET, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP,
		.ai_addrlen = six ? sizeof p->u.in6 : sizeof p->u.in, .ai_addr = (struct sockaddr *)&p->u };
	p->ai.ai_addr->sa_family = (sa_family_t)p->ai.ai_family;
	if (six)
		p->u.in6.sin6_port = htons((uint16_t)port);
	else
		p->u.in.sin_port = htons((uint16_t)port);
	assert_int_equal(inet_pton(p->ai.ai_family, text, six ? (void *)&p->u.in6.sin6_addr : (void *)&p->u.in.sin_addr), 1);
	return &p->ai;
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	struct addrinfo **at = out;

	(void)node;
	(void)hints;
	*out = NULL;
	names.asked++;
	for (size_t i = 0; i < COUNT(names.addresses) && names.addresses[i] != NULL; i++) {
		*at = answer(names.addresses[i], service != NULL ? (unsigned)strtoul(service, NULL, 10) : 0);
		at = &(*at)->ai_next;
	}
	return *out != NULL ? 0 : EAI_NONAME;
}

void
freeaddrinfo(struct addrinfo *ai)
{
	while (ai != NULL) {
		struct addrinfo *next = ai->ai_next;
		free(ai);
		ai = next;
	}
}

/* ---- an attempt ---- */

static struct webhook_rules rules;
static struct hook_sender sender;
static struct hook_outcome got;
static bool over;

static void
on_over(void *arg, const struct hook_outcome *o)
{
	(void)arg;
	got = *o;
	over = true;
}

static void
on_late(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
	fail_msg("no end");
}

/* To a host of that name, at the server's port. */
static void
attempt(const char *host, bool loopback, uint32_t timeout_ms)
{
	struct hook_head head = { .id = "msg_1", .signature = "v1,x", .at = 7 };
	struct buf body = { 0 };
	char url[200];
	ev_timer late;

	rules.loopback = loopback;
	assert_int_equal(hook_sender_init(&sender, ev_default_loop(0), &rules, timeout_ms), 0);
	snprintf(url, sizeof url, "http%s://%s:%u/hook?a=b", loopback ? "" : "s", host, hook_server.port);
	assert_int_equal(buf_str(&body, "{\"a\":1}"), 0);
	over = false;
	assert_int_equal(hook_send(&sender, url, &head, &body, on_over, NULL), 0);
	assert_null(body.p);
	ev_timer_init(&late, on_late, 20., 0.);
	ev_timer_start(ev_default_loop(0), &late);
	while (!over)
		ev_run(ev_default_loop(0), EVRUN_ONCE);
	ev_timer_stop(ev_default_loop(0), &late);
	hook_sender_fini(&sender);
}

static void
leads_to(const char *one, const char *two)
{
	memset(&names, 0, sizeof names);
	names.addresses[0] = one;
	names.addresses[1] = two;
}

static const char *const fine[] = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" };

static void
what_is_sent(void **state)
{
	(void)state;
	hook_server_start(fine, 1);
	leads_to("127.0.0.1", NULL);
	attempt("hooks.test", true, 5000);
	assert_true(got.ok && !got.gone && got.status == 200);
	assert_string_equal(got.why, "");
	assert_memory_equal(hook_server.last, "POST /hook?a=b HTTP/1.1\r\n", 25);
	assert_string_equal(hook_server_field("content-type"), "application/json");
	assert_string_equal(hook_server_field("webhook-id"), "msg_1");
	assert_string_equal(hook_server_field("webhook-timestamp"), "7");
	assert_string_equal(hook_server_field("webhook-signature"), "v1,x");
	assert_string_equal(hook_server_field("expect"), "");
	assert_string_equal(strstr(hook_server.last, "\r\n\r\n") + 4, "{\"a\":1}");
	assert_int_equal(names.asked > 0, 1);
}

/* The name was fine when the webhook was made; what it leads to is looked at when the socket is. */
static void
no_answer_of_a_name_server_leads_inside(void **state)
{
	static const char *const inside[] = { "127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.1.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
		"224.0.0.1", "255.255.255.255", "168.63.129.16", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1",
		"fe80::1", "fd00:ec2::254", "fec0::1", "ff02::1" };

	(void)state;
	hook_server_start(fine, 1);
	for (size_t i = 0; i < COUNT(inside); i++) {
		leads_to(inside[i], i % 2 == 0 ? "10.0.0.2" : NULL);
		attempt("hooks.test", false, 5000);
		assert_false(got.ok);
		assert_int_equal(got.status, 0);
		if (strncmp(got.why, "The host's name leads to a", 26) != 0)
			fail_msg("%s: %s", inside[i], got.why);
	}
	leads_to("10.0.0.1", "fd00::1");	/* this machine alone is what a test may allow */
	attempt("hooks.test", true, 5000);
	assert_false(got.ok);
	assert_int_equal(hook_server.connections, 0);
}

/* Of several addresses those that may not be are passed over. */
static void
each_address_is_looked_at(void **state)
{
	(void)state;
	hook_server_start(fine, 1);
	leads_to("10.0.0.1", "127.0.0.1");
	attempt("hooks.test", true, 5000);
	assert_true(got.ok);
	assert_int_equal(hook_server.connections, 1);
}

static void
what_an_answer_means(void **state)
{
	static const struct { const char *answer; bool ok, gone; unsigned status, after; const char *why; } rows[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true, false, 200, 0, "" },
		{ "HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n", true, false, 299, 0, "" },
		{ "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", false, false, 302, 0, "The answer was 302: redirects are not followed" },
		{ "HTTP/1.1 308 There\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n", false, false, 308, 0, "The answer was 308: redirects are not followed" },
		{ "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", false, true, 410, 0, "The answer was 410" },
		{ "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", false, false, 401, 0, "The answer was 401" },
		{ "HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n", false, false, 429, 120, "The answer was 429" },
		{ "HTTP/1.1 503 Later\r\nRetry-After: 99999999\r\nContent-Length: 0\r\n\r\n", false, false, 503, 86400, "The answer was 503" },
		{ "HTTP/1.1 500 Oops\r\nRetry-After: -5\r\nContent-Length: 0\r\n\r\n", false, false, 500, 0, "The answer was 500" },
		{ NULL, false, false, 0, 0, "The connection broke" },
	};

	(void)state;
	leads_to("127.0.0.1", NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		hook_server_start(&rows[i].answer, 1);
		attempt("hooks.test", true, 5000);
		assert_int_equal(got.ok, rows[i].ok);
		assert_int_equal(got.gone, rows[i].gone);
		assert_int_equal(got.status, rows[i].status);
		assert_int_equal(got.retry_after_s, rows[i].after);
		assert_string_equal(got.why, rows[i].why);
		assert_int_equal(hook_server.requests, 1);
	}
}

/* Neither an endless answer nor none, nor one that is no HTTP. */
static void
answers_have_bounds(void **state)
{
	static char big[400000];
	const char *const flood = big, *const silence = "", *const noise = "SSH-2.0-hello\r\n";
	int n = snprintf(big, sizeof big, "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");

	(void)state;
	leads_to("127.0.0.1", NULL);
	memset(big + n, 'x', sizeof big - 1 - (size_t)n);
	hook_server_start(&flood, 1);
	attempt("hooks.test", true, 5000);
	assert_true(got.ok);
	n = snprintf(big, sizeof big, "HTTP/1.1 200 OK\r\n");
	while (n < 300000)
		n += snprintf(big + n, sizeof big - (size_t)n, "X-%d: %0999d\r\n", n, 0);
	attempt("hooks.test", true, 5000);
	assert_false(got.ok);
	assert_string_equal(got.why, "The answer's head is too long");
	hook_server_start(&silence, 1);
	attempt("hooks.test", true, 300);
	assert_string_equal(got.why, "There was no answer within 300 ms");
	hook_server_start(&noise, 1);
	attempt("hooks.test", true, 5000);
	assert_false(got.ok);
	leads_to(NULL, NULL);
	attempt("hooks.test", true, 5000);
	assert_string_equal(got.why, "The host's name leads nowhere");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent), cmocka_unit_test(no_answer_of_a_name_server_leads_inside), cmocka_unit_test(each_address_is_looked_at),
		cmocka_unit_test(what_an_answer_means), cmocka_unit_test(answers_have_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
