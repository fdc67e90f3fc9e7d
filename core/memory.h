/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory transactions: share, lend, donate, and what borrowers do with them. memory.c alone writes
 * who owns and who can reach a page; memory_send.c and memory_retrieve.c are the calls, and
 * memory_wire.c reads and writes their descriptors.
 */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include "core/calls.h"

/* Pages that follow each other, by the number of the first: physical address / 4096. */
struct page_range {
    uint32_t first;
    uint32_t count;
};

struct chunk {
    struct page_range range[CHUNK_RANGES];
    uint16_t next; /* chunk number; 0 for none */
} INDEXED(256);

/* How far work on a transaction's pages has come. */
struct cursor {
    uint16_t chunk;
    uint16_t slot;
    uint16_t page; /* of that range */
    uint16_t done; /* pages in all */
} __attribute__((aligned(8)));

_Static_assert(TRANSACTION_PAGES_MAX <= UINT16_MAX, "a cursor counts them");

enum borrower_state {
    BORROWER_WITHOUT,
    BORROWER_TAKING,  /* its retrieval gave way */
    BORROWER_FAILING, /* the same, and it fails: it loses the first `told` pages again */
    BORROWER_WITH,
    BORROWER_GIVING, /* its relinquishing gave way: it has none of it any more */
};

struct borrower {
    uint16_t id;
    uint8_t permissions; /* FFA_ACCESS_*: what the sender allows */
    uint8_t taken;       /* what it has */
    uint8_t state;
    bool zero_after; /* the sender gets the memory back clean */
    uint16_t told;   /* bytes of the description that it has got */
    struct cursor at;
    uint64_t own[2];
};

enum transaction_state {
    TRANSACTION_FREE,
    TRANSACTION_SENDING,
    TRANSACTION_UNDOING, /* a send that fails */
    TRANSACTION_SENT,
    TRANSACTION_RETURNING, /* its reclaim gave way: nobody can retrieve it any more */
    TRANSACTION_OVER,      /* a donation that was retrieved, but not told whole */
};

struct transaction {
    /* Up to `ranges` as abi/stat.h tells them. */
    uint64_t handle; /* its place, below a number that grows with each use of it */
    uint8_t state;
    uint8_t kind; /* FFA_MEMORY_SHARED, _LENT, _DONATED */
    uint8_t borrower_count;
    uint8_t access_size; /* of the sender's entries */
    uint32_t ranges;     /* so far */
    uint16_t sender;
    uint16_t attributes;
    bool zero;            /* the borrowers get it clean */
    bool zero_back;       /* a borrower wanted it clean, and died, or was not the last */
    bool non_secure;      /* the space of the pages, */
    bool device;          /* and their kind */
    bool writable;        /* by the sender, */
    bool executable;      /* and as code */
    uint64_t entry;       /* ENTRY_KIND of its pages, where it is a partition */
    uint16_t first_chunk; /* 0 for none */
    uint16_t last_chunk;
    uint16_t next_free;
    uint32_t pages;
    uint32_t pages_said; /* by the sender */
    uint32_t length;     /* of the sender's description, in bytes, */
    uint32_t received;   /* and how many came; */
    uint32_t part;       /* how many bytes of TX were read of the present part */
    uint16_t told;       /* to the hypervisor */
    uint64_t tag;
    struct cursor claimed;  /* what gave way: the send, or the sender's loss of a donation, */
    struct cursor cleaned;  /* the cleaning before the first retrieval, */
    struct cursor back;     /* that after the last borrower, or before it comes back, */
    struct cursor returned; /* and its coming back */
    struct borrower borrower[BORROWER_MAX];
} INDEXED(512);

struct memory {
    uint16_t free_transaction; /* number + 1; 0 for none */
    uint16_t free_chunk;
    uint64_t *taken;       /* ledger.c: a bit for each of */
    uint64_t normal_pages; /* so many pages */
    struct transaction transactions[TRANSACTION_MAX];
    struct chunk chunks[CHUNK_MAX]; /* number 0 is none */
};

void memory_init(struct memory *m);

/* The partition that sent, NULL for the Normal world. */
struct partition *memory_sender(struct spmc *s, const struct transaction *t);

/* ---- Transactions ---- */

/* What the Normal world was told of in part, it has to ask for again: its version changes. */
void memory_tell_anew(struct spmc *s);

