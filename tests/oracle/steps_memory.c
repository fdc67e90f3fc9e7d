/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory calls in the midst of all else: chosen by what the book says of the state, as whole
 * sequences of them are (invent.c), and made again when they gave way. */
#include <string.h>

#include "core/memory.h"
#include "core/vcpu.h"
#include "oracle/steps_internal.h"
#include "oracle/words.h"
#include "rules/memory_answer.h"
#include "rules/memory_check.h"
#include "rules/memory_read.h"
#include "support/port_model.h"

#define NORMAL_PAGES 8
#define OWN_PAGES 4
#define NORMAL_PAGE(n) (0x40040000ULL + (n)*PAGE_BYTES)
#define FRAMES (WORLD_PARTITIONS * CPU_MAX + CPU_MAX)

static bool mixes;
static uint64_t pages[NORMAL_PAGES + (OWN_PAGES + 4) * WORLD_PARTITIONS];
static struct made made; /* sends, and the handles that they got */
static unsigned count;
static int last[FRAMES]; /* the call of each CPU's Normal world, and of each context; -1 */

/* Two on each side of the buffers: within what a restart makes new. */
static uint64_t own_page(unsigned partition, unsigned n)
{
    return WORLD_LOAD(partition) + (n < 2 ? 0x2000 : 0x4000) + n * PAGE_BYTES;
}

void steps_memory_world(struct spmc *s, uint64_t *seed)
{
    unsigned n = 0;

    mixes = one_in(seed, 2);
    count = 0;
    memset(last, 0xff, sizeof(last));
    memory_watch(pages, 0);
    if (!mixes)
        return;
    for (unsigned i = 0; i < NORMAL_PAGES; i++)
        pages[n++] = NORMAL_PAGE(i);
    for (unsigned p = 0; p < WORLD_PARTITIONS; p++) {
        for (unsigned i = 0; i < OWN_PAGES; i++)
            pages[n++] = own_page(p, i);
        pages[n++] = WORLD_NORMAL_REGION(p);
        pages[n++] = WORLD_DEVICE(p);
        pages[n++] = WORLD_DEVICE(p) + PAGE_BYTES;
        pages[n++] = WORLD_NORMAL_DEVICE(p);
        if (s->partitions[p].copy_size != 0)
            s->partitions[p].size = 8 * PAGE_BYTES;
    }
    for (unsigned i = 0; i < n; i++)
        if (port_model_memory(pages[i], PAGE_BYTES) != NULL)
            memset(port_model_memory(pages[i], PAGE_BYTES), 0, PAGE_BYTES);
    memory_watch(pages, n);
}

bool steps_mix(void)
{
    return mixes;
}

static unsigned frame_of(const struct spmc *s, unsigned cpu, const struct vcpu *v)
{
    return v != NULL ? (unsigned)(v - s->vcpus) : WORLD_PARTITIONS * CPU_MAX + cpu;
}

static const struct memory_book *book_of(const struct spmc *s)
{
    static struct memory_book o;

    read_memory(&o, s);
    o.pages = 0;
    for (unsigned i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        list_page(&o, pages[i]);
    read_pages(&o, s);
    return &o;
}

/* One of this caller: others, and what is no call, are left. */
static bool invent_for(uint64_t *seed, const struct memory_book *o, unsigned who,
                       struct call_made *c)
{
    for (unsigned n = 0; n < 16; n++) {
        invent(seed, o, &made, count, c);
        if (c->who == who && c->kind < DIE)
            return true;
    }
    return false;
}

/* A start at S-EL0 makes pages writable: for RX, and for itself. */
static void fill_permissions(uint64_t *seed, unsigned partition, uint64_t *x)
{
    x[0] = PICK(seed, FFA_MEM_PERM_GET_32, FFA_MEM_PERM_GET_64, FFA_MEM_PERM_SET_32,
                FFA_MEM_PERM_SET_64, FFA_MEM_PERM_SET_64, FFA_MEM_PERM_SET_64);
    x[1] = WORLD_LOAD(partition) + PICK(seed, 2, 2, 2, 4, 5, 6) * PAGE_BYTES;
    x[2] = PICK(seed, 6, 6, 6, 2, 1, 1, 0, 300);
    x[3] = PICK(seed, 5, 5, 5, 5, 7, 3, 1, 0, 13);
    if (one_in(seed, 8))
        x[1] = PICK(seed, WORLD_NORMAL_REGION(partition), WORLD_DEVICE(partition), WORLD_LOAD(0),
                    1ULL << 36, 0x40001800);
}

/* The hypervisor was told something; of some, a part. */
bool steps_told(const struct spmc *s)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        if (s->memory->transactions[i].state != TRANSACTION_FREE &&
            s->memory->transactions[i].told != 0)
            return true;
    return false;
}

