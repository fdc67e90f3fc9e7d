/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptions of memory transactions for tests, in any version, and the calls that carry them. */
#ifndef TESTS_SUPPORT_TRANSACTIONS_H
#define TESTS_SUPPORT_TRANSACTIONS_H

#include "abi/ffa.h"
#include "core/spmc.h"

#define DESCRIPTION_RANGES 600

/* What a test wants to say; zero where it does not matter. */
struct said {
    uint32_t version;
    struct ffa_memory_header header; /* count, offset and access_size are filled in, if zero */
    struct ffa_memory_access access[9];
    struct ffa_memory_composite composite; /* pages and count are filled in, if zero */
    struct ffa_memory_range range[DESCRIPTION_RANGES];
    unsigned borrowers;
    unsigned ranges;
    uint32_t access_size; /* 0: that of the version */
};

/* Writes all of it to `to` (at most `room` bytes); its length. */
uint32_t said_bytes(const struct said *said, void *to, uint32_t room);

/* The same for a retrieve request: no ranges. */
uint32_t said_request(const struct said *said, void *to, uint32_t room);

/* Reads a description of `version` back. */
void said_read(struct said *said, uint32_t version, const void *from);

#endif
