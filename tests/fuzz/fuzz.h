/* tests/fuzz/fuzz.h - one entry for libFuzzer and, built with gcc, for plain files.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FUZZ_H
#define STUDIOD_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
