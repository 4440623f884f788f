/* errors_details.c - errors that say more than their message: google.rpc.ErrorInfo and its like.
 * Owns:  nothing.
 * Fails: never; it is what failing looks like. */
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "errors.h"

static json_t *
error_info(const char *reason, const char *domain, json_t *metadata)
{
	return json_pack("{s:s, s:s, s:s, s:o}",
	    "@type", "type.googleapis.com/google.rpc.ErrorInfo",
	    "reason", reason, "domain", domain, "metadata", metadata);
}

/* The name of the API that a route belongs to. */
static const char *
api_of(const struct request *r)
{
	return strcmp(r->route->service, "tts") == 0 ? "texttospeech.googleapis.com" :
	    strcmp(r->route->service, "iam") == 0 ? "iamcredentials.googleapis.com" :
	    "aiplatform.googleapis.com";
}

void
error_unauthenticated(struct request *r, bool missing)
{
	static const char tail[] = "Expected OAuth 2 access token, login cookie or "
	    "other valid authentication credential. See https://developers.google.com/"
	    "identity/sign-in/web/devconsole-project.";
	char *text;

	reply_header(r, "WWW-Authenticate", missing ?
	    "Bearer realm=\"https://accounts.google.com/\"" :
	    "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
	if (strcmp(r->route->service, "storage") == 0) {
		error_storage(r, 401, missing ? "required" : "authError", "%s", missing ?
		    "Anonymous caller does not have storage access to the Google Cloud "
		    "Storage object. Permission denied on resource (or it may not "
		    "exist)." : "Invalid Credentials");
		return;
	}
	text = xasprintf("%s %s", missing ?
	    "Request is missing required authentication credential." :
	    "Request had invalid authentication credentials.", tail);
	error_rpc_details(r, 401, text, json_pack("[o]", error_info(
	    missing ? "CREDENTIALS_MISSING" : "ACCESS_TOKEN_TYPE_UNSUPPORTED",
	    "googleapis.com", json_pack("{s:s}", "service", api_of(r)))));
	free(text);
}

void
error_quota(struct request *r, const char *message)
{
	json_t	*details = json_array();
	char	*consumer = xasprintf("projects/%s", account_project());

	json_array_append_new(details, error_info("RATE_LIMIT_EXCEEDED",
	    "googleapis.com", json_pack("{s:s, s:s, s:s, s:s, s:s}",
	    "service", "aiplatform.googleapis.com",
	    "quota_metric", "aiplatform.googleapis.com/generate_content_requests_per_minute_per_project_per_base_model",
	    "quota_limit", "GenerateContentRequestsPerMinutePerProjectPerBaseModel",
	    "quota_location", "us-central1", "consumer", consumer)));
	json_array_append_new(details, json_pack("{s:s, s:[{s:s, s:s}]}",
	    "@type", "type.googleapis.com/google.rpc.Help", "links",
	    "description", "Request a higher quota limit.",
	    "url", "https://cloud.google.com/docs/quota#requesting_higher_quota"));
	error_rpc_details(r, 429, message, details);
	free(consumer);
}

/* ---- 403 ---- */

/* The permission is checked by IAM itself, which does not tell the account's name. */
static void
account_forbidden(struct request *r, const char *message)
{
	const char	*permission = strstr(r->path, "signBlob") != NULL ?
			    "iam.serviceAccounts.signBlob" : "iam.serviceAccounts.getAccessToken";
	char		*text = xasprintf("Permission '%s' denied on resource (or it may not "
			    "exist).", permission);

	error_rpc_details(r, 403, message != NULL ? message : text, json_pack("[o]",
	    error_info("IAM_PERMISSION_DENIED", "iam.googleapis.com",
	    json_pack("{s:s}", "permission", permission))));
	free(text);
}

/* What the permission is wanted on: the path without its version and its verb. The caller's. */
static char *
resource_of(const struct request *r)
{
	const char	*from = strchr(r->path + 1, '/');
	char		*s = xstrdup(from != NULL ? from + 1 : r->path), *colon = strrchr(s, ':');

	if (colon != NULL)
		*colon = '\0';
	return s;
}

static void
model_forbidden(struct request *r, const char *message)
{
	static const char permission[] = "aiplatform.endpoints.predict";
	char	*resource = resource_of(r), *text = xasprintf("Permission '%s' denied on resource "
		    "'//%s/%s' (or it may not exist).", permission, api_of(r), resource);

	error_rpc_details(r, 403, message != NULL ? message : text, json_pack("[o]",
	    error_info("IAM_PERMISSION_DENIED", api_of(r), json_pack("{s:s, s:s}",
	    "permission", permission, "resource", resource))));
	free(resource);
	free(text);
}

/* Speech asks for no permission of its own: a project whose API is switched off may not. */
static void
speech_forbidden(struct request *r, const char *message)
{
	const char	*project = account_project(), *api = api_of(r);
	char		*consumer = xasprintf("projects/%s", project);
	char		*url = xasprintf("https://console.developers.google.com/apis/api/%s/overview"
			    "?project=%s", api, project);
	char		*text = xasprintf("Cloud Text-to-Speech API has not been used in project %s "
			    "before or it is disabled. Enable it by visiting %s then retry. If "
			    "you enabled this API recently, wait a few minutes for the action "
			    "to propagate to our systems and retry.", project, url);

	error_rpc_details(r, 403, message != NULL ? message : text, json_pack("[o, {s:s, s:[{s:s, s:s}]}]",
	    error_info("SERVICE_DISABLED", "googleapis.com", json_pack("{s:s, s:s}",
	    "service", api, "consumer", consumer)),
	    "@type", "type.googleapis.com/google.rpc.Help", "links",
	    "description", "Google developers console API activation", "url", url));
	free(consumer);
	free(url);
	free(text);
}

void
error_forbidden(struct request *r, const char *message)
{
	if (strcmp(r->route->service, "iam") == 0)
		account_forbidden(r, message);
	else if (strcmp(r->route->service, "tts") == 0)
		speech_forbidden(r, message);
	else
		model_forbidden(r, message);
}
