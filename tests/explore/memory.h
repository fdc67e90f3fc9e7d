/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The searches of memory transactions: two pages, three partitions, the Normal world.
 *
 * A partition's stay is one call long here, made on the CPU of its context: what chains, interrupts
 * and requests do is the other searches' matter. A call that gives way ends its stay, too: it goes
 * on when the same call is made again, after any others, of the same context also.
 */
#ifndef TESTS_EXPLORE_MEMORY_H
#define TESTS_EXPLORE_MEMORY_H

#include "core/memory.h"

#define WATCHED 2   /* pages */
#define BORROWERS 3 /* of a transaction */
#define RANGES 2
#define CONTEXTS_ALL (PARTITION_MAX * CPU_MAX)
#define STALE TRANSACTION_MAX /* as a slot: a handle that was given back */
#define ELSEWHERE 0xff        /* as a page: one that is nobody's to send */

/* Partitions are 0 to 2. */
enum { NORMAL = PARTITION_MAX, ENDPOINTS, NOBODY = ENDPOINTS };

#define RIGHT_READ 1
#define RIGHT_WRITE 2
#define RIGHT_EXECUTE 4

/* ---- What the test knows of a transaction, by the calls and their answers ---- */

enum phase { UNUSED, SENDING, SENT, RETURNING, OVER };
enum has { HAS_NOT, TAKING, HAS, GIVING };

struct deal_borrower {
    uint8_t who;
    uint8_t allowed; /* data access, FFA_ACCESS_* */
    uint8_t has;
    uint8_t taken; /* RIGHT_* */
    uint8_t clean_after;
    uint8_t asked; /* permissions as in its request */
    uint8_t clean; /* pages that were so in the course of its relinquishing, a bit each */
    uint16_t told; /* bytes of a description that it did not get whole */
};

struct deal {
    uint8_t phase;
    uint8_t kind;   /* FFA_MEMORY_* */
    uint8_t rights; /* of its sender */
    uint8_t who;
    uint8_t by; /* the context + 1 whose send gave way */
    uint8_t whole;
    uint8_t zero;
    uint8_t cleaned;    /* before its first retrieval */
    uint8_t clean;      /* pages that were so in the course of that, a bit each, */
    uint8_t clean_back; /* and of a reclaim */
    uint8_t zero_back;  /* who would have cleaned it died, or was not the last */
    uint8_t zero_may;   /* and would perhaps have */
    uint8_t zero_asked; /* by the reclaim that gave way */
    uint8_t said;       /* ranges */
    uint8_t pages;
    uint8_t page[RANGES];
    uint8_t count;
    uint16_t length;
    struct deal_borrower borrower[BORROWERS];
};

/* ---- A state ---- */

/* A transaction of the core without its generation; chunks are counted along its list. */
struct slot_state {
    uint8_t core[offsetof(struct transaction, borrower) + BORROWERS * sizeof(struct borrower)];
    struct page_range range[RANGES];
    struct deal deal;
};

struct memory_state {
    uint8_t life[PARTITION_MAX];
    uint8_t rx_full[ENDPOINTS];
    uint8_t sending[CONTEXTS_ALL]; /* slot + 1 */
    uint8_t owner[WATCHED];
    uint8_t rights[WATCHED]; /* that its owner has when it is its alone */
    uint8_t clean[WATCHED];
    uint8_t taken[WATCHED];                  /* in the ledger */
    uint64_t entry[PARTITION_MAX][WATCHED];  /* of the stage-2 tables */
    struct slot_state slot[TRANSACTION_MAX]; /* those in flight come first */
} __attribute__((aligned(8)));

/* ---- What happens ---- */

enum deed {
    SEND,
    SEND_MORE,
    RETRIEVE,
    TELL_MORE,
    RELINQUISH,
    RECLAIM,
    ASK, /* the hypervisor's retrieval */
    RELEASE,
    DIE,
    BEGIN_ANEW, /* a request comes, and the first piece of a restart is done */
    COME_BACK,
};

struct act {
    uint8_t deed;
    uint8_t who;
    uint8_t context; /* of a partition */
    uint8_t slot;    /* that it names */
    uint8_t kind;
    uint8_t permissions;
    uint8_t zero; /* the flag of each call */
    uint8_t count;
    uint8_t borrower[BORROWERS];
    uint8_t said;  /* ranges */
    uint8_t first; /* that are in this call */
    uint8_t page[RANGES];
    uint8_t again; /* the part told is repeated, or not where the last ended */
    char name[80];
};

