/* tests/unit/test_router.c - paths and methods to endpoints, 405s, aliases.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/api.h"
#include "actors/front/bind.h"
#include "actors/front/router.h"

/* The table names its handlers; which one it found is all that counts here. */
#define HANDLER(name) void name(struct exchange *x) { (void)x; }
HANDLER(on_ask)
HANDLER(on_generate)
HANDLER(on_healthz)
HANDLER(on_readyz)

static void
requests_find_their_endpoints(void **state)
{
	static const struct { const char *method, *path; void (*on)(struct exchange *); unsigned msg; const char *allowed, *id; } cases[] = {
		{ "POST", "/api/auth/login", on_ask, MSG_auth_login, "POST, OPTIONS", "" },
		{ "GET", "/api/auth/login", NULL, MSG_none, "POST, OPTIONS", "" },
		{ "GET", "/api/projects", on_ask, MSG_project_list, "GET, POST, HEAD, OPTIONS", "" },
		{ "HEAD", "/api/projects", on_ask, MSG_project_list, "GET, POST, HEAD, OPTIONS", "" },
		{ "POST", "/api/projects", on_ask, MSG_project_create, "GET, POST, HEAD, OPTIONS", "" },
		{ "DELETE", "/api/projects", NULL, MSG_none, "GET, POST, HEAD, OPTIONS", "" },
		{ "GET", "/api/projects/", on_ask, MSG_project_list, "GET, POST, HEAD, OPTIONS", "" },
		{ "GET", "/api/projects/42", on_ask, MSG_project_get, "GET, HEAD, OPTIONS", "42" },
		{ "GET", "/api/api/projects/42", on_ask, MSG_project_get, "GET, HEAD, OPTIONS", "42" },
		{ "GET", "/api/api/projects", on_ask, MSG_project_list, "GET, POST, HEAD, OPTIONS", "" },
		{ "GET", "/api/api/api/projects", NULL, MSG_none, "", "" },
		{ "GET", "/api/projects/42/x", NULL, MSG_none, "", "" },
		{ "GET", "/api/projects//", NULL, MSG_none, "", "" },
		{ "GET", "/api/media/history", on_ask, MSG_generation_list, "GET, HEAD, OPTIONS", "" },
		{ "GET", "/api/media/7", on_ask, MSG_generation_get, "GET, HEAD, OPTIONS", "7" },
		{ "GET", "/api/media/image", NULL, MSG_none, "POST, OPTIONS", "" },
		{ "POST", "/api/media/image", on_generate, MSG_none, "POST, OPTIONS", "" },
		{ "GET", "/healthz", on_healthz, MSG_none, "GET, HEAD, OPTIONS", "" },
		{ "GET", "/api/health", on_healthz, MSG_none, "GET, HEAD, OPTIONS", "" },
		{ "PROPFIND", "/healthz", NULL, MSG_none, "GET, HEAD, OPTIONS", "" },
		{ "GET", "/", NULL, MSG_none, "", "" },
		{ "GET", "", NULL, MSG_none, "", "" },
		{ "GET", "/api", NULL, MSG_none, "", "" },
		{ "GET", "/API/projects", NULL, MSG_none, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct path_params params;
		unsigned allowed;
		char text[64] = "";
		const struct endpoint *e = router_find(method_of(cases[i].method, strlen(cases[i].method)),
		    cases[i].path, strlen(cases[i].path), &params, &allowed);
		if ((e != NULL ? e->on : NULL) != cases[i].on || (e != NULL ? e->msg : MSG_none) != cases[i].msg)
			fail_msg("%s %s finds the wrong endpoint", cases[i].method, cases[i].path);
		if (allowed != 0)
			router_methods(allowed, text);
		assert_string_equal(text, cases[i].allowed);
		assert_true(bytes_eq(params.n > 0 ? params.v[0].value : BYTES(""), cases[i].id));
		assert_true(params.n == 0 || bytes_eq(params.v[0].name, "id"));
	}
}

static void
every_route_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < endpoint_count; i++) {
		const struct endpoint *e = &endpoints[i];
		struct path_params params;
		unsigned allowed;
		assert_ptr_equal(router_find(e->method, e->path, strlen(e->path), &params, &allowed), e);
		assert_true(e->method != HTTP_POST || e->body != BODY_none);
		assert_true(e->who == PUBLIC || e->limit != LIMIT_none);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_find_their_endpoints),
		cmocka_unit_test(every_route_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
