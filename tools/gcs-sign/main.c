/* tools/gcs-sign/main.c - prints one signed URL of Cloud Storage, made by vertex's own code: to be
 * compared with what Google's clients and conformance vectors say.
 * Sees:  a service account's key (locked memory). Never: a network.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "tools/gcs-sign/gcs_sign.h"

/* Nobody looks into this process, it leaves no core, and where that is allowed (root's is, a usual
 * limit is too low) nothing of it is swapped out: the key's own memory is locked in any case. */
static void
hide(void)
{
	mlockall(MCL_CURRENT | MCL_FUTURE);
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
}

int
main(int argc, char **argv)
{
	static struct options o;
	struct credentials account = { 0 };
	struct signed_url url = { 0 };
	const char *why;
	int code = EXIT_FAILED;

	hide();
	options_read(&o, argc, argv);
	why = key_read(&account, o.key);
	if (why != NULL) {
		fprintf(stderr, "gcs-sign: %s: %s\n", o.key, why);
		goto out;
	}
	o.url.email = account.email;
	why = signed_url_make(&url, &o.url, credentials_signer(&account));
	if (why != NULL) {
		fprintf(stderr, "gcs-sign: %s\n", why);
		code = EXIT_USAGE;
	} else if (puts(url.url.p) >= 0 && fflush(stdout) == 0) {
		code = EXIT_SUCCESS;
	} else {
		perror("gcs-sign: standard output");
	}
out:
	signed_url_free(&url);
	credentials_free(&account);
	return code;
}
