/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_MEM_RETRIEVE_REQ: what is wrong with a request, and what that is answered. */
#include "support/sharing.h"

enum { V1_0 = 1, V1_1 = 2, V1_2 = 4, V_ALL = 7, V_NEW = 6 };
enum { SHARE = 1, LEND = 2, DONATE = 4, ANY = 7, AWAY = 6 };
/* How the transaction is, beside the usual one: */
enum { TWO = 1, CLEAN = 2, READ_ONLY = 4, OWN_VALUES = 8, LARGE = 16, DATA = 32, CODE = 64 };

static const uint32_t functions[] = {FFA_MEM_SHARE_64, FFA_MEM_LEND_32, FFA_MEM_DONATE_32};
static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1, FFA_VERSION_1_2};

#define DATA_PAGE 0x0e600000ULL /* UP's, and no code */

struct patch {
    uint16_t at;
    uint16_t size;
    uint64_t value;
};
#define SAY(field, is)                                         \
    {                                                          \
        offsetof(struct said, field), sizeof(said.field), (is) \
    }

struct fault {
    uint8_t kinds;
    uint8_t versions;
    uint8_t how;
    int status;
    const char *reason;
    struct patch patch[4];
};

#define INVALID FFA_INVALID_PARAMETERS
#define NONE "no such transaction"
#define FLAGS "a reserved flag is set"
#define KIND "another kind of transaction"
#define NOT_ZEROED "a reserved flag is set"
#define ATTRIBUTES "attributes that are reserved"
#define TYPE "memory of another type"
#define NUMBER "a wrong number of borrowers"
#define MORE "more access than granted"
#define CHOOSE "a type or permissions given, or not given"
#define RESERVED "a reserved field is not zero"
#define ZERO_RO "memory to zero that is read-only, or a device"
#define FIT "entries that do not fit"

#define PERMIT(is) SAY(access[0].permissions, (is))

