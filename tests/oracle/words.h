/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_ORACLE_WORDS_H
#define TESTS_ORACLE_WORDS_H

#include "rules/memory.h"

/* A call of this handle, of whose description so many bytes were told, by a caller of this version:
 * its registers, and a page of TX. How many bytes of that matter. */
uint32_t call_words(const struct call_made *c, uint64_t handle, uint32_t told, uint32_t version,
                    uint64_t x[8], void *tx);

#endif
