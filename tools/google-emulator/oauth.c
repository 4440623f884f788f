/* oauth.c - the token endpoint: JWT bearer, refresh and token exchange grants.
 * Owns:  nothing.
 * Fails: with RFC 6749 error objects, in the words Google uses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "errors.h"
#include "handlers.h"
#include "settings.h"

#define CLOCK_SKEW	300	/* seconds; Google allows a few minutes */
#define LIFE_MAX	3600

static const char *audiences[] = {
	"https://oauth2.googleapis.com/token",
	"https://www.googleapis.com/oauth2/v4/token",
	"https://accounts.google.com/o/oauth2/token",
};
static const char *own_paths[] = { "/token", "/oauth2/v4/token" };

/* One of Google's, or this emulator's own address under any name it is called by. */
static bool
audience_known(const struct request *r, const char *aud)
{
	char	*base = request_base(r), *url;
	size_t	 i;
	bool	 hit = false;

	for (i = 0; !hit && i < COUNT(audiences); i++)
		hit = strcmp(aud, audiences[i]) == 0;
	for (i = 0; !hit && i < COUNT(own_paths); i++) {
		url = xasprintf("%s%s", base, own_paths[i]);
		hit = strcmp(aud, url) == 0;
		free(url);
		url = xasprintf("http://127.0.0.1:%u%s", http_port(), own_paths[i]);
		hit = hit || strcmp(aud, url) == 0;
		free(url);
	}
	free(base);
	return hit;
}

static const char *
times_problem(const json_t *claims)
{
	const json_t	*iat = json_object_get(claims, "iat");
	const json_t	*exp = json_object_get(claims, "exp");
	json_int_t	 from = json_integer_value(iat), to = json_integer_value(exp);
	json_int_t	 now = clock_s();

	if (!json_is_integer(iat) || !json_is_integer(exp))
		return "Invalid JWT: iat and exp must be integers.";
	if (from > now + CLOCK_SKEW || to < now || to <= from ||
	    to - from > LIFE_MAX)
		return "Invalid JWT: Token must be a short-lived token (60 minutes) and in "
		    "a reasonable timeframe. Check your iat and exp values in the JWT claim.";
	return NULL;
}

static void
grant_jwt(struct request *r, const char *form)
{
	char		*assertion = query_get(form, "assertion");
	const char	*why = "Missing assertion.", *iss, *aud, *error = "invalid_grant";
	json_t		*claims = assertion ? account_jwt(assertion, &why) : NULL;

	if (claims != NULL) {
		iss = json_text(claims, "iss");
		aud = json_text(claims, "aud");
		if (iss == NULL || strcmp(iss, account_email()) != 0)
			why = "Invalid grant: account not found";
		else if (aud == NULL || !audience_known(r, aud))
			why = "Invalid JWT: Failed audience check.";
		else if ((why = times_problem(claims)) == NULL &&
		    (json_text(claims, "scope") == NULL || json_text(claims, "scope")[0] == '\0')) {
			error = "invalid_scope";
			why = "Invalid OAuth scope or ID token audience provided.";
		}
	}
	if (assertion == NULL)
		error = "invalid_request";
	if (why != NULL) {
		error_oauth(r, 400, error, why);
	} else {
		double	 life = setting(SET_token_seconds);
		char	*token = token_issue(life);

		reply_json(r, 200, json_pack("{s:s, s:i, s:s}", "access_token", token,
		    "expires_in", (int)life, "token_type", "Bearer"));
		free(token);
	}
	json_decref(claims);
	free(assertion);
}

/* Any refresh or subject token will do: the emulator has no users to protect. */
static void
grant_plain(struct request *r, const char *form, const char *field, bool exchange)
{
	char	*proof = query_get(form, field), *token;
	double	 life = setting(SET_token_seconds);
	json_t	*j;

	if (proof == NULL || proof[0] == '\0') {
		error_oauth(r, 400, "invalid_request", "The token to exchange is missing.");
		free(proof);
		return;
	}
	token = token_issue(life);
	j = json_pack("{s:s, s:i, s:s}", "access_token", token, "expires_in", (int)life,
	    "token_type", "Bearer");
	if (exchange)
		json_object_set_new(j, "issued_token_type",
		    json_string("urn:ietf:params:oauth:token-type:access_token"));
	reply_json(r, 200, j);
	free(token);
	free(proof);
}

void
oauth_token(struct request *r)
{
	const char	*form = r->body.data ? r->body.data : "";
	char		*grant = query_get(form, "grant_type");

	if (grant == NULL)
		error_oauth(r, 400, "invalid_request",
		    "Required parameter is missing: grant_type");
	else if (strcmp(grant, "urn:ietf:params:oauth:grant-type:jwt-bearer") == 0)
		grant_jwt(r, form);
	else if (strcmp(grant, "refresh_token") == 0)
		grant_plain(r, form, "refresh_token", false);
	else if (strcmp(grant, "urn:ietf:params:oauth:grant-type:token-exchange") == 0)
		grant_plain(r, form, "subject_token", true);
	else
		error_oauth(r, 400, "unsupported_grant_type", "Invalid grant_type: only "
		    "jwt-bearer, refresh_token and token-exchange are served");
	free(grant);
}
