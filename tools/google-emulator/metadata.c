/* metadata.c - the instance metadata server, and the IAM credentials service.
 * Owns:  nothing.
 * Fails: metadata without its flavor header is 403; IAM speaks google.rpc.Status. */
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "check.h"
#include "errors.h"
#include "handlers.h"
#include "settings.h"

/* ---- metadata ---- */

enum leaf { L_LIST, L_PROJECT, L_NUMBER, L_EMAIL, L_SCOPES, L_TOKEN, L_UNIVERSE, L_ZONE };

static const struct {
	const char	*path;
	enum leaf	 leaf;
} tree[] = {
	{ "", L_LIST }, { "instance", L_LIST }, { "instance/", L_LIST },
	{ "project/project-id", L_PROJECT },
	{ "project/numeric-project-id", L_NUMBER },
	{ "instance/zone", L_ZONE },
	{ "instance/service-accounts/default/email", L_EMAIL },
	{ "instance/service-accounts/default/scopes", L_SCOPES },
	{ "instance/service-accounts/default/token", L_TOKEN },
	{ "universe/universe-domain", L_UNIVERSE },
};

static void
metadata_leaf(struct request *r, enum leaf leaf)
{
	static const char	 text[] = "application/text";
	double			 life = setting(SET_token_seconds);
	char			*token;

	switch (leaf) {
	case L_LIST:
		reply_text(r, 200, text, "instance/\nproject/\nuniverse/\n");
		break;
	case L_PROJECT:
		reply_text(r, 200, text, account_project());
		break;
	case L_NUMBER:
		reply_text(r, 200, text, "123456789012");
		break;
	case L_ZONE:
		reply_text(r, 200, text, "projects/123456789012/zones/us-central1-a");
		break;
	case L_EMAIL:
		reply_text(r, 200, text, account_email());
		break;
	case L_SCOPES:
		reply_text(r, 200, text, "https://www.googleapis.com/auth/cloud-platform\n");
		break;
	case L_UNIVERSE:
		reply_text(r, 200, text, "googleapis.com");
		break;
	case L_TOKEN:
		token = token_issue(life);
		reply_json(r, 200, json_pack("{s:s, s:i, s:s}", "access_token", token,
		    "expires_in", (int)life, "token_type", "Bearer"));
		free(token);
		break;
	}
}

void
metadata_get(struct request *r)
{
	const char	*flavor = request_header(r, "Metadata-Flavor");
	const char	*path = r->args[0] ? r->args[0] : "";
	size_t		 i;

	reply_header(r, "Metadata-Flavor", "Google");
	reply_header(r, "Server", "Metadata Server for VM");
	if (flavor == NULL || strcmp(flavor, "Google") != 0) {
		reply_text(r, 403, "text/plain", "Missing Metadata-Flavor:Google header.\n");
		return;
	}
	for (i = 0; i < COUNT(tree); i++) {
		if (strcmp(path, tree[i].path) == 0) {
			metadata_leaf(r, tree[i].leaf);
			return;
		}
	}
	error_html(r, 404);
}

/* ---- IAM credentials ---- */

static const struct field sign_fields[] = {
	{ .name = "payload", .kind = F_BYTES, .max = 1 << 20, .flags = F_REQUIRED },
	{ .name = "delegates", .kind = F_STRINGS },
	{ 0 }
};
static const struct field generate_fields[] = {
	{ .name = "scope", .kind = F_STRINGS, .flags = F_REQUIRED },
	{ .name = "lifetime", .kind = F_STRING },
	{ .name = "delegates", .kind = F_STRINGS },
	{ 0 }
};

static void
iam_sign(struct request *r)
{
	const json_t	*payload = json_object_get(r->json, "payload");
	unsigned char	*blob, *sig;
	size_t		 n, len;

	if (base64_decode(json_string_value(payload), json_string_length(payload),
	    &blob, &n) < 0) {
		error_rpc(r, 400, "Invalid value at 'payload' (TYPE_BYTES)");
		return;
	}
	if (account_sign(blob, n, &sig, &len) < 0) {
		error_rpc(r, 500, "Internal error encountered.");
	} else {
		reply_json(r, 200, json_pack("{s:s, s:o}", "keyId", account_key_id(),
		    "signedBlob", json_bytes(sig, len)));
		free(sig);
	}
	free(blob);
}

static void
iam_generate(struct request *r)
{
	const char	*life = json_text(r->json, "lifetime");
	double		 seconds = life ? strtod(life, NULL) : 3600;
	char		 when[32], *token;

	if (!(seconds >= 1 && seconds <= 3600) ||
	    (life != NULL && life[strlen(life) - 1] != 's')) {
		error_rpc(r, 400, "The lifetime must be from 1s to 3600s.");
		return;
	}
	token = token_issue(seconds);
	clock_rfc3339(clock_ms() + (int64_t)(seconds * 1000), when);
	strcpy(when + 19, "Z");		/* whole seconds, as IAM writes them */
	reply_json(r, 200, json_pack("{s:s, s:s}", "accessToken", token,
	    "expireTime", when));
	free(token);
}

static const struct {
	const char		*verb;
	const struct field	*fields;
	void			(*call)(struct request *);
} verbs[] = {
	{ "signBlob", sign_fields, iam_sign },
	{ "generateAccessToken", generate_fields, iam_generate },
};

/* args: 0 "email:verb", 1 project or "-" */
void
iam_call(struct request *r)
{
	char		*colon = strrchr(r->args[0], ':');
	struct problem	 why;
	size_t		 i;

	for (i = 0; colon != NULL && i < COUNT(verbs); i++) {
		if (strcmp(colon + 1, verbs[i].verb) != 0)
			continue;
		*colon = '\0';
		if (strcmp(r->args[0], account_email()) != 0)
			error_rpc(r, 404, "Not found; Gaia id not found for email %s",
			    r->args[0]);
		else if (check_object(r->json, verbs[i].fields, "", &why) < 0)
			error_field(r, why.field, why.message);
		else
			verbs[i].call(r);
		return;
	}
	error_html(r, 404);
}
