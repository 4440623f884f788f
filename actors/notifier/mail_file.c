/* actors/notifier/mail_file.c - see mail_file.h. Landlock lets this process make and write
 * files below the directory, and neither read nor remove one.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "actors/notifier/mail_file.h"

int
mail_file_write(int dir, const struct id *id, uint64_t at_ms, const struct buf *mail, char name[MAIL_FILE_NAME])
{
	time_t at = (time_t)(at_ms / 1000);
	char text[37], stamp[32];
	struct tm tm;
	size_t done = 0;

	gmtime_r(&at, &tm);
	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
	id_text(id, text);
	snprintf(name, MAIL_FILE_NAME, "%s-%s.eml", stamp, text);
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	while (done < mail->n) {
		ssize_t k = write(fd, mail->p + done, mail->n - done);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		done += (size_t)k;
	}
	int err = done < mail->n ? errno : 0;
	close(fd);
	return -err;
}
