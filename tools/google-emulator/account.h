/* account.h - the one service account: its key, its JWTs, its access tokens.
 * Owns:  the private key, and the secret that marks tokens as ours.
 * Fails: a bad key file is told in a sentence; a bad token is simply not valid. */
#ifndef EMULATOR_ACCOUNT_H
#define EMULATOR_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

int		 account_load(const char *path, char *why, size_t size);
void		 account_fini(void);
const char	*account_email(void);
const char	*account_project(void);
const char	*account_key_id(void);

/* RSASSA-PKCS1-v1_5 over SHA-256 with the account's key. */
int	 account_sign(const void *, size_t, unsigned char **sig, size_t *len);
bool	 account_verify(const void *, size_t, const unsigned char *sig, size_t len);

/* The claims of a well signed RS256 JWT, or NULL and a reason. */
json_t	*account_jwt(const char *jwt, const char **why);

/* Opaque access tokens. They carry their own expiry and proof, so that any
 * number of them costs no memory and a restart forgets none. */
char	*token_issue(double seconds);
bool	 token_valid(const char *token);
void	 token_revoke_all(void);

/* What an Authorization header's bearer may be: one of the two above. */
bool	 bearer_valid(const char *bearer);

#endif