bool steps_memory(uint64_t *seed, const struct spmc *s, unsigned cpu, const struct vcpu *v,
                  struct step_made *step)
{
    const struct endpoint *e = v != NULL ? &s->partitions[v->partition].endpoint : &s->normal;
    const struct memory_book *o = book_of(s);
    struct call_made *c = &made.call[count];
    uint64_t handle;

    if (v != NULL && s->partitions[v->partition].s_el0 &&
        one_in(seed, v->model == MODEL_INIT ? 2 : 20)) {
        fill_permissions(seed, v->partition, step->x);
        return true;
    }
    if (e->mailbox.state != MAILBOX_UNMAPPED && one_in(seed, v == NULL && steps_told(s) ? 8 : 40)) {
        step->x[0] = FFA_RXTX_UNMAP; /* others may be mapped then */
        return true;
    }
    if (count == CALLS || !invent_for(seed, o, v != NULL ? v->partition + 1U : NORMAL, c))
        return false;
    if (c->kind == WRITE) { /* and asks who it is */
        step->at = o->page[c->page].address;
        step->size = 8;
        memset(step->bytes, c->value, step->size);
        step->x[0] = FFA_ID_GET;
        return true;
    }
    handle = (c->of >= 0 ? made.handle[c->of] : 0) ^ c->twist;
    step->size =
        call_words(c, handle, oracle_told_before(o, c, handle), e->version, step->x, step->bytes);
    step->at = e->mailbox.tx;
    if (e->mailbox.state == MAILBOX_UNMAPPED || step->size > STEP_BYTES)
        step->size = 0;
    made.handle[count] = 0;
    last[frame_of(s, cpu, v)] = (int)count++;
    return true;
}

/* One of the two is a page that is sent and lent, now and then. */
void steps_buffers(uint64_t *seed, const struct vcpu *v, uint64_t *x)
{
    if (mixes && one_in(seed, 4))
        x[1 + random_below(seed, 2)] =
            v == NULL ? NORMAL_PAGE(random_below(seed, NORMAL_PAGES))
                      : own_page(v->partition, (unsigned)random_below(seed, OWN_PAGES));
}

/* A call that gave way is made again, mostly. */
bool steps_again(uint64_t *seed, const struct vcpu *v, struct step_made *step)
{
    if (v->regs.pc != STEP_PC - 4 || one_in(seed, 8))
        return false;
    memcpy(step->x, v->regs.x, sizeof(step->x));
    return true;
}

/* The handle that a send was given. */
void steps_memory_done(const struct spmc *s, unsigned cpu, const struct vcpu *v)
{
    const uint64_t *x = v != NULL ? v->regs.x : s->cpus[cpu].normal.x;
    int *n = &last[frame_of(s, cpu, v)];

    if (*n < 0 || (v != NULL && v->regs.pc == STEP_PC - 4))
        return;
    if (made.call[*n].kind <= DONATE && x[0] == FFA_SUCCESS_32)
        made.handle[*n] = x[2] | x[3] << 32;
    else if (made.call[*n].kind <= DONATE && x[0] == FFA_MEM_FRAG_RX)
        made.handle[*n] = x[1] | x[2] << 32;
    *n = -1;
}
