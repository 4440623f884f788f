/* actors/notifier/sandbox.tbl.h - what notifier needs beyond the common rows: where it sends
 * neither mail nor webhooks, nothing. Rows and sections: actors/common/sandbox.h. */

#undef WHERE
#define WHERE "SMTP_PORT"	/* it found one in SMTP_URL */

#include "actors/common/sandbox_net.tbl.h"

TCP_CONNECT(SMTP_PORT,   "the mail server of SMTP_URL")

#undef WHERE
#define WHERE "WEBHOOKS_TO"	/* WEBHOOKS is on */

#include "actors/common/sandbox_net.tbl.h"

TCP_CONNECT(WEBHOOKS_TO, "servers of users; which addresses is looked at for each socket (hook_send.c)")

#undef WHERE
#define WHERE "maildir"		/* development without SMTP_URL: mails are files */

ALLOW(openat,            "a file for each mail; Landlock leaves only the directory below")

DIRECTORY(maildir,       "mails as files: may be made and written, not read, not removed")

#undef WHERE
#define WHERE ALWAYS
