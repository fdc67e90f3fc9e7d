/* SPDX-License-Identifier: BSD-3-Clause */
/* What must hold of manifests that are accepted: else the program ends. */
#ifndef TESTS_FUZZ_SOUND_H
#define TESTS_FUZZ_SOUND_H

#include "core/spmc.h"

void require(bool holds, const char *what);

/* After the SPMC's, and of a partition that was loaded. */
void check_spmc(const struct spmc *s);
void check_partition(const struct spmc *s, const struct partition *p);

#endif
