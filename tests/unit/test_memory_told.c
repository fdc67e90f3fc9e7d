/* SPDX-License-Identifier: BSD-3-Clause */
/* What a borrower, and a hypervisor that asks, is told: in each version, and in fragments. */
#include "support/sharing.h"

#define INVALID FFA_INVALID_PARAMETERS

static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1, FFA_VERSION_1_2};

static uint32_t header_bytes(uint32_t version)
{
    return version == FFA_VERSION_1_0 ? 32 : 48;
}

static uint32_t entry_bytes(uint32_t version)
{
    return version >= FFA_VERSION_1_2 ? 32 : 16;
}

static uint64_t shared_with_values(uint32_t version)
{
    say_usual();
    s.normal.version = said.version = version;
    said.header.tag = 0xfedcba9876543210;
    said.header.sender = 3;
    if (version == FFA_VERSION_1_2) {
        said.access[0].own[0] = 0x1111;
        said.access[0].own[1] = 0x2222;
    }
    return sent(FFA_MEM_SHARE_64);
}

static struct said request_of(uint32_t version, uint64_t handle)
{
    struct said r = request(handle, UP_ID, 0);

    r.version = s.partitions[WORLD_UP].endpoint.version = version;
    if (version == FFA_VERSION_1_2 && said.version == FFA_VERSION_1_2) {
        r.access[0].own[0] = 0x1111;
        r.access[0].own[1] = 0x2222;
    }
    return r;
}

/* Sender and borrower of each pair of versions. */
static void a_borrower_is_told_in_its_own_version(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(versions) * COUNT(versions); i++) {
        uint32_t from = versions[i / COUNT(versions)], to = versions[i % COUNT(versions)];
        bool kept = from == FFA_VERSION_1_2 && to == FFA_VERSION_1_2;
        uint64_t handle = shared_with_values(from);
        uint32_t length = header_bytes(to) + entry_bytes(to) + 32;
        struct said r = request_of(to, handle);

        memset(port_model_memory(WORLD_RX(WORLD_UP), PAGE_BYTES), 0xee, PAGE_BYTES);
        retrieve(WORLD_UP, &r);
        assert_answer(REGS_OF(WORLD_UP), FFA_MEM_RETRIEVE_RESP, length, length, 0);
        r = response(WORLD_UP);
        assert_int_equal(r.header.sender, 3);
        assert_int_equal(r.header.attributes,
                         FFA_MEMORY_USUAL | (to == FFA_VERSION_1_0 ? 0 : FFA_MEMORY_NON_SECURE));
        assert_int_equal(r.header.flags, FFA_MEMORY_SHARED << FFA_MEMORY_KIND_SHIFT);
        assert_int_equal(r.header.handle, handle);
        assert_int_equal(r.header.tag, 0xfedcba9876543210);
        assert_int_equal(r.header.count, 1);
        assert_int_equal(r.header.access_size, to == FFA_VERSION_1_0 ? 0 : entry_bytes(to));
        assert_int_equal(r.header.offset, to == FFA_VERSION_1_0 ? 0 : 48);
        assert_int_equal(r.header.reserved[0] | r.header.reserved[1] | r.header.reserved[2], 0);
        assert_int_equal(r.access[0].id, UP_ID);
        assert_int_equal(r.access[0].permissions, FFA_ACCESS_RW | FFA_ACCESS_NX);
        assert_int_equal(r.access[0].flags, 0);
        assert_int_equal(r.access[0].composite, header_bytes(to) + entry_bytes(to));
        assert_int_equal(r.access[0].own[0], kept ? 0x1111 : 0);
        assert_int_equal(r.access[0].own[1], kept ? 0x2222 : 0);
        assert_int_equal(r.access[0].reserved, 0);
        assert_int_equal(r.composite.pages, 1);
        assert_int_equal(r.composite.count, 1);
        assert_int_equal(r.composite.reserved, 0);
        assert_int_equal(r.range[0].address, PAGE(0));
        assert_int_equal(r.range[0].pages, 1);
        assert_int_equal(r.range[0].reserved, 0);
        assert_int_equal(*(uint8_t *)port_model_memory(WORLD_RX(WORLD_UP) + length, 1), 0xee);
        release(WORLD_UP);
        given_up(WORLD_UP, handle);
        reclaimed(handle);
    }
}