struct transaction *transaction_new(struct spmc *s);
void transaction_free(struct spmc *s, struct transaction *t);

/* By handle; NULL for one that is not in flight. */
struct transaction *transaction_find(struct spmc *s, uint64_t handle);

/* Adds pages at its end: false when the pool of chunks is empty. */
bool transaction_append(struct spmc *s, struct transaction *t, uint64_t address, uint32_t pages);

/* The range of this number, counted from 0. */
const struct page_range *transaction_range(const struct spmc *s, const struct transaction *t,
                                           uint32_t number);

/* The one whose handle a call has in w1 and w2. */
struct transaction *transaction_called(struct spmc *s, const struct call *c);

/* w4 of a part of a description: the sender, to and from the Normal world. */
uint32_t transaction_w4(const struct call *c, const struct transaction *t);

struct borrower *transaction_borrower(struct transaction *t, uint16_t id);

/* Whether a borrower has it, or is about to. */
bool transaction_is_held(const struct transaction *t);

/* Whoever sent it is dead and the last borrower is without it: nobody is left to reclaim it. */
void transaction_end_orphan(struct spmc *s, struct transaction *t);

/* ---- What becomes of its pages ---- */

enum page_work {
    PAGES_CLAIM,  /* they are the sender's alone, and become part of the transaction */
    PAGES_RETURN, /* they are the sender's alone again */
    PAGES_LEAVE,  /* a donation leaves its sender for good, and is its borrower's own */
    PAGES_UNMAP,  /* the caller's partition cannot reach them any more */
    PAGES_CLEAN,  /* they are zero */
    PAGES_MAP,    /* it can, with the rights that are added to this: MAP_* << MAP_SHIFT */
};
#define MAP_SHIFT 8

enum progress {
    PROGRESS_DONE,
    PROGRESS_MORE,   /* the piece of work is done, not the whole */
    PROGRESS_FAILED, /* at the cursor: not the sender's alone, no more tables, an external abort */
};

/*
 * Goes on at the cursor, with the first `until` pages. A partition's call does a piece at a time,
 * where something waits; the Normal world's, or nobody's (`from` is NULL), does all at once.
 */
enum progress memory_work(struct spmc *s, struct call *c, struct transaction *t, unsigned work,
                          struct cursor *at, uint32_t until);

/* A call that did its piece is made again, by the partition itself: interrupts come first. */
refusal memory_again(struct call *c);

/* ---- Partitions ---- */

/* A partition died: what it borrowed is given up, what it lent stays until that is relinquished. */
void memory_end(struct spmc *s, struct partition *p);

/* Whether all memory of its manifest is its own again, and nobody else's: until its kick, a context
 * of another dead one may still reach what that had borrowed. */
bool memory_is_back(struct spmc *s, const struct partition *p);

/*
 * Takes whole pages of the caller as the SPMC's buffers, and gives them back. Refused with nothing
 * changed: INVALID_PARAMETERS for what is no memory that it has with this access (ENTRY_READ and
 * ENTRY_WRITE), DENIED for what is in use. NULL: the Normal world.
 */
refusal memory_take_buffer(struct spmc *s, const struct partition *p, uint64_t base, uint64_t pages,
                           uint64_t access);
void memory_give_buffer(struct spmc *s, const struct partition *p, uint64_t base, uint64_t pages);

/* ---- Descriptors (memory_wire.c) ---- */

/* What comes before the ranges. */
struct description {
    struct ffa_memory_header header;
    struct ffa_memory_access access[BORROWER_MAX];
    uint32_t end; /* of the entries, from the start */
};

/* Whether a call names a buffer other than TX: in w3 or, by its form, x3; and how large in w4. */
bool description_is_elsewhere(const struct call *c);

/*
 * Reads the header and the entries for borrowers from TX: `length` bytes are there. Each byte is
 * read once.
 */
refusal description_read(const struct call *c, uint32_t length, struct description *d);

/* Bytes of a description to a borrower, or (NULL) to the hypervisor. */
uint32_t description_bytes(const struct endpoint *who, const struct transaction *t,
                           const struct borrower *borrower);

/*
 * Writes the part of a description that begins at `from` to RX, which becomes FULL: to a borrower,
 * or (NULL) to the hypervisor. How many bytes, 0 after an external abort.
 */
uint32_t description_write(struct spmc *s, struct endpoint *who, const struct transaction *t,
                           const struct borrower *borrower, uint32_t from);

#endif
