/* actors/vertex/storage/signer.h - the service account's private key, and the two things made with
 * it: RS256 signatures and JWTs.
 *
 * Owns:  the parsed key. The PEM text is the caller's to wipe.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_SIGNER_H
#define STUDIOD_VERTEX_SIGNER_H

#include "proto/proto.h"

enum { SIGNATURE_MAX = 512 };	/* bytes: keys up to RSA-4096 */

struct signer;

/* Parses a PEM private key; NULL unless it is RSA of 2048 to 4096 bits. */
struct signer *signer_new(const char *pem, size_t n);
void signer_free(struct signer *s);

/* RSASSA-PKCS1-v1_5 over SHA-256; returns the bytes written to out, 0 when it failed.
 * About a millisecond for RSA-2048. */
size_t signer_sign(const struct signer *s, const void *p, size_t n, uint8_t out[SIGNATURE_MAX]);

/* Appends header.claims.signature (JWS compact, RS256) to out. 0 or -1. */
int jwt_make(struct buf *out, const char *header_json, const char *claims_json, const struct signer *s);

#endif