static const struct fault faults[] = {
    {ANY, V_ALL, 0, FFA_DENIED, "another sender", {SAY(header.sender, 7)}},
    {ANY, V_ALL, 0, FFA_DENIED, "another sender", {SAY(header.sender, UP_ID)}},
    {ANY, V_ALL, 0, INVALID, "another tag", {SAY(header.tag, 0x1235)}},
    {ANY, V_ALL, 0, INVALID, NONE, {SAY(header.handle, 0)}},
    {ANY, V_ALL, 0, INVALID, NONE, {SAY(header.handle, -1ULL)}},
    {ANY, V_ALL, 0, INVALID, NONE, {SAY(header.handle, 1ULL << 63 | 0x100)}},
    /* Flags */
    {ANY, V_ALL, 0, INVALID, FLAGS, {SAY(header.flags, 1U << 11)}},
    {ANY, V_ALL, 0, INVALID, FLAGS, {SAY(header.flags, 1U << 31)}},
    {ANY, V_ALL, 0, INVALID, FLAGS, {SAY(header.flags, 1U << 9)}},
    {ANY, V_ALL, 0, INVALID, FLAGS, {SAY(header.flags, 1U << 5)}},
    {AWAY, V_ALL, 0, INVALID, KIND, {SAY(header.flags, FFA_MEMORY_SHARED << 3)}},
    {SHARE | DONATE, V_ALL, 0, INVALID, KIND, {SAY(header.flags, FFA_MEMORY_LENT << 3)}},
    {SHARE | LEND, V_ALL, 0, INVALID, KIND, {SAY(header.flags, FFA_MEMORY_DONATED << 3)}},
    {SHARE, V_ALL, 0, INVALID, NOT_ZEROED, {SAY(header.flags, FFA_MEMORY_ZERO)}},
    {SHARE, V_ALL, 0, INVALID, NOT_ZEROED, {SAY(header.flags, FFA_MEMORY_ZERO_AFTER)}},
    {AWAY, V_ALL, 0, FFA_DENIED, "not zeroed by the sender", {SAY(header.flags, FFA_MEMORY_ZERO)}},
    {AWAY,
     V_ALL,
     LARGE,
     FFA_DENIED,
     "a device, or too many pages to zero",
     {SAY(header.flags, FFA_MEMORY_ZERO_AFTER)}},
    {AWAY,
     V_ALL,
     CLEAN,
     FFA_DENIED,
     ZERO_RO,
     {SAY(header.flags, FFA_MEMORY_ZERO), PERMIT(FFA_ACCESS_RO | FFA_ACCESS_NX)}},
    {AWAY,
     V_ALL,
     0,
     FFA_DENIED,
     ZERO_RO,
     {SAY(header.flags, FFA_MEMORY_ZERO_AFTER), PERMIT(FFA_ACCESS_RO | FFA_ACCESS_NX)}},
    {LEND, V_ALL, READ_ONLY, FFA_DENIED, ZERO_RO, {SAY(header.flags, FFA_MEMORY_ZERO_AFTER)}},
    /* Attributes */
    {ANY, V_ALL, 0, INVALID, ATTRIBUTES, {SAY(header.attributes, 0x6f)}},
    {ANY, V_ALL, 0, INVALID, ATTRIBUTES, {SAY(header.attributes, 0x8000)}},
    {ANY, V_ALL, 0, INVALID, ATTRIBUTES, {SAY(header.attributes, 0x3f)}},
    {ANY, V_ALL, 0, FFA_DENIED, TYPE, {SAY(header.attributes, FFA_MEMORY_DEVICE)}},
    {ANY, V_ALL, 0, FFA_DENIED, TYPE, {SAY(header.attributes, FFA_MEMORY_USUAL - 1)}},
    /* Borrowers */
    {ANY, V_ALL, 0, INVALID, NUMBER, {SAY(borrowers, 2), SAY(access[1].id, MP_ID)}},
    {ANY, V_ALL, 0, INVALID, NUMBER, {SAY(header.flags, FFA_MEMORY_ONE_BORROWER)}},
    {SHARE, V_ALL, TWO, INVALID, NUMBER, {SAY(borrowers, 1)}},
    {SHARE, V_ALL, TWO, INVALID, NUMBER, {SAY(header.flags, FFA_MEMORY_ONE_BORROWER)}},
    {SHARE, V_ALL, TWO, INVALID, "a borrower is named twice", {SAY(access[1].id, QUEUED_ID)}},
    {SHARE,
     V_ALL,
     TWO,
     INVALID,
     "the caller is no borrower",
     {SAY(borrowers, 1), SAY(access[0].id, MP_ID), SAY(header.flags, FFA_MEMORY_ONE_BORROWER)}},
    {ANY, V_ALL, 0, FFA_DENIED, "somebody is no borrower", {SAY(access[0].id, MP_ID)}},
    {ANY, V_ALL, 0, FFA_DENIED, "somebody is no borrower", {SAY(access[0].id, 5)}},
    {ANY, V_ALL, 0, INVALID, "a borrower cannot choose addresses", {SAY(access[0].composite, 64)}},
    {ANY, V1_2, OWN_VALUES, INVALID, "not the sender's values", {{0}}},
    {ANY, V1_2, OWN_VALUES, INVALID, "not the sender's values", {SAY(access[0].own[0], 0x11)}},
    {ANY, V1_2, OWN_VALUES, INVALID, "not the sender's values", {SAY(access[0].own[1], 0x22)}},
    {ANY, V1_2, 0, INVALID, RESERVED, {SAY(access[0].reserved, 1)}},
    {ANY, V_ALL, 0, INVALID, RESERVED, {SAY(access[0].flags, 2)}},
    {ANY, V1_0, 0, INVALID, RESERVED, {SAY(header.access_size, 16)}},
    {ANY, V_NEW, 0, INVALID, RESERVED, {SAY(header.reserved[2], 1)}},
    {ANY, V_NEW, 0, INVALID, FIT, {SAY(header.access_size, 24)}},
    {ANY, V1_1, 0, INVALID, FIT, {SAY(access_size, 32)}},
    {ANY, V_ALL, 0, INVALID, FIT, {SAY(header.count, 2)}},
    {ANY, V_ALL, 0, INVALID, FIT, {SAY(header.count, 9)}},
    /* Permissions */
    {LEND, V_ALL, READ_ONLY, FFA_DENIED, MORE, {PERMIT(FFA_ACCESS_RW | FFA_ACCESS_NX)}},
    {SHARE, V_ALL, READ_ONLY, FFA_DENIED, MORE, {PERMIT(FFA_ACCESS_RW)}},
    {SHARE, V_ALL, TWO | READ_ONLY, FFA_DENIED, MORE, {PERMIT(FFA_ACCESS_RW)}},
    {SHARE, V_ALL, 0, INVALID, CHOOSE, {PERMIT(FFA_ACCESS_RW | FFA_ACCESS_NX)}},
    {SHARE, V_ALL, 0, INVALID, CHOOSE, {PERMIT(FFA_ACCESS_X)}},
    {AWAY, V_ALL, 0, INVALID, CHOOSE, {PERMIT(FFA_ACCESS_RW)}},
    {AWAY, V_ALL, 0, INVALID, CHOOSE, {PERMIT(0)}},
    {LEND, V_ALL, TWO, INVALID, CHOOSE, {PERMIT(FFA_ACCESS_RW | FFA_ACCESS_NX)}},
    {AWAY, V_ALL, 0, INVALID, "code in Normal memory", {PERMIT(FFA_ACCESS_RO | FFA_ACCESS_X)}},
    {AWAY, V_ALL, DATA, FFA_DENIED, MORE, {PERMIT(FFA_ACCESS_RO | FFA_ACCESS_X)}},
    {ANY, V_ALL, 0, INVALID, RESERVED, {PERMIT(0x10)}},
    {ANY, V_ALL, 0, INVALID, RESERVED, {PERMIT(0x3)}},
    {ANY, V_ALL, 0, INVALID, RESERVED, {PERMIT(0xc)}},
    /* And what may be: */
    {ANY, V_ALL, 0, 0, NULL, {{0}}},
    {ANY, V_ALL, DATA, 0, NULL, {{0}}},
    {SHARE | LEND, V_ALL, TWO, 0, NULL, {{0}}},
    {SHARE | LEND, V_ALL, TWO, 0, NULL, {SAY(access[0].id, MP_ID), SAY(access[1].id, QUEUED_ID)}},
    {SHARE | LEND,
     V_ALL,
     TWO,
     0,
     NULL,
     {SAY(borrowers, 1), SAY(header.flags, FFA_MEMORY_ONE_BORROWER)}},
    {SHARE | LEND, V_ALL, TWO, 0, NULL, {SAY(access[1].flags, 1)}},
    {ANY, V_ALL, 0, 0, NULL, {SAY(header.attributes, FFA_MEMORY_USUAL)}},
    {ANY, V_ALL, 0, 0, NULL, {SAY(header.flags, FFA_MEMORY_TIME_SLICE)}},
    {SHARE, V_ALL, 0, 0, NULL, {SAY(header.flags, FFA_MEMORY_SHARED << 3)}},
    {LEND, V_ALL, 0, 0, NULL, {SAY(header.flags, FFA_MEMORY_LENT << 3)}},
    {DONATE, V_ALL, 0, 0, NULL, {SAY(header.flags, FFA_MEMORY_DONATED << 3)}},
    {AWAY, V_ALL, 0, 0, NULL, {SAY(header.flags, FFA_MEMORY_ZERO_AFTER)}},
    {AWAY, V_ALL, CLEAN, 0, NULL, {SAY(header.flags, FFA_MEMORY_ZERO)}},
    {AWAY, V_ALL, CLEAN | LARGE, 0, NULL, {SAY(header.flags, FFA_MEMORY_ZERO)}},
    {SHARE, V_ALL, 0, 0, NULL, {PERMIT(0)}},
    {SHARE, V_ALL, 0, 0, NULL, {PERMIT(FFA_ACCESS_RO)}},
    {AWAY, V_ALL, 0, 0, NULL, {PERMIT(FFA_ACCESS_NX)}},
    {AWAY, V_ALL, 0, 0, NULL, {PERMIT(FFA_ACCESS_RO | FFA_ACCESS_NX)}},
    {AWAY, V_ALL, CODE, 0, NULL, {PERMIT(FFA_ACCESS_RW | FFA_ACCESS_X)}},
    {AWAY, V_ALL, CODE, 0, NULL, {PERMIT(FFA_ACCESS_RO | FFA_ACCESS_NX)}},
    {LEND, V_ALL, READ_ONLY, 0, NULL, {PERMIT(FFA_ACCESS_RO | FFA_ACCESS_NX)}},
    {ANY, V1_2, OWN_VALUES, 0, NULL, {SAY(access[0].own[0], 0x11), SAY(access[0].own[1], 0x22)}},
    {ANY, V1_2, OWN_VALUES, 0, NULL, {SAY(access_size, 16)}},
    {ANY, V1_0 | V1_1, OWN_VALUES, 0, NULL, {{0}}},
    {ANY, V_NEW, 0, 0, NULL, {SAY(header.offset, 64)}},
};

