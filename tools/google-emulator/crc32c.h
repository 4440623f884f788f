/* crc32c.h - the Castagnoli checksum Cloud Storage answers with. */
#ifndef EMULATOR_CRC32C_H
#define EMULATOR_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(uint32_t so_far, const void *, size_t);

#endif
