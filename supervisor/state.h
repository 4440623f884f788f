/* supervisor/state.h - what is kept under STATE_DIR.
 *
 *     lock               held by the studiod that uses the directory
 *     secrets/NAME       made once, mode 0600
 *     tls/cert.pem, tls/key.pem
 *     postgres/data, postgres/run, emulator/, mail/
 *     control.sock
 *
 * Owns: the directory's descriptor and its lock. Fails: with words, never half written:
 * files are written beside and renamed.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_STATE_H
#define STUDIOD_STATE_H

#include <limits.h>
#include <sys/types.h>

#include "proto/proto.h"
#include "supervisor/fault.h"

enum { STATE_TEXT_MAX = 16384 };

struct state {
	int fd, lock_fd;
	char path[PATH_MAX];	/* absolute */
};

/* Makes the directory where it lacks, and locks it. */
int state_open(struct state *st, const char *path, struct fault *f);

/* A directory below it, made and handed to its owner where it lacks. Its descriptor. */
int state_dir(const struct state *st, const char *name, mode_t mode, uid_t uid, gid_t gid, struct fault *f);

/* Reads a small file into out (n bytes, NUL-terminated, line end cut): its length, -1
 * with a fault, or 0 where it does not exist. */
ssize_t state_read(const struct state *st, const char *name, char *out, size_t n, struct fault *f);
/* Replaces a small file. */
int state_write(const struct state *st, const char *name, const void *p, size_t n, mode_t mode, struct fault *f);

/* A secret that is made once: `bytes` random ones as hexadecimal text, or a password that
 * satisfies the rule for passwords. out has room for STATE_TEXT_MAX. */
int state_secret(const struct state *st, const char *name, size_t bytes, char *out, struct fault *f);
int state_password(const struct state *st, const char *name, char *out, struct fault *f);

/* Random bytes from the kernel; ends the process where there are none. */
void random_bytes(void *p, size_t n);

#endif
