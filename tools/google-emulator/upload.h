/* upload.h - the start of uploads; handlers.h has the rest. */
#ifndef EMULATOR_UPLOAD_H
#define EMULATOR_UPLOAD_H

#include <stddef.h>

int	uploads_init(int data_dir, char *why, size_t size);

#endif
