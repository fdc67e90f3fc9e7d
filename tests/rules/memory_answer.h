/* SPDX-License-Identifier: BSD-3-Clause */
/* What a memory call is answered, and whether the rules say so. */
#ifndef TESTS_RULES_MEMORY_ANSWER_H
#define TESTS_RULES_MEMORY_ANSWER_H

#include "rules/memory.h"
#include "support/transactions.h"

struct answer {
    int status; /* of an error, 0 for none */
    uint64_t x[8];
    uint64_t handle;  /* that it names */
    struct said told; /* TOLD, TOLD_MORE: as much as came */
    uint32_t length;
    uint32_t part;
    uint32_t sent; /* WANTS_MORE: bytes that came so far, 0: not known */
};

/* From registers, and RX of the caller, whose version says how it is written. */
void read_answer(struct answer *a, enum kind kind, uint32_t version, const uint64_t x[8],
                 const uint8_t *rx);

/* Why it is another than the verdict; NULL. The book learns handles, and what was told, from it. */
const char *answer_disagrees(struct memory_book *o, const struct call_made *c,
                             const struct verdict *v, const struct answer *a);

/* What the caller was told of a description so far. */
uint32_t oracle_told_before(const struct memory_book *o, const struct call_made *c,
                            uint64_t handle);

#endif
