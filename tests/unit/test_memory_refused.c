/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_MEM_SHARE, LEND and DONATE: what is wrong with a description, and what that is answered. */
#include "support/sharing.h"

enum { BY_HYPERVISOR = 1, BY_VM = 2, BY_PARTITION = 4, BY_ALL = 7, BY_NORMAL = 3 };
enum { V1_0 = 1, V1_1 = 2, V1_2 = 4, V_ALL = 7, V_NEW = 6 };
enum { SHARE = 1, LEND = 2, DONATE = 4, SEND_ALL = 7, SEND_AWAY = 6 };

static const uint32_t functions[] = {FFA_MEM_SHARE_32, FFA_MEM_LEND_64, FFA_MEM_DONATE_64};
static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1, FFA_VERSION_1_2};

/* A value in the description, or in TX as it is written. */
struct patch {
    uint16_t raw;
    uint16_t at;
    uint16_t size;
    uint64_t value;
};
#define SAY(field, is)                                            \
    {                                                             \
        0, offsetof(struct said, field), sizeof(said.field), (is) \
    }
#define RAW(offset, bytes, is)     \
    {                              \
        1, (offset), (bytes), (is) \
    }

struct fault {
    uint8_t by;
    uint8_t versions;
    uint8_t functions;
    int status;
    const char *reason;
    struct patch patch[5];
};

#define NOT_CALLER "the sender is not the caller"
#define FLAGS "a reserved flag is set"
#define COUNT_OF "a wrong number of borrowers"
#define ATTRIBUTES "attributes that are reserved"
#define TYPE "a type or permissions given, or not given"
#define RESERVED "a reserved field is not zero"
#define FIT "entries that do not fit"
#define UNLIKE "an entry unlike the first"
#define TWICE "a borrower is named twice"
#define NOBODY "no such borrower"
#define ONLY "memory goes to partitions"
#define PERMISSIONS "a type or permissions given, or not given"
#define COMPOSITE "a composite that does not fit"
#define EMPTY "a composite that does not fit"
#define LIMIT "more ranges or pages than the limit"
#define LENGTH "a length that does not fit"
#define RANGE "a range that cannot be"
#define SUM "not the number of pages"
#define ALONE "memory that is not the sender's alone"

#define INVALID FFA_INVALID_PARAMETERS
#define TOP ((1ULL << 36) - PAGE_BYTES)

