/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A second writer: another CPU that writes to mailboxes while the step reads them. The core reads
 * foreign memory by port_copy_in alone (`make purity` and core/port.h see to that), so whatever it
 * could see is seen when bytes change between two of these: what was just read, in case it is
 * read again, and what is around it. Which bytes, and what becomes of them, is the seed's choice.
 */
#ifndef TESTS_FUZZ_WRITER_H
#define TESTS_FUZZ_WRITER_H

#include "core/spmc.h"

/* From now on; `only` says whether an address is in somebody's TX. */
void writer_begin(uint64_t seed, bool (*only)(uint64_t address));
void writer_end(void);

#endif