static void version_1_0_is_told_the_ns_bit_if_it_asked(void **state)
{
    uint64_t handle = shared_with_values(FFA_VERSION_1_0);
    struct said r = request_of(FFA_VERSION_1_0, handle);

    (void)state;
    in_partition(WORLD_UP, FFA_FEATURES, FFA_MEM_RETRIEVE_REQ_32, 2, 0);
    leave();
    retrieve(WORLD_UP, &r);
    assert_int_equal(response(WORLD_UP).header.attributes,
                     FFA_MEMORY_USUAL | FFA_MEMORY_NON_SECURE);
}

static void secure_memory_has_no_ns_bit(void **state)
{
    struct said r;

    (void)state;
    say_own();
    r = request(sent_by(WORLD_UP, FFA_MEM_SHARE_64), MP_ID, FFA_ACCESS_RO);
    retrieve(WORLD_MP, &r);
    r = response(WORLD_MP);
    assert_int_equal(r.header.attributes, FFA_MEMORY_USUAL);
    assert_int_equal(r.access[0].permissions, FFA_ACCESS_RO | FFA_ACCESS_NX);
}

/* ---- The hypervisor ---- */

static void ask(uint32_t version, uint64_t handle, uint32_t length)
{
    memset(tx(), 0, PAGE_BYTES);
    memcpy((uint8_t *)tx() + 8, &handle, sizeof(handle));
    s.normal.version = version;
    world_normal_call(&s, 0, FFA_MEM_RETRIEVE_REQ_64, length, length);
}

static void a_hypervisor_is_told_all_that_the_sender_said(void **state)
{
    struct said r;

    (void)state;
    for (unsigned i = 0; i < COUNT(versions); i++) {
        uint32_t v = versions[i];
        uint32_t length = header_bytes(v) + 2 * entry_bytes(v) + 32;
        uint64_t handle;

        say_usual();
        said.version = s.normal.version = v;
        said.header.sender = 3;
        said.header.tag = 77;
        said.borrowers = 2;
        said.access[1] = (struct ffa_memory_access){MP_ID, FFA_ACCESS_RO, 0, 0, {0, 0}, 0};
        if (v == FFA_VERSION_1_2)
            said.access[1].own[1] = 0x33;
        handle = sent(FFA_MEM_SHARE_64);
        remember();
        for (unsigned n = 0; n < 2; n++) { /* as often as it likes */
            ask(v, handle, 48);
            assert_answer(normal, FFA_MEM_RETRIEVE_RESP, length, length, 0);
            said_read(&r, v, port_model_memory(WORLD_NORMAL_RX, PAGE_BYTES));
            assert_int_equal(r.header.sender, 3);
            assert_int_equal(r.header.tag, 77);
            assert_int_equal(r.header.handle, handle);
            assert_int_equal(r.header.count, 2);
            assert_int_equal(r.access[0].id, UP_ID);
            assert_int_equal(r.access[0].permissions, FFA_ACCESS_RW);
            assert_int_equal(r.access[1].id, MP_ID);
            assert_int_equal(r.access[1].permissions, FFA_ACCESS_RO);
            assert_int_equal(r.access[1].own[1], v == FFA_VERSION_1_2 ? 0x33 : 0);
            assert_int_equal(r.access[1].composite, r.access[0].composite);
            assert_int_equal(r.composite.pages, 1);
            assert_int_equal(r.range[0].address, PAGE(0));
            ask(v, handle, 48);
            assert_refused(normal, FFA_BUSY);
            assert_reason(&s, 0, "the RX buffer is not free");
            world_normal_call(&s, 0, FFA_RX_RELEASE);
        }
        reclaimed(handle);
        remember();
        ask(v, handle, 48);
        assert_no(normal, INVALID, "no such transaction");
    }
}

