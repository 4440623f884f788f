/* actors/vertex/credentials/credentials.h - Google credentials of every kind: what their JSON says, and the
 * requests that lead from them to an access token. Pure but for the file a subject token lies in.
 *
 * A kind (cred_*.c) lays down steps; oauth.c takes one after another. What a step obtained - a
 * token of somebody else's, an access token - is the proof that the next one shows.
 *
 * Owns:  the key, and the texts that are secret (locked memory).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_CREDENTIALS_H
#define STUDIOD_VERTEX_CREDENTIALS_H

#include <jansson.h>

#include "actors/vertex/storage/signer.h"

#define CRED_SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define CRED_SCOPE_ESCAPED "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform"

enum {
	CRED_STEPS_MAX = 4,
	CRED_PROOF_MAX = 16384,		/* bytes of a proof, with its NUL */
	CRED_LIFE_S = 3600,		/* what is asked for */
	CRED_PAST_S = 10,		/* so much earlier than now is iat: clocks differ */
	CRED_HEADERS_MAX = 2
};

struct credentials;

/* A request on the way to a token; its buffers are the asker's to wipe and free. */
struct cred_call {
	const char *method;		/* "GET" or "POST" */
	const char *content_type;	/* NULL: no body */
	const char *headers[CRED_HEADERS_MAX];
	bool bearer;			/* the proof is the bearer */
	bool metadata;			/* the answer must carry Metadata-Flavor: Google */
	struct buf url, body;
};

enum cred_asked { CRED_FAILED = -1, CRED_CALL, CRED_DONE };	/* DONE: nothing needs to be sent */

struct cred_step {
	const char *what;		/* for the log */
	/* Writes the request that starts now, or does what is to be done without one. */
	enum cred_asked (*ask)(const struct credentials *c, uint64_t wall_s, char *proof, struct cred_call *call);
	/* Reads a 200. The new proof and its life in seconds (0: unknown); false when it is not usable. */
	bool (*take)(struct credentials *c, struct bytes body, uint64_t wall_s, char *proof, uint64_t *life_s);
	bool optional;			/* a refusal leads on to the next step */
};

/* Hosts that replace Google's own (scheme://host[:port]), "" for none. */
struct cred_hosts { const char *oauth, *iam, *metadata; };

struct cred_secrets { char client_secret[512], refresh_token[2048], header[CRED_HEADERS_MAX][1024]; };

struct credentials {
	const char *type;		/* of the kinds' table */
	const struct cred_step *steps[CRED_STEPS_MAX];
	size_t nsteps;
	struct signer *key;		/* of a service account; NULL */
	struct cred_secrets *secrets;	/* locked */
	char issuer[256];		/* who the key belongs to */
	char email[256];		/* who the tokens are for; "" while that is unknown, or for good */
	char project[64], quota_project[64];
	char key_id[128], audience[512];
	char token_url[512], source_url[1024], impersonate_url[512], metadata_url[256];
	char client_id[256], subject_type[128], subject_field[64], source_file[1024], delegates[1024];
	unsigned nheaders;
};

/* Reads the file's text. NULL, or what is wrong with it. */
const char *credentials_read(struct credentials *c, struct bytes json, const struct cred_hosts *hosts);
void credentials_free(struct credentials *c);
/* The key that signs as `email` here; NULL where only Google can do it. */
struct signer *credentials_signer(const struct credentials *c);

/* Is one of its URLs plain http? */
bool credentials_plain(const struct credentials *c);
/* The URL its first proof comes from, "" where none does. */
const char *credentials_source(const struct credentials *c);

/* ---- for the kinds ---- */

/* The kind that `type` names takes what it needs. */
const char *credentials_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts);
const char *service_account_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts);
const char *authorized_user_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts);
const char *impersonated_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts);
const char *external_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts);
const char *metadata_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts);
/* Tokens are exchanged for those of the account that the URL names; NULL, or why not. */
const char *impersonate_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts);

/* One more step. */
void cred_step(struct credentials *c, const struct cred_step *step);
/* Copies a member; `otherwise` where it lacks (NULL: it must be there). False when it lacks or is
 * too long, holds a control character, or is no text. */
bool cred_text(char *to, size_t room, const json_t *json, const char *name, const char *otherwise);
/* As cred_text for a URL: https, or http to the loopback or a link-local address. */
bool cred_url(char *to, size_t room, const json_t *json, const char *name, const char *otherwise);
/* Scheme and host of `host` instead of the URL's own, unless it is "". */
bool cred_url_at(char *url, size_t room, const char *host);
/* Takes a token for the proof: printable, without blanks. */
bool cred_proof(char *proof, const char *token, size_t n);
/* {"access_token","expires_in"}. */
bool cred_take_token(struct credentials *c, struct bytes body, uint64_t wall_s, char *proof, uint64_t *life_s);
/* Appends name=value, percent-encoded; '&' before it unless it is the first. 0 or -1. */
int cred_form(struct buf *form, const char *name, const char *value);
/* Wipes every text in it, and lets go of it. */
void cred_json_wipe(json_t *json);

#endif
