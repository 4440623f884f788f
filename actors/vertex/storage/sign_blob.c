/* actors/vertex/storage/sign_blob.c - see sign_blob.h.
 * Licence: Apache-2.0. */
#include "actors/vertex/encode.h"
#include "actors/vertex/storage/sign_blob.h"

#define CANNOT "URLs cannot be signed: "
enum { SIGNATURE_LEAST = 128 };		/* bytes: RSA-1024 */

const char *
sign_blob_cannot(const struct credentials *c)
{
	if (c->email[0] != '\0' || strcmp(c->type, "metadata") == 0)
		return NULL;
	if (strcmp(c->type, "authorized_user") == 0)
		return CANNOT "a person's login names no service account. The operator should let it impersonate one, or give a key file";
	return CANNOT "the service's credentials name no service account. The operator should give them a service_account_impersonation_url";
}

/* Impersonated: next to where its tokens come from. */
static int
url_write(struct buf *url, const struct credentials *c, const char *iam)
{
	const char *colon = strrchr(c->impersonate_url, ':');

	if (c->impersonate_url[0] != '\0' && colon != NULL)
		return buf_add(url, c->impersonate_url, (size_t)(colon - c->impersonate_url)) | buf_str(url, ":signBlob");
	return buf_printf(url, "%s/v1/projects/-/serviceAccounts/%s:signBlob", iam, c->email);
}

int
sign_blob_request(struct buf *url, struct buf *body, const struct credentials *c, const char *iam, const void *p, size_t n)
{
	int rc = url_write(url, c, iam) | buf_str(body, "{\"payload\":\"") | base64_encode(body, p, n, false) | buf_str(body, "\"");

	if (c->delegates[0] != '\0')
		rc |= buf_printf(body, ",\"delegates\":%s", c->delegates);
	return rc | buf_str(body, "}");
}

size_t
sign_blob_read(struct bytes body, uint8_t out[SIGNATURE_MAX])
{
	json_t *json = json_loadb(body.p, body.n, 0, NULL);
	const json_t *blob = json_object_get(json, "signedBlob");
	struct buf plain = { 0 };
	size_t n = 0;

	if (json_is_string(blob) && json_string_length(blob) < 2 * SIGNATURE_MAX &&
	    base64_decode(&plain, json_string_value(blob), json_string_length(blob)) == 0 &&
	    plain.n >= SIGNATURE_LEAST && plain.n <= SIGNATURE_MAX) {
		memcpy(out, plain.p, plain.n);
		n = plain.n;
	}
	buf_free(&plain);
	json_decref(json);
	return n;
}

unsigned
sign_blob_failed(const struct http_answer *a, const char **why)
{
	*why = CANNOT "Google does not answer as it should. Try again later";
	if (a->end != HTTP_ANSWERED || a->status == 429 || a->status == 408 || a->status >= 500)
		return E_SERVICE_UNAVAILABLE;
	if (a->status == 403)
		*why = CANNOT "Google refuses it. The operator should give the service's account iam.serviceAccounts.signBlob "
		    "(the role Service Account Token Creator) on the account that signs, and enable the IAM Credentials API";
	else if (a->status == 404)
		*why = CANNOT "Google does not know the service account that should sign";
	else if (a->status == 200)
		*why = CANNOT "Google's signature could not be read";
	else
		*why = CANNOT "Google refused the request";
	return E_STORAGE_ERROR;
}
