/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: ledger_take takes all pages that it is asked for, each of which nobody had, or changes
 *   nothing; never one outside of Normal memory, and no other page's bit. What was taken cannot
 *   be taken again until ledger_give. Nothing wraps, and nothing outside of the ledger is
 *   touched.
 * Bounds: any address and number of pages; any content of a ledger of up to 160 pages, for two
 *   ranges of Normal memory.
 * Options: --unwind 5 -DNORMAL_PAGES=160 -DTRANSACTION_MAX=1 -DCHUNK_MAX=2 -DCHUNK_RANGES=1
 *   -DCPU_MAX=1 -DPARTITION_MAX=1 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1 --unsigned-overflow-check
 */
#include "prove.h"

#include "core/ledger.c"
#include "core/ranges.c"

static struct spmc s;
static struct memory memory;
static uint64_t bits[(NORMAL_PAGES + 63) / 64];

static bool is_taken(uint64_t page)
{
    return bits[page / 64] >> page % 64 & 1;
}

/* Normal memory as the manifest may have it, with the lowest range first (load.c). */
static void any_memory(void)
{
    uint64_t end = 0;

    s.normal_memory.count = 2;
    s.memory = &memory;
    memory.taken = bits;
    for (unsigned i = 0; i < 2; i++) {
        struct range *r = &s.normal_memory.range[i];
        *r = (struct range){nondet_u64(), nondet_u64()};
        ASSUME(r->size != 0 && (r->base | r->size) % PAGE_BYTES == 0 && r->base < 1ULL << 36 &&
               r->size <= (1ULL << 36) - r->base);
        end = r->base + r->size > end ? r->base + r->size : end;
    }
    ASSUME(s.normal_memory.range[0].base <= s.normal_memory.range[1].base);
    memory.normal_pages = (end - s.normal_memory.range[0].base) / PAGE_BYTES;
    ASSUME(memory.normal_pages <= NORMAL_PAGES);
    for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
        bits[i] = nondet_u64();
}

int main(void)
{
    uint64_t base = nondet_u64(), pages = nondet_u64(), page = nondet_u64();
    uint64_t first;
    bool before, inside, taken;

    any_memory();
    first = s.normal_memory.range[0].base;
    ASSUME(base % PAGE_BYTES == 0 && pages != 0 && pages <= UINT64_MAX / PAGE_BYTES);
    ASSUME(page < memory.normal_pages);
    before = is_taken(page);
    inside =
        first + page * PAGE_BYTES >= base && first + page * PAGE_BYTES - base < pages * PAGE_BYTES;

    taken = ledger_take(&s, base, pages);

    SHOW(!taken || ranges_hold(&s.normal_memory, base, pages * PAGE_BYTES), "Normal memory alone");
    SHOW(!taken || !inside || (!before && is_taken(page)), "each page was free, and is taken");
    SHOW((taken && inside) || is_taken(page) == before, "no other page changes");
    if (!taken)
        return 0;
    SHOW(!ledger_take(&s, base, pages), "what is taken is not taken again");
    SHOW(is_taken(page) == (inside || before), "a refusal changes nothing");
    ledger_give(&s, base, pages);
    SHOW(is_taken(page) == (!inside && before), "what was given back is free, the rest as before");
    return 0;
}