static int begin_with_data(void **state)
{
    begin(state);
    stage2_map(&s, &s.partitions[WORLD_UP], DATA_PAGE, 1, MAP_READ | MAP_WRITE);
    return 0;
}

/* The transaction: of the Normal world, or of UP with one of its pages. */
static uint64_t prepare(unsigned how, unsigned kind)
{
    bool own = how & (DATA | CODE);
    uint64_t handle;

    say_own();
    if (!own) {
        said.header.sender = 0;
        s.normal.version = FFA_VERSION_1_2;
        said.range[0] = (struct ffa_memory_range){PAGE(0), how & LARGE ? ZERO_PAGES_MAX + 1 : 1, 0};
    } else
        said.range[0].address = how & CODE ? OWN(0) : DATA_PAGE;
    said.header.tag = 0x1234;
    said.header.attributes = 1U << kind == SHARE ? FFA_MEMORY_USUAL : 0;
    said.header.flags = how & CLEAN ? FFA_MEMORY_ZERO : 0;
    said.borrowers = how & TWO ? 2 : 1;
    said.access[0].id = QUEUED_ID;
    said.access[0].permissions = how & READ_ONLY ? FFA_ACCESS_RO : FFA_ACCESS_RW;
    said.access[0].permissions = 1U << kind == DONATE ? 0 : said.access[0].permissions;
    if (how & OWN_VALUES) {
        said.access[0].own[0] = 0x11;
        said.access[0].own[1] = 0x22;
    }
    said.access[1] = said.access[0];
    said.access[1].id = MP_ID;
    handle = own ? sent_by(WORLD_UP, functions[kind]) : sent(functions[kind]);
    return handle;
}