static void a_hypervisor_names_nothing_but_the_handle(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);
    const struct {
        unsigned at, size;
        uint64_t value;
    } wrong[] = {{0, 2, 3}, {2, 2, 0x2f}, {4, 4, 8}, {16, 8, 1}};

    (void)state;
    for (unsigned i = 0; i < COUNT(wrong); i++) {
        memset(tx(), 0, PAGE_BYTES);
        memcpy((uint8_t *)tx() + 8, &handle, sizeof(handle));
        memcpy((uint8_t *)tx() + wrong[i].at, &wrong[i].value, wrong[i].size);
        remember();
        world_normal_call(&s, 0, FFA_MEM_RETRIEVE_REQ_64, 48, 48);
        assert_no(normal, INVALID, "a hypervisor gives a handle alone");
    }
    /* It is no borrower. */
    said = request(handle, UP_ID, 0);
    said.version = FFA_VERSION_1_1;
    said_request(&said, tx(), PAGE_BYTES);
    remember();
    world_normal_call(&s, 0, FFA_MEM_RETRIEVE_REQ_64, 64, 64);
    assert_no(normal, INVALID, "a hypervisor gives a handle alone");
}

/* Where partitions' memory is, and whose, is not for the Normal world. */
static void a_hypervisor_is_not_told_what_partitions_sent(void **state)
{
    uint64_t handle;

    (void)state;
    say_own();
    handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    remember();
    ask(FFA_VERSION_1_1, handle, 48);
    assert_no(normal, INVALID, "no such transaction");
    world_normal_call(&s, 0, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, 0,
                      (uint32_t)UP_ID << 16);
    assert_no(normal, INVALID, "not where the last part ended");
    taken(WORLD_MP, handle, FFA_ACCESS_RW);
}

/* ---- Fragments ---- */

static uint64_t shared_by_vm(unsigned ranges)
{
    say_usual();
    said.header.sender = 3;
    for (unsigned i = 0; i < ranges; i++)
        said.range[i] = (struct ffa_memory_range){PAGE(i), 1, 0};
    said.ranges = ranges;
    return sent(FFA_MEM_SHARE_64);
}

static void frag_rx(uint64_t handle, uint32_t offset, uint32_t w4)
{
    world_call(&s, 0, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, offset, w4);
}

static void a_long_description_is_told_in_parts(void **state)
{
    static uint8_t whole[8192];
    uint64_t handle = shared_by_vm(170);
    struct said r = request(handle, UP_ID, 0);
    struct regs *regs = REGS_OF(WORLD_UP);
    const uint8_t *rx = port_model_memory(WORLD_RX(WORLD_UP), PAGE_BYTES);
    uint32_t length, told;

    (void)state;
    retrieve(WORLD_UP, &r);
    assert_int_equal(regs->x[0], FFA_MEM_RETRIEVE_RESP);
    length = (uint32_t)regs->x[1];
    told = (uint32_t)regs->x[2];
    assert_int_equal(length, 48 + 32 + 16 + 170 * 16);
    assert_true(told < length && told % 16 == 0);
    memcpy(whole, rx, told);
    frag_rx(handle, told, 0);
    assert_refused(regs, FFA_BUSY);
    world_call(&s, 0, FFA_RX_RELEASE);
    remember();
    frag_rx(handle, told - 16, 0);
    assert_no(regs, INVALID, "not where the last part ended");
    frag_rx(handle, told + 16, 0);
    assert_no(regs, INVALID, "not where the last part ended");
    frag_rx(handle, 0, 0);
    assert_no(regs, INVALID, "not where the last part ended");
    frag_rx(handle, told, 3 << 16);
    assert_no(regs, INVALID, "another sender");
    frag_rx(handle + 0x100, told, 0);
    assert_no(regs, INVALID, "no such transaction");
    port_model.copies_out_until_fault = 0;
    frag_rx(handle, told, 0);
    assert_no(regs, FFA_ABORTED, "RX is gone");
    port_model.copies_out_until_fault = MODEL_NEVER;
    while (told < length) {
        frag_rx(handle, told, 0);
        assert_answer(regs, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, regs->x[3]);
        assert_in_range(regs->x[3], 16, length - told);
        memcpy(whole + told, rx, regs->x[3]);
        told += (uint32_t)regs->x[3];
        world_call(&s, 0, FFA_RX_RELEASE);
    }
    frag_rx(handle, told, 0);
    assert_refused(regs, INVALID);
    said_read(&r, FFA_VERSION_1_2, whole);
    assert_int_equal(r.ranges, 170);
    assert_memory_equal(r.range, said.range, 170 * sizeof(r.range[0]));
    leave();
    in_partition(WORLD_MP, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, told);
    assert_refused(REGS_OF(WORLD_MP), INVALID);
    assert_reason(&s, 0, "the caller is no borrower");
    leave();
    given_up(WORLD_UP, handle);
    reclaimed(handle);
}

