/* SPDX-License-Identifier: BSD-3-Clause */
/* What a partition can reach, by its tables. */
#ifndef TESTS_SUPPORT_ACCESS_H
#define TESTS_SUPPORT_ACCESS_H

#include "core/stage2.h"

/* Whether every page of a range is mapped as memory, in one space, with at least this access. */
bool stage2_allows(const struct spmc *s, const struct partition *p, uint64_t base, uint64_t size,
                   unsigned access);

#endif
