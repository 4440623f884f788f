/* tests/unit/unit.h - what every cmocka program includes, in the order it wants.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_UNIT_H
#define STUDIOD_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