/* More than a page of 1.1 in the hypervisor's buffers: two of them at once. */
static void a_hypervisor_is_told_in_parts_too(void **state)
{
    static uint8_t whole[16384];
    uint64_t handle = shared_by_vm(100), other;
    uint8_t *rx = port_model_memory(WORLD_NORMAL_RX, PAGE_BYTES);
    uint32_t length, told;
    struct said r;

    (void)state;
    reclaimed(handle);
    /* 300 ranges come in two fragments. */
    for (unsigned i = 0; i < 300; i++)
        said.range[i] = (struct ffa_memory_range){0x40110000 + (i % 128) * PAGE_BYTES, 1, 0};
    for (unsigned i = 128; i < 300; i++)
        said.range[i].address = PAGE(i - 128);
    said.ranges = 300;
    for (unsigned i = 0; i < 172; i++) /* what is a partition's is not the Normal world's */
        assert_true(said.range[128 + i].address < WORLD_NORMAL_REGION(0));
    length = said_bytes(&said, whole, sizeof(whole));
    memcpy(tx(), whole, PAGE_BYTES);
    world_normal_call(&s, 0, FFA_MEM_SHARE_64, length, PAGE_BYTES);
    assert_int_equal(normal->x[0], FFA_MEM_FRAG_RX);
    assert_int_equal(normal->x[4], 3 << 16);
    handle = normal->x[1] | normal->x[2] << 32;
    ask(FFA_VERSION_1_1, handle, 48);
    assert_refused(normal, INVALID);
    memcpy(tx(), whole + PAGE_BYTES, length - PAGE_BYTES);
    world_normal_call(&s, 0, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, length - PAGE_BYTES,
                      3 << 16);
    assert_int_equal(handle_of(normal), handle);
    say_usual();
    said.range[0].address = 0x40004000;
    other = sent(FFA_MEM_SHARE_64);
    memset(whole, 0, sizeof(whole));
    ask(FFA_VERSION_1_1, handle, 48);
    assert_answer(normal, FFA_MEM_RETRIEVE_RESP, length, PAGE_BYTES, 0);
    memcpy(whole, rx, PAGE_BYTES);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    ask(FFA_VERSION_1_1, other, 48); /* in between */
    assert_int_equal(normal->x[0], FFA_MEM_RETRIEVE_RESP);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    told = PAGE_BYTES;
    remember();
    world_normal_call(&s, 0, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, told, 4 << 16);
    assert_no(normal, INVALID, "another sender");
    world_normal_call(&s, 0, FFA_MEM_FRAG_RX, (uint32_t)other, other >> 32, told, 0);
    assert_no(normal, INVALID, "not where the last part ended");
    world_normal_call(&s, 0, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, told, 3 << 16);
    assert_int_equal(normal->x[0], FFA_MEM_FRAG_TX);
    assert_int_equal(normal->x[3], length - PAGE_BYTES);
    assert_int_equal(normal->x[4], 3 << 16);
    memcpy(whole + told, rx, length - told);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    said_read(&r, FFA_VERSION_1_1, whole);
    assert_int_equal(r.ranges, 300);
    assert_int_equal(r.range[299].address, PAGE(171));
    /* It begins anew, whatever was told before. */
    ask(FFA_VERSION_1_1, handle, 48);
    assert_int_equal(normal->x[0], FFA_MEM_RETRIEVE_RESP);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    reclaimed(handle);
    world_normal_call(&s, 0, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, told);
    assert_refused(normal, INVALID);
    reclaimed(other);
}