/* QUEUED retrieves, with one fault in an otherwise good request. */
static void try(const struct fault *f, uint32_t version, unsigned kind)
{
    struct regs *regs = REGS_OF(WORLD_QUEUED);
    uint64_t handle = prepare(f->how, kind);
    uint8_t code = 1U << kind == SHARE || f->how & TWO ? 0 : FFA_ACCESS_NX;
    struct said r = request(handle, QUEUED_ID, code);
    bool gone = 1U << kind == DONATE && f->status == 0;

    r.version = version;
    s.partitions[WORLD_QUEUED].endpoint.version = version;
    r.borrowers = said.borrowers;
    r.access[1].id = MP_ID;
    for (const struct patch *p = f->patch; p->size != 0; p++)
        memcpy((uint8_t *)&r + p->at, &p->value, p->size);
    remember();
    retrieve(WORLD_QUEUED, &r);
    if (world_error(regs) != f->status)
        print_message("# fault %u, version %x, call %x\n", (unsigned)(f - faults), version,
                      functions[kind]);
    if (f->status != 0) {
        assert_no(regs, f->status, f->reason);
        leave();
    } else {
        assert_int_equal(regs->x[0], FFA_MEM_RETRIEVE_RESP);
        release(WORLD_QUEUED);
        if (!gone)
            given_up(WORLD_QUEUED, handle);
    }
    if (gone)
        begin_with_data(NULL);
    else if (said.header.sender == UP_ID)
        reclaim_by(WORLD_UP, handle, 0);
    else
        reclaimed(handle);
}

static void a_wrong_request_is_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(faults); i++)
        for (unsigned v = 0; v < COUNT(versions); v++)
            for (unsigned kind = 0; kind < COUNT(functions); kind++)
                if ((faults[i].versions & 1U << v) && (faults[i].kinds & 1U << kind))
                    try(&faults[i], versions[v], kind);
}

static void registers_of_a_request(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);
    struct said r = request(handle, UP_ID, FFA_ACCESS_RW);
    uint32_t length = write_request(WORLD_UP, &r);
    const struct {
        uint64_t x1, x2, x3, x4;
        const char *reason;
    } wrong[] = {
        {length, length - 16, 0, 0, "in parts, or not in TX"},
        {length, length, WORLD_TX(WORLD_UP), 0, "in parts, or not in TX"},
        {length, length, 1ULL << 32, 0, "in parts, or not in TX"},
        {length, length, 0, 1, "in parts, or not in TX"},
        {length + 16, length + 16, 0, 0, "a length that does not fit"},
        {47, 47, 0, 0, "a length that does not fit"},
        {0, 0, 0, 0, "a length that does not fit"},
        {PAGE_BYTES + 16, PAGE_BYTES + 16, 0, 0, "a length that does not fit"},
        {UINT32_MAX, UINT32_MAX, 0, 0, "a length that does not fit"},
        {length - 16, length - 16, 0, 0, FIT},
    };

    (void)state;
    remember();
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned i = 0; i < COUNT(wrong); i++) {
        world_call(&s, 0, FFA_MEM_RETRIEVE_REQ_64, wrong[i].x1, wrong[i].x2, wrong[i].x3,
                   wrong[i].x4);
        assert_no(REGS_OF(WORLD_UP), INVALID, wrong[i].reason);
    }
    partition_call(WORLD_UP, FFA_MEM_RETRIEVE_REQ_32, 0xffffffff00000000 | length,
                   0xffffffff00000000 | length, 0);
    assert_int_equal(REGS_OF(WORLD_UP)->x[0], FFA_MEM_RETRIEVE_RESP);
    leave();
}

