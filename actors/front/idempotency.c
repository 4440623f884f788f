/* actors/front/idempotency.c - see idempotency.h.
 * Licence: Apache-2.0. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "actors/front/idempotency.h"
#include "actors/front/wire.h"

enum { KEY_MAX = 255 };

static void
hash_request(struct exchange *x)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	const char *path = x->endpoint->path;
	unsigned n = sizeof x->body_hash;

	if (md == NULL || !EVP_DigestInit_ex(md, EVP_sha256(), NULL) ||
	    !EVP_DigestUpdate(md, path, strlen(path) + 1) ||
	    !EVP_DigestUpdate(md, x->ids, x->params.n * sizeof x->ids[0]) ||
	    !EVP_DigestUpdate(md, x->req->entity.base, x->req->entity.len) ||
	    !EVP_DigestFinal_ex(md, x->body_hash, &n))
		abort();		/* out of memory */
	EVP_MD_CTX_free(md);
}

bool
idempotency_take(struct exchange *x)
{
	bool given = h2o_find_header_by_str(&x->req->headers, H2O_STRLIT("idempotency-key"), -1) != -1;

	x->idempotency_key = exchange_header(x, "idempotency-key");
	if (given && !wire_visible(x->idempotency_key, KEY_MAX)) {
		answer_error(x, E_VALIDATION_ERROR, BYTES("Idempotency-Key must be 1 to 255 visible ASCII characters"));
		return false;
	}
	if (given)
		hash_request(x);
	return true;
}
