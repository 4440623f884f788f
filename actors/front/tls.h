/* actors/front/tls.h - TLS without the private key: it lies in auth (tls_sign.h).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_TLS_H
#define STUDIOD_FRONT_TLS_H

#include <openssl/ssl.h>

/* A server context for a PEM chain. NULL and *why when the chain cannot be used. */
SSL_CTX *tls_new(const char *pem, const char **why);

#endif
