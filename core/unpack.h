/* SPDX-License-Identifier: BSD-3-Clause */
/* Unpacking the image, once, at the start of the boot CPU (tools/image.py packs it). */
#ifndef CORE_UNPACK_H
#define CORE_UNPACK_H

/* Memory that unpacking works with: what it holds before does not count. */
#define UNPACK_WORDS 0x1800

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Fills `to` with `to_size` bytes from a raw LZMA stream without a header (lc 0, lp 2, pb 2).
 * Whatever `from` holds, nothing outside of the three buffers is read or written. False when it is
 * no such stream, or its end mark is not where the result ends.
 */
bool unpack(uint8_t *to, size_t to_size, const uint8_t *from, size_t from_size, uint16_t *work);
#endif

#endif
