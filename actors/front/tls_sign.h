/* actors/front/tls_sign.h - signatures for TLS handshakes, made by auth.
 *
 * OpenSSL wants a signature while it stands in the middle of a handshake, so this edge is
 * asked and answered in one breath: a bounded wait on a descriptor of its own. When auth
 * dies meanwhile, the wait goes on for its successor, which is there within some 50 ms.
 * After a wait in vain, handshakes fail at once for a while and clients try again.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_TLS_SIGN_H
#define STUDIOD_FRONT_TLS_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIGN_WAIT_MS = 250, SIGN_REST_MS = 1000, SIGNATURE_MAX = 1024 };
enum { SIGN_RSA_RAW = 1, SIGN_RSA_PKCS1 = 2, SIGN_ECDSA = 3 };

/* `look` waits at most so many milliseconds for the control channel and handles what came:
 * it may call signer_attach. 0, or -1 when memory is out. */
int signer_init(void (*look)(void *arg, int ms), void *arg);
void signer_fini(void);
/* Takes a connection to auth over; the one before it is closed. */
void signer_attach(int fd);
/* Is there a connection? */
bool signer_up(void);
/* Signs n bytes; returns the signature's length, or -1. `out` holds SIGNATURE_MAX bytes. */
int signer_sign(unsigned scheme, const void *p, size_t n, uint8_t *out);

#endif