static const struct fault faults[] = {
    /* The header */
    {BY_NORMAL, V_ALL, SEND_ALL, FFA_DENIED, NOT_CALLER, {SAY(header.sender, QUEUED_ID)}},
    {BY_PARTITION, V_ALL, SEND_ALL, FFA_DENIED, NOT_CALLER, {SAY(header.sender, QUEUED_ID)}},
    {BY_PARTITION, V_ALL, SEND_ALL, FFA_DENIED, NOT_CALLER, {SAY(header.sender, 0)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, "a handle before there is one", {SAY(header.handle, 1)}},
    {BY_ALL, V_ALL, SHARE, INVALID, FLAGS, {SAY(header.flags, FFA_MEMORY_ZERO)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, FLAGS, {SAY(header.flags, FFA_MEMORY_ZERO_AFTER)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, FLAGS, {SAY(header.flags, 1U << 31)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, FLAGS, {SAY(header.flags, 1U << 3)}},
    {BY_ALL, V1_0 | V1_1, SEND_ALL, INVALID, COUNT_OF, {RAW(28, 4, 0)}},
    {BY_ALL, V1_2, SEND_ALL, INVALID, FIT, {RAW(28, 4, 0)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, FIT, {SAY(header.count, 9)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, FIT, {SAY(header.count, UINT32_MAX)}},
    {BY_ALL, V_ALL, DONATE, INVALID, COUNT_OF, {SAY(borrowers, 2), SAY(access[1].id, QUEUED_ID)}},
    {BY_ALL, V_NEW, SEND_ALL, INVALID, FIT, {SAY(header.access_size, 24)}},
    {BY_ALL, V1_1, SEND_ALL, INVALID, FIT, {SAY(access_size, 32)}},
    {BY_ALL, V1_0, SEND_ALL, INVALID, RESERVED, {SAY(header.access_size, 16)}},
    {BY_ALL, V_NEW, SEND_ALL, INVALID, FIT, {SAY(header.offset, 56)}},
    {BY_ALL, V_NEW, SEND_ALL, INVALID, FIT, {RAW(32, 4, 32)}},
    {BY_ALL, V_NEW, SEND_ALL, INVALID, FIT, {RAW(32, 4, 4096)}},
    {BY_ALL, V_NEW, SEND_ALL, INVALID, FIT, {RAW(32, 4, 96)}},
    {BY_ALL, V_NEW, SEND_ALL, INVALID, RESERVED, {SAY(header.reserved[0], 1)}},
    {BY_ALL, V_NEW, SEND_ALL, INVALID, RESERVED, {SAY(header.reserved[1], 1)}},
    {BY_ALL, V_NEW, SEND_ALL, INVALID, RESERVED, {SAY(header.reserved[2], 1)}},
    /* Attributes */
    {BY_ALL, V_ALL, SEND_ALL, INVALID, ATTRIBUTES, {SAY(header.attributes, 0x6f)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, ATTRIBUTES, {SAY(header.attributes, 0x80)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, ATTRIBUTES, {SAY(header.attributes, 0x8000)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, ATTRIBUTES, {SAY(header.attributes, 0x3f)}},
    {BY_ALL, V_ALL, SHARE, INVALID, TYPE, {SAY(header.attributes, 0)}},
    {BY_ALL, V_ALL, SEND_AWAY, INVALID, TYPE, {SAY(header.attributes, FFA_MEMORY_USUAL)}},
    {BY_ALL,
     V_ALL,
     SHARE,
     FFA_DENIED,
     "memory of another type",
     {SAY(header.attributes, FFA_MEMORY_DEVICE)}},
    {BY_ALL,
     V_ALL,
     SHARE,
     FFA_DENIED,
     "memory of another type",
     {SAY(header.attributes, FFA_MEMORY_USUAL - 1)}},
    {BY_ALL,
     V_ALL,
     LEND,
     FFA_DENIED,
     "memory of another type",
     {SAY(borrowers, 2), SAY(access[1].id, QUEUED_ID), SAY(header.attributes, 0x27)}},
    /* Entries of borrowers */
    {BY_ALL, V_ALL, SEND_ALL, INVALID, UNLIKE, {SAY(access[0].flags, 1)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, RESERVED, {SAY(access[0].flags, 2)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, RESERVED, {SAY(access[0].permissions, 0x12)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, RESERVED, {SAY(access[0].permissions, 0x03)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, RESERVED, {SAY(access[0].permissions, 0x0c)}},
    {BY_ALL, V1_0, SEND_ALL, INVALID, RESERVED, {RAW(40, 8, 1)}},
    {BY_ALL, V1_1, SEND_ALL, INVALID, RESERVED, {RAW(56, 8, 1)}},
    {BY_ALL, V1_2, SEND_ALL, INVALID, RESERVED, {RAW(72, 8, 1)}},
    {BY_ALL,
     V_ALL,
     SHARE | LEND,
     INVALID,
     PERMISSIONS,
     {SAY(access[0].permissions, FFA_ACCESS_RW | FFA_ACCESS_NX)}},
    {BY_ALL,
     V_ALL,
     SHARE | LEND,
     INVALID,
     PERMISSIONS,
     {SAY(access[0].permissions, FFA_ACCESS_RW | FFA_ACCESS_X)}},
    {BY_ALL, V_ALL, SHARE | LEND, INVALID, PERMISSIONS, {SAY(access[0].permissions, 0)}},
    {BY_ALL, V_ALL, DONATE, INVALID, PERMISSIONS, {SAY(access[0].permissions, FFA_ACCESS_RO)}},
    {BY_ALL, V_ALL, DONATE, INVALID, PERMISSIONS, {SAY(access[0].permissions, FFA_ACCESS_NX)}},
    {BY_HYPERVISOR, V_ALL, SEND_ALL, INVALID, NOBODY, {SAY(access[0].id, 0)}},
    {BY_VM, V_ALL, SEND_ALL, INVALID, NOBODY, {SAY(access[0].id, 7)}},
    {BY_PARTITION, V_ALL, SEND_ALL, INVALID, NOBODY, {SAY(access[0].id, UP_ID)}},
    {BY_ALL, V_ALL, SHARE, INVALID, TWICE, {SAY(borrowers, 2), SAY(access[1].id, MP_ID)}},
    {BY_ALL,
     V_ALL,
     SHARE,
     INVALID,
     TWICE,
     {SAY(borrowers, 3), SAY(access[1].id, QUEUED_ID), SAY(access[2].id, QUEUED_ID)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, NOBODY, {SAY(access[0].id, WORLD_UNKNOWN_ID)}},
    {BY_ALL, V_ALL, SEND_ALL, FFA_DENIED, ONLY, {SAY(access[0].id, 5)}},
    {BY_PARTITION, V_ALL, SHARE, FFA_DENIED, ONLY, {SAY(borrowers, 2), SAY(access[1].id, 0)}},
    {BY_PARTITION, V_ALL, SHARE, FFA_DENIED, ONLY, {SAY(borrowers, 2), SAY(access[1].id, 5)}},
    {BY_NORMAL,
     V_ALL,
     SHARE,
     FFA_DENIED,
     ONLY,
     {SAY(borrowers, 2), SAY(access[0].id, 5), SAY(access[1].id, 6)}},
    {BY_NORMAL, V_ALL, LEND, FFA_DENIED, ONLY, {SAY(borrowers, 2), SAY(access[1].id, 5)}},
    /* The composite */
    {BY_ALL,
     V_ALL,
     SHARE,
     INVALID,
     UNLIKE,
     {SAY(borrowers, 2), SAY(access[1].id, QUEUED_ID), SAY(access[1].composite, 160)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, COMPOSITE, {SAY(access[0].composite, 72)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, COMPOSITE, {SAY(access[0].composite, 32)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, COMPOSITE, {SAY(access[0].composite, 4096)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, COMPOSITE, {SAY(access[0].composite, UINT32_MAX - 15)}},
    {BY_ALL, V1_1, SEND_ALL, INVALID, COMPOSITE, {SAY(access[0].composite, 96)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, EMPTY, {SAY(composite.reserved, 1)}},
    {BY_ALL, V1_1, SEND_ALL, INVALID, EMPTY, {RAW(64, 4, 0)}},
    {BY_ALL, V1_1, SEND_ALL, INVALID, EMPTY, {RAW(68, 4, 0)}},
    {BY_ALL,
     V_ALL,
     SEND_ALL,
     FFA_NO_MEMORY,
     LIMIT,
     {SAY(composite.count, TRANSACTION_RANGES_MAX + 1)}},
    {BY_ALL, V_ALL, SEND_ALL, FFA_NO_MEMORY, LIMIT, {SAY(composite.count, UINT32_MAX)}},
    {BY_ALL,
     V_ALL,
     SEND_ALL,
     FFA_NO_MEMORY,
     LIMIT,
     {SAY(composite.pages, TRANSACTION_PAGES_MAX + 1)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, LENGTH, {SAY(composite.count, 2)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, LENGTH, {SAY(composite.count, TRANSACTION_RANGES_MAX)}},
    /* Ranges */
    {BY_ALL, V_ALL, SEND_ALL, INVALID, RANGE, {SAY(range[0].reserved, 1)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, RANGE, {SAY(range[0].pages, 0), SAY(composite.pages, 1)}},
    {BY_NORMAL, V_ALL, SEND_ALL, INVALID, RANGE, {SAY(range[0].address, PAGE(0) + 8)}},
    {BY_PARTITION, V_ALL, SEND_ALL, INVALID, RANGE, {SAY(range[0].address, OWN(0) + 2048)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, RANGE, {SAY(range[0].address, 1ULL << 36)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, RANGE, {SAY(range[0].address, -PAGE_BYTES)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, RANGE, {SAY(range[0].address, TOP), SAY(range[0].pages, 2)}},
    {BY_ALL,
     V_ALL,
     SEND_ALL,
     INVALID,
     RANGE,
     {SAY(range[0].pages, UINT32_MAX), SAY(composite.pages, 2)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, RANGE, {SAY(range[0].pages, 2), SAY(composite.pages, 1)}},
    {BY_ALL, V_ALL, SEND_ALL, INVALID, SUM, {SAY(composite.pages, 2)}},
    {BY_ALL, V_ALL, SEND_ALL, FFA_DENIED, ALONE, {SAY(range[0].address, TOP)}},
    {BY_ALL, V_ALL, SEND_ALL, FFA_DENIED, ALONE, {SAY(range[0].address, 0)}},
    {BY_ALL, V_ALL, SEND_ALL, FFA_DENIED, ALONE, {SAY(range[0].address, WORLD_LOAD(WORLD_MP))}},
    {BY_ALL, V_ALL, SEND_ALL, FFA_DENIED, ALONE, {SAY(range[0].address, 0x0e000000)}},
    {BY_NORMAL, V_ALL, SEND_ALL, FFA_DENIED, ALONE, {SAY(range[0].address, WORLD_NORMAL_TX)}},
    {BY_NORMAL, V_ALL, SEND_ALL, FFA_DENIED, ALONE, {SAY(range[0].address, WORLD_NORMAL_RX)}},
    {BY_NORMAL,
     V_ALL,
     SEND_ALL,
     FFA_DENIED,
     ALONE,
     {SAY(range[0].address, WORLD_NORMAL_REGION(WORLD_UP))}},
    {BY_NORMAL,
     V_ALL,
     SEND_ALL,
     FFA_DENIED,
     ALONE,
     {SAY(range[0].address, WORLD_NORMAL_MEMORY + MODEL_NORMAL_SIZE - PAGE_BYTES),
      SAY(range[0].pages, 2)}},
    {BY_PARTITION, V_ALL, SEND_ALL, FFA_DENIED, ALONE, {SAY(range[0].address, PAGE(0))}},
    {BY_PARTITION, V_ALL, SEND_ALL, FFA_DENIED, ALONE, {SAY(range[0].address, WORLD_TX(WORLD_UP))}},
    {BY_PARTITION, V_ALL, SEND_ALL, FFA_DENIED, ALONE, {SAY(range[0].address, WORLD_RX(WORLD_UP))}},
    {BY_PARTITION,
     V_ALL,
     SEND_ALL,
     FFA_DENIED,
     ALONE,
     {SAY(range[0].address, WORLD_LOAD(WORLD_UP) + WORLD_SIZE - PAGE_BYTES),
      SAY(range[0].pages, 2)}},
    {BY_PARTITION,
     V_ALL,
     SEND_AWAY,
     FFA_DENIED,
     "the sender cannot write to it",
     {SAY(range[0].address, WORLD_NORMAL_REGION(WORLD_UP)), SAY(header.flags, FFA_MEMORY_ZERO)}},
    {BY_PARTITION,
     V_ALL,
     SHARE | LEND,
     FFA_DENIED,
     "the sender cannot write to it",
     {SAY(range[0].address, WORLD_NORMAL_REGION(WORLD_UP))}},
    /* And what may be: */
    {BY_ALL, V_ALL, SEND_ALL, 0, NULL, {{0}}},
    {BY_ALL, V_ALL, SEND_ALL, 0, NULL, {SAY(header.flags, FFA_MEMORY_TIME_SLICE)}},
    {BY_ALL, V_ALL, SEND_AWAY, 0, NULL, {SAY(header.flags, FFA_MEMORY_ZERO)}},
    {BY_ALL, V1_2, SEND_ALL, 0, NULL, {SAY(access_size, 16)}},
    {BY_ALL, V1_2, SEND_ALL, 0, NULL, {SAY(access[0].own[0], 7), SAY(access[0].own[1], -1ULL)}},
    {BY_ALL, V_NEW, SEND_ALL, 0, NULL, {SAY(header.offset, 80)}},
    {BY_ALL, V_ALL, SHARE | LEND, 0, NULL, {SAY(access[0].permissions, FFA_ACCESS_RO)}},
    {BY_ALL,
     V_ALL,
     LEND,
     0,
     NULL,
     {SAY(borrowers, 2), SAY(access[1].id, QUEUED_ID), SAY(header.attributes, FFA_MEMORY_USUAL)}},
    {BY_ALL, V_ALL, LEND, 0, NULL, {SAY(borrowers, 2), SAY(access[1].id, QUEUED_ID)}},
    {BY_ALL, V_ALL, SHARE, 0, NULL, {SAY(borrowers, 2), SAY(access[1].id, QUEUED_ID)}},
    {BY_NORMAL, V_ALL, SHARE, 0, NULL, {SAY(borrowers, 2), SAY(access[1].id, 5)}},
    {BY_NORMAL,
     V_ALL,
     SHARE,
     0,
     NULL,
     {SAY(borrowers, 2), SAY(access[0].id, 5), SAY(access[1].id, MP_ID)}},
    {BY_VM, V_ALL, SHARE, 0, NULL, {SAY(borrowers, 2), SAY(access[1].id, 0)}},
    {BY_VM,
     V_ALL,
     SHARE,
     0,
     NULL,
     {SAY(borrowers, 2), SAY(access[0].id, 0), SAY(access[1].id, MP_ID)}},
    {BY_PARTITION, V_ALL, DONATE, 0, NULL, {SAY(range[0].address, WORLD_NORMAL_REGION(WORLD_UP))}},
};

static void apply(const struct patch *p, bool raw, void *to)
{
    for (; p->size != 0; p++)
        if (p->raw == raw)
            memcpy((uint8_t *)to + p->at, &p->value, p->size);
}

/* One fault in an otherwise good call. */
static void try(const struct fault *f, unsigned by, uint32_t version, unsigned kind)
{
    bool partition = by == BY_PARTITION;
    uint64_t where = partition ? WORLD_TX(WORLD_UP) : WORLD_NORMAL_TX;
    const struct regs *regs = partition ? REGS_OF(WORLD_UP) : normal;
    uint64_t handle;
    uint32_t length;

    say_own();
    if (!partition)
        said.range[0].address = PAGE(0);
    said.header.sender = partition ? UP_ID : by == BY_VM ? 7 : 0;
    said.version = version;
    said.header.attributes = 1U << kind == SHARE ? FFA_MEMORY_USUAL : 0;
    said.access[0].permissions = 1U << kind == DONATE ? 0 : FFA_ACCESS_RW;
    said.access[1].permissions = said.access[0].permissions;
    said.access[2].permissions = said.access[0].permissions;
    *(partition ? &s.partitions[WORLD_UP].endpoint.version : &s.normal.version) = version;
    apply(f->patch, false, &said);
    length = write_said(where);
    apply(f->patch, true, port_model_memory(where, PAGE_BYTES));
    remember();
    if (partition)
        in_partition(WORLD_UP, functions[kind], length, length, 0);
    else
        world_normal_call(&s, 0, functions[kind], length, length);
    if (world_error(regs) != f->status)
        print_message("# fault %u by %u, version %x, call %x\n", (unsigned)(f - faults), by,
                      version, functions[kind]);
    if (f->status != 0)
        assert_no(regs, f->status, f->reason);
    else {
        handle = handle_of(regs);
        assert_int_equal(handle >> 63, 0);
        if (partition)
            partition_call(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
        else
            reclaim(handle, 0);
        assert_success(regs, 0, 0);
        assert_all_is_back();
    }
    if (partition)
        leave();
}

static void try_all(unsigned by)
{
    for (unsigned i = 0; i < COUNT(faults); i++)
        for (unsigned v = 0; v < COUNT(versions); v++)
            for (unsigned kind = 0; kind < COUNT(functions); kind++)
                if ((faults[i].by & by) && (faults[i].versions & 1U << v) &&
                    (faults[i].functions & 1U << kind))
                    try(&faults[i], by, versions[v], kind);
}

static void a_wrong_description_of_the_hypervisor_is_refused(void **state)
{
    (void)state;
    try_all(BY_HYPERVISOR);
}

static void a_wrong_description_of_a_vm_is_refused(void **state)
{
    (void)state;
    try_all(BY_VM);
}

static void a_wrong_description_of_a_partition_is_refused(void **state)
{
    (void)state;
    try_all(BY_PARTITION);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_description_of_the_hypervisor_is_refused),
        TEST(a_wrong_description_of_a_vm_is_refused),
        TEST(a_wrong_description_of_a_partition_is_refused),
    };

    return cmocka_run_group_tests_name("memory_refused", tests, NULL, NULL);
}
