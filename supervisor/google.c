/* supervisor/google.c - see google.h.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/google.h"

#define GCLOUD_FILE "application_default_credentials.json"

/* A file that is there but cannot be read counts: the error says so, nothing falls through. */
static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* What `gcloud auth application-default login` wrote. */
static bool
gcloud_file(char path[PATH_MAX])
{
	const char *dir = getenv("CLOUDSDK_CONFIG"), *home = getenv("HOME");
	int n = 0;

	if (dir != NULL && dir[0] != '\0')
		n = snprintf(path, PATH_MAX, "%s/" GCLOUD_FILE, dir);
	else if (home != NULL && home[0] != '\0')
		n = snprintf(path, PATH_MAX, "%s/.config/gcloud/" GCLOUD_FILE, home);
	return n > 0 && n < PATH_MAX && is_there(path);
}

/* A virtual machine's firmware says whose it is; Cloud Run sets a variable. Nobody is asked. */
static bool
is_googles_machine(void)
{
	char product[64] = "";
	int fd = open("/sys/class/dmi/id/product_name", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, product, sizeof product - 1) < 0)
			product[0] = '\0';
		close(fd);
	}
	return strncmp(product, "Google", 6) == 0 || getenv("K_SERVICE") != NULL || getenv("CLOUD_RUN_JOB") != NULL;
}

enum google_source
google_source(const struct settings *s, char path[PATH_MAX])
{
	const char *metadata = settings_text(s, SET_GOOGLE_METADATA);
	bool on = strcmp(metadata, "on") == 0;

	if (settings_told(s, SET_GOOGLE_APPLICATION_CREDENTIALS)) {
		snprintf(path, PATH_MAX, "%s", settings_text(s, SET_GOOGLE_APPLICATION_CREDENTIALS));
		return GOOGLE_FILE;
	}
	if (s->number[SET_EMBEDDED_EMULATOR] != 0 && !on)
		return GOOGLE_BUILT_IN;
	if (gcloud_file(path))
		return GOOGLE_FILE;
	if (on || (strcmp(metadata, "auto") == 0 && (settings_told(s, SET_GCE_METADATA_HOST) || is_googles_machine())))
		return GOOGLE_MACHINE;
	return GOOGLE_NOWHERE;
}
