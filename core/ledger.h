/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which pages of Normal memory are in use here: part of a transaction, a mailbox, or a partition's
 * by its manifest. All others are the Normal world's to give.
 */
#ifndef CORE_LEDGER_H
#define CORE_LEDGER_H

#include "core/spmc.h"

/* Takes a range of whole pages. False, and nothing changed, where a page is taken or is no Normal
 * memory that can be shared. */
bool ledger_take(struct spmc *s, uint64_t base, uint64_t pages);

/* Gives back what was taken, and nothing else. */
void ledger_give(struct spmc *s, uint64_t base, uint64_t pages);

#endif