/* A donation's description is both the hypervisor's and the new owner's to read to its end. */
static void a_hypervisor_does_not_end_a_donation(void **state)
{
    static uint8_t whole[8192];
    uint64_t handle;
    uint32_t length, told;
    struct said r;

    (void)state;
    say_usual();
    say_donated();
    said.ranges = 300;
    for (unsigned i = 0; i < 300; i++)
        said.range[i].address = i < 128 ? 0x40110000 + i * PAGE_BYTES : PAGE(i - 128);
    for (unsigned i = 0; i < 300; i++)
        said.range[i].pages = 1;
    length = said_bytes(&said, whole, sizeof(whole));
    memcpy(tx(), whole, PAGE_BYTES);
    world_normal_call(&s, 0, FFA_MEM_DONATE_64, length, PAGE_BYTES);
    handle = normal->x[1] | normal->x[2] << 32;
    memcpy(tx(), whole + PAGE_BYTES, length - PAGE_BYTES);
    world_normal_call(&s, 0, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, length - PAGE_BYTES);
    assert_int_equal(handle_of(normal), handle);
    ask(FFA_VERSION_1_1, handle, 48);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    r = request(handle, UP_ID, FFA_ACCESS_NX);
    retrieve(WORLD_UP, &r);
    told = (uint32_t)REGS_OF(WORLD_UP)->x[2];
    length = (uint32_t)REGS_OF(WORLD_UP)->x[1];
    assert_true(told < length);
    release(WORLD_UP);
    world_normal_call(&s, 0, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, PAGE_BYTES);
    assert_int_equal(normal->x[0], FFA_MEM_FRAG_TX);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    world_request(&s, 0, WORLD_UP, 0);
    while (told < length) {
        frag_rx(handle, told, 0);
        assert_int_equal(REGS_OF(WORLD_UP)->x[0], FFA_MEM_FRAG_TX);
        told += (uint32_t)REGS_OF(WORLD_UP)->x[3];
        world_call(&s, 0, FFA_RX_RELEASE);
    }
    frag_rx(handle, told, 0);
    assert_refused(REGS_OF(WORLD_UP), INVALID);
    assert_reason(&s, 0, "no such transaction");
    leave();
}

static void negotiate(uint32_t version)
{
    world_normal_call(&s, 0, FFA_RXTX_UNMAP);
    world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC),
                      FFA_FRAMEWORK_VERSION_REQUEST, version);
    assert_int_equal(s.normal.version, version);
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    assert_success(normal, 0, 0);
}

/* A place in a description of one version is none in that of another. */
static void a_hypervisor_that_changes_its_version_asks_anew(void **state)
{
    uint64_t handle;
    uint32_t told;

    (void)state;
    negotiate(FFA_VERSION_1_0);
    say_usual();
    said.version = FFA_VERSION_1_0;
    handle = sent(FFA_MEM_SHARE_64);
    memset(tx(), 0, PAGE_BYTES);
    memcpy((char *)tx() + 8, &handle, sizeof(handle));
    world_normal_call(&s, 0, FFA_MEM_RETRIEVE_REQ_64, 32, 32);
    assert_int_equal(normal->x[0], FFA_MEM_RETRIEVE_RESP);
    told = (uint32_t)normal->x[2];
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    negotiate(FFA_VERSION_1_2);
    world_normal_call(&s, 0, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, told, 0);
    assert_refused(normal, INVALID);
    assert_reason(&s, 0, "not where the last part ended");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_borrower_is_told_in_its_own_version),
        TEST(version_1_0_is_told_the_ns_bit_if_it_asked),
        TEST(secure_memory_has_no_ns_bit),
        TEST(a_hypervisor_is_told_all_that_the_sender_said),
        TEST(a_hypervisor_names_nothing_but_the_handle),
        TEST(a_hypervisor_is_not_told_what_partitions_sent),
        TEST(a_long_description_is_told_in_parts),
        TEST(a_hypervisor_is_told_in_parts_too),
        TEST(a_hypervisor_does_not_end_a_donation),
        TEST(a_hypervisor_that_changes_its_version_asks_anew),
    };

    return cmocka_run_group_tests_name("memory_told", tests, NULL, NULL);
}