struct answer {
    bool again;
    bool refused;
    int status;
    uint64_t x[5];
    uint64_t sending;      /* of the caller, when its send gave way */
    const char *disagrees; /* a step with the rule books (tests/rules); NULL */
};

/* What a search has besides sending, retrieving, relinquishing and reclaiming. */
enum {
    WITH_DEATHS = 1,
    WITH_SECOND = 2,    /* the MP partition's second context calls, too */
    WITH_BUSY = 4,      /* RX stays full until it is released */
    WITH_PARTS = 8,     /* FRAG_TX and FRAG_RX */
    WITH_CHOICES = 16,  /* retrievals with less access, and with more */
    WITH_CLEANING = 32, /* retrievals that ask for memory to be cleaned after */
};

/* To partitions in a circle, the first of which comes after the Normal world. */
enum to { TO_NEXT, TO_LAST, TO_BOTH, TO_SELF };

/* One kind of send, that each endpoint may make of each page. */
struct send {
    uint8_t kind;
    uint8_t to;
    uint8_t data; /* FFA_ACCESS_* */
    bool zero;
    uint8_t said;   /* ranges, */
    uint8_t first;  /* of which come in the first part, */
    uint8_t second; /* and the page of the second one */
};

struct memory_scope {
    const char *name;
    uint64_t page[WATCHED];
    unsigned with;
    unsigned tables; /* pages left in the pool besides those that are needed at the start */
    const struct send *sends;
};

extern const struct memory_scope memory_scopes[];
extern const unsigned memory_scope_count;

/* ---- The world (memory_world.c) ---- */

extern struct spmc memory_world;

struct watched {
    uint64_t address;
    uint8_t space;
    uint8_t home;
};
extern struct watched watched[WATCHED];

/* The world of a search, and its first state. */
void world_setup(const struct memory_scope *scope, struct memory_state *first);

/* The world becomes that state; `whole`: the last step changed more than memory. */
void world_put(const struct memory_state *state, bool whole);

/* What it is now but for what the rules know: life, owners and deals are as in `state`. What is
 * wrong with lists, NULL for nothing. */
const char *world_get(struct memory_state *state);

/* Transactions change places, so that states that differ in these alone are the same. */
void world_sort(struct memory_state *state);

/* Nothing else of the world has changed since the beginning. */
const char *world_strays(const struct memory_state *state);

/* ---- Its stage-2 tables (memory_tables.c) ---- */

/* `left`: pages that the pool has besides. */
void tables_setup(unsigned left, struct memory_state *first);
void tables_put(struct spmc *to, const struct memory_state *state, bool whole);
const char *tables_get(struct memory_state *state);
const char *tables_strays(const struct memory_state *state);

/* ---- Calls (memory_calls.c) ---- */

void acts_list(const struct memory_scope *scope);
extern struct act acts[];
extern unsigned act_count;

bool act_possible(const struct memory_state *state, const struct act *a);

/* In the world as it is. */
void act_do(const struct memory_state *state, const struct act *a, struct answer *answer);

/* Whether an act leaves more of the world changed than memory. */
static inline bool act_is_large(const struct act *a)
{
    return a->deed >= DIE;
}

uint64_t handle_of_slot(unsigned slot);
uint32_t bytes_of_send(unsigned borrowers, unsigned ranges);
uint32_t context_of(const struct act *a); /* its number in spmc.vcpus */

/* ---- The rules (memory_rules.c) ---- */

/* What an act and its answer make of owners and deals. What was against the rules, or NULL. */
const char *rules_follow(struct memory_state *state, const struct act *a, const struct answer *r);

void rules_move(struct memory_state *state);

/* Whether tables, ledger and contents are as the owners and deals have it. */
const char *rules_hold(const struct memory_state *before, struct memory_state *state,
                       const struct act *a, const struct answer *r);

/* Who can write does so at once. */
void rules_write(struct memory_state *state);

/* ---- Situations (memory_met.c) ---- */

void met(const struct memory_state *before, const struct memory_state *after, const struct act *a,
         const struct answer *r);

/* ---- The search (memory_search.c) ---- */

bool memory_search(const struct memory_scope *scope, unsigned test);
unsigned memory_search_states(void);

#endif
