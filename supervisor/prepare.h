/* supervisor/prepare.h - everything that has to be there before the first process is started:
 * state directory, generated secrets, certificate, database, emulator's port, directory of
 * mails, listening sockets.
 * Owns: all of it. Fails: with words, and nothing is left running.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PREPARE_H
#define STUDIOD_PREPARE_H

#include "supervisor/postgres.h"
#include "supervisor/settings.h"
#include "supervisor/state.h"

enum { LISTENERS = 3 };
struct listener {
	const char *name;		/* of the resource */
	enum setting_id setting;
	int fd;				/* -1: not served */
};

struct prepared {
	struct settings settings;
	struct state state;
	char actors_dir[PATH_MAX];
	struct listener listeners[LISTENERS];

	bool has_postgres, has_emulator;
	struct postgres postgres;
	char emulator_listen[32];	/* 127.0.0.1:PORT */
	int emulator_dir, emulator_account;
	int mail_dir;			/* where notifier may write mails as files; -1: nowhere */

	char *tls_cert, *tls_key, *google_credentials, *smtp_ca;	/* contents, NULL where not used; in secret memory */
};

/* `say` is told what takes time. */
int prepare_all(struct prepared *p, void (*say)(const char *what), struct fault *f);
void prepare_free(struct prepared *p);

/* The listening sockets are shared with front: whoever controlled the one before may have
 * shut them down. Makes those listen again that do not; true if there was one. */
bool listeners_mend(struct prepared *p);

#endif