static void buffers_of_a_request(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);
    struct said r = request(handle, UP_ID, FFA_ACCESS_RW);
    uint32_t length = write_request(WORLD_UP, &r);

    (void)state;
    remember();
    for (int i = 0; i < 2; i++) {
        port_model.copies_in_until_fault = i;
        retrieve(WORLD_UP, &r);
        assert_no(REGS_OF(WORLD_UP), FFA_ABORTED, "TX is gone");
        port_model.copies_in_until_fault = MODEL_NEVER;
        leave();
    }
    in_partition(WORLD_UP, FFA_PARTITION_INFO_GET, 0, 0, 0);
    remember();
    partition_call(WORLD_UP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0);
    assert_no(REGS_OF(WORLD_UP), FFA_BUSY, "the RX buffer is not free");
    world_call(&s, 0, FFA_RX_RELEASE);
    world_call(&s, 0, FFA_RXTX_UNMAP);
    remember();
    partition_call(WORLD_UP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0);
    assert_no(REGS_OF(WORLD_UP), INVALID, "the caller has no buffers");
    partition_call(WORLD_UP, FFA_MEM_RELINQUISH, 0, 0, 0);
    assert_no(REGS_OF(WORLD_UP), INVALID, "the caller has no buffers");
    partition_call(WORLD_UP, FFA_MEM_SHARE_64, length, length, 0);
    assert_no(REGS_OF(WORLD_UP), INVALID, "the caller has no buffers");
    leave();
}

static void what_rx_could_not_take_is_borrowed_all_the_same(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);
    struct said r = request(handle, UP_ID, FFA_ACCESS_RW);

    (void)state;
    port_model.copies_out_until_fault = 0;
    retrieve(WORLD_UP, &r);
    assert_refused(REGS_OF(WORLD_UP), FFA_ABORTED);
    assert_reason(&s, 0, "RX is gone");
    leave();
    port_model.copies_out_until_fault = MODEL_NEVER;
    assert_reaches(WORLD_UP, SPACE_NON_SECURE, PAGE(0), RW_NX);
    given_up(WORLD_UP, handle);
    reclaimed(handle);
}

static void memory_is_retrieved_once_and_by_its_borrower(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);
    struct said r = request(handle, UP_ID, FFA_ACCESS_RW);

    (void)state;
    taken(WORLD_UP, handle, FFA_ACCESS_RW);
    remember();
    retrieve(WORLD_UP, &r);
    assert_no(REGS_OF(WORLD_UP), FFA_DENIED, "the caller has it");
    leave();
    retrieve(WORLD_MP, &r);
    assert_no(REGS_OF(WORLD_MP), INVALID, "the caller is no borrower");
    leave();
    r = request(handle, MP_ID, FFA_ACCESS_RW);
    retrieve(WORLD_MP, &r);
    assert_no(REGS_OF(WORLD_MP), FFA_DENIED, "somebody is no borrower");
    leave();
    r.borrowers = 0;
    r.header.access_size = 16;
    retrieve(WORLD_MP, &r);
    assert_no(REGS_OF(WORLD_MP), INVALID, "a length that does not fit");
    leave();
}

static void what_cannot_be_cleaned_is_not_given(void **state)
{
    uint64_t handle;
    struct said r;

    (void)state;
    say_lent();
    said.header.flags = FFA_MEMORY_ZERO;
    handle = sent(FFA_MEM_LEND_64);
    r = request(handle, UP_ID, FFA_ACCESS_NX);
    port_model.copies_out_until_fault = 0;
    retrieve(WORLD_UP, &r);
    port_model.copies_out_until_fault = MODEL_NEVER;
    assert_refused(REGS_OF(WORLD_UP), FFA_NO_MEMORY);
    assert_reason(&s, 0, "no more tables, or the memory is gone");
    leave();
    assert_nothing(WORLD_UP, SPACE_NON_SECURE, PAGE(0));
    taken(WORLD_UP, handle, FFA_ACCESS_NX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_with_data)
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_request_is_refused),
        TEST(registers_of_a_request),
        TEST(buffers_of_a_request),
        TEST(what_rx_could_not_take_is_borrowed_all_the_same),
        TEST(memory_is_retrieved_once_and_by_its_borrower),
        TEST(what_cannot_be_cleaned_is_not_given),
    };

    return cmocka_run_group_tests_name("memory_retrieve", tests, NULL, NULL);
}
