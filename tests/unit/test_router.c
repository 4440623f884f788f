/* tests/unit/test_router.c - paths and methods to endpoints, 405s, aliases.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "tests/unit/unit.h"

#include "actors/front/api.h"
#include "actors/front/bind.h"
#include "actors/front/router.h"
#include "actors/front/statuses.h"

/* The table names its handlers; which one it found is all that counts here. */
#define HANDLER(name) void name(struct exchange *x) { (void)x; }
HANDLER(on_ask)
HANDLER(on_generate)
HANDLER(on_models)
HANDLER(on_content)
HANDLER(on_download)
HANDLER(on_upload)
HANDLER(on_event_stream)
HANDLER(on_reset_password)
HANDLER(on_healthz)
HANDLER(on_page)
HANDLER(on_socket)
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
		{ "GET", "/api/projects/42", on_ask, MSG_project_get, "GET, PATCH, DELETE, HEAD, OPTIONS", "42" },
		{ "GET", "/api/api/projects/42", on_ask, MSG_project_get, "GET, PATCH, DELETE, HEAD, OPTIONS", "42" },
		{ "DELETE", "/api/projects/42", on_ask, MSG_project_delete, "GET, PATCH, DELETE, HEAD, OPTIONS", "42" },
		{ "PATCH", "/api/users/profile", on_ask, MSG_profile_change, "GET, PATCH, HEAD, OPTIONS", "" },
		{ "DELETE", "/api/users/profile", NULL, MSG_none, "GET, PATCH, HEAD, OPTIONS", "" },
		{ "PATCH", "/api/users/42", on_ask, MSG_user_change, "GET, PATCH, DELETE, HEAD, OPTIONS", "42" },
		{ "GET", "/api/api/projects", on_ask, MSG_project_list, "GET, POST, HEAD, OPTIONS", "" },
		{ "GET", "/api/api/api/projects", NULL, MSG_none, "", "" },
		{ "GET", "/api/projects/42/x", NULL, MSG_none, "", "" },
		{ "GET", "/api/projects//", NULL, MSG_none, "", "" },
		{ "GET", "/api/media/history", on_ask, MSG_generation_list, "GET, HEAD, OPTIONS", "" },
		{ "GET", "/api/media/7", on_ask, MSG_generation_get, "GET, DELETE, HEAD, OPTIONS", "7" },
		{ "POST", "/api/media/7/cancel", on_ask, MSG_generation_cancel, "POST, OPTIONS", "7" },
		{ "GET", "/api/media/image", NULL, MSG_none, "POST, OPTIONS", "" },
		{ "POST", "/api/media/image", on_generate, MSG_none, "POST, OPTIONS", "" },
		{ "POST", "/api/files/upload", on_upload, MSG_none, "POST, OPTIONS", "" },
		{ "GET", "/api/files/signed-url", on_ask, MSG_file_url, "GET, HEAD, OPTIONS", "" },
		{ "GET", "/api/media/7/results/8/content", on_content, MSG_none, "GET, HEAD, OPTIONS", "7" },
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
	assert_true(endpoint_count <= ENDPOINTS_MAX);
	for (size_t i = 0; i < endpoint_count; i++) {
		const struct endpoint *e = &endpoints[i];
		struct path_params params;
		unsigned allowed;
		assert_ptr_equal(router_find(e->method, e->path, strlen(e->path), &params, &allowed), e);
		assert_true(e->method != HTTP_POST || e->body != BODY_none || e->answer == ANSWER_socket);
		assert_true(e->who == PUBLIC || e->limit != LIMIT_none);
		assert_true(strlen(e->summary) > 0);
	}
}

static void
rows_mean_statuses(void **state)
{
	static const struct { struct endpoint e; const char *statuses; } cases[] = {
		{ { .method = HTTP_GET, .path = "/x", .status = 200, .errors = "" }, "200 304 400 406 414 431 500 503 504" },
		{ { .method = HTTP_GET, .path = "/x/:id", .who = USER, .limit = LIMIT_api, .status = 200, .errors = "502" },
		  "200 304 400 401 404 406 414 429 431 500 502 503 504" },
		{ { .method = HTTP_POST, .path = "/x", .who = ADMIN, .body = 1, .limit = LIMIT_api, .status = 201, .errors = "202 422 409" },
		  "201 202 400 401 403 406 409 413 414 415 422 429 431 500 503 504" },
		{ { .method = HTTP_DELETE, .path = "/x", .who = PUBLIC, .status = 204, .errors = "400" }, "204 400 406 413 414 431 500 503 504" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int statuses[STATUSES_MAX];
		char text[STATUSES_MAX * 4 + 1] = "";
		size_t n = endpoint_statuses(&cases[i].e, statuses), at = 0;
		for (size_t k = 0; k < n; k++)
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%d", k > 0 ? " " : "", statuses[k]);
		assert_string_equal(text, cases[i].statuses);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_find_their_endpoints),
		cmocka_unit_test(every_route_is_sound),
		cmocka_unit_test(rows_mean_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
