/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages in buffers (FFA_MSG_SEND2): between the Normal world, its VMs and partitions.
 */
#define SUITE "indirect"

#include "mailbox.h"
#include "partitions.h"
#include "tap.h"

#define VM 0x0005
#define OTHER_VM 0x0006
#define OLD FFA_MESSAGE_HEADER_SIZE_1_1
#define NEW FFA_MESSAGE_HEADER_SIZE_1_2
#define WORD 0x0123456789abcdef

/* ---- A partition's buffers, which it writes and reads by commands ---- */

static uint64_t tx_of(const struct partition *partition)
{
    return ask(partition, CRASH_MAILBOX).x[4];
}

static uint64_t rx_of(const struct partition *partition)
{
    return ask(partition, CRASH_MAILBOX).x[5];
}

/* A call of either, which have few arguments in common: x0 to x3. */
static struct ffa_regs call_by(const struct partition *partition, uint64_t x0, uint64_t x1,
                               uint64_t x2, uint64_t x3)
{
    struct ffa_regs reply = ask(partition, CRASH_CALL, x0, x1, x2, x3);

    return (struct ffa_regs){{reply.x[4], reply.x[5], reply.x[6], reply.x[7]}};
}

static void map_for(const struct partition *partition)
{
    EXPECT_SUCCESS(call_by(partition, FFA_RXTX_MAP_64, tx_of(partition), rx_of(partition), 1));
}

static void unmap_for(const struct partition *partition)
{
    EXPECT_SUCCESS(call_by(partition, FFA_RXTX_UNMAP, 0, 0, 0));
}

/* Whether its RX was full. */
static bool release_for(const struct partition *partition)
{
    call_by(partition, FFA_NOTIFICATION_GET, partition->info.id, 0xc, 0);
    return call_by(partition, FFA_RX_RELEASE, 0, 0, 0).x[0] == FFA_SUCCESS_32;
}

static uint64_t word_in_rx(const struct partition *partition, uint32_t offset)
{
    return ask(partition, CRASH_LOAD, rx_of(partition) + offset).x[4];
}

/* ---- Messages: one word of payload ---- */

static struct ffa_message_header header_of(uint16_t sender, uint16_t receiver, uint32_t offset)
{
    return (struct ffa_message_header){
        .offset = offset, .receiver = receiver, .sender = sender, .size = sizeof(uint64_t)};
}

static void put(void *tx, struct ffa_message_header header, uint64_t payload)
{
    __builtin_memcpy(tx, &header, sizeof(header));
    __builtin_memcpy((uint8_t *)tx + header.offset, &payload, sizeof(payload));
}

static struct ffa_regs send(struct ffa_message_header header)
{
    __builtin_memcpy(mailbox_tx, &header, sizeof(header));
    return ffa(FFA_MSG_SEND2);
}

static struct ffa_regs send_word(const struct partition *to, uint64_t payload)
{
    put(mailbox_tx, header_of(FFA_ID_NORMAL_WORLD, to->info.id, NEW), payload);
    return ffa(FFA_MSG_SEND2);
}

static struct ffa_regs send_by(const struct partition *partition, struct ffa_message_header header,
                               uint64_t payload)
{
    union {
        uint8_t bytes[NEW + 8];
        uint64_t words[(NEW + 8) / 8];
    } message = {{0}};

    put(message.bytes, header, payload);
    for (unsigned i = 0; i < sizeof(message.words) / sizeof(message.words[0]); i++)
        ask(partition, CRASH_STORE, tx_of(partition) + 8 * i, message.words[i]);
    return call_by(partition, FFA_MSG_SEND2, 0, 0, 0);
}

static struct ffa_message_header received(const void *rx)
{
    struct ffa_message_header header;

    __builtin_memcpy(&header, rx, sizeof(header));
    return header;
}

static void expect_received(const void *rx, uint16_t sender, uint16_t receiver, uint64_t payload)
{
    struct ffa_message_header header = received(rx);
    uint64_t word = 0;

    EXPECT(header.sender, sender);
    EXPECT(header.receiver, receiver);
    EXPECT(header.size, sizeof(word));
    if (EXPECT_TRUE(header.offset >= OLD && header.offset <= PAGE_SIZE - sizeof(word)))
        __builtin_memcpy(&word, (const uint8_t *)rx + header.offset, sizeof(word));
    EXPECT(word, payload);
}

static bool ready(void)
{
    return EXPECT_SUCCESS(mailbox_map()) && EXPECT_TRUE(crasher.info.id != 0);
}

/* ---- From here to there ---- */

TEST(the_normal_world_sends_to_a_partition)
{
    REQUIRE(ready(), true);
    map_for(&crasher);
    EXPECT_SUCCESS(send_word(&crasher, WORD));
    EXPECT(word_in_rx(&crasher, 8), (uint64_t)crasher.info.id << 32 | NEW);
    EXPECT((uint32_t)word_in_rx(&crasher, 16), sizeof(uint64_t));
    EXPECT(word_in_rx(&crasher, NEW), WORD);
    EXPECT_TRUE(release_for(&crasher));
    unmap_for(&crasher);
}

TEST(a_partition_sends_to_the_normal_world)
{
    struct ffa_message_header header = header_of(crasher.info.id, FFA_ID_NORMAL_WORLD, NEW);

    REQUIRE(ready(), true);
    map_for(&crasher);
    EXPECT_SUCCESS(send_by(&crasher, header, WORD));
    expect_received(mailbox_rx, crasher.info.id, FFA_ID_NORMAL_WORLD, WORD);
    EXPECT_ERROR(send_by(&crasher, header, WORD + 1), FFA_BUSY);
    expect_received(mailbox_rx, crasher.info.id, FFA_ID_NORMAL_WORLD, WORD);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    EXPECT_SUCCESS(send_by(&crasher, header, WORD + 2));
    expect_received(mailbox_rx, crasher.info.id, FFA_ID_NORMAL_WORLD, WORD + 2);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    unmap_for(&crasher);
}

/* crasher_queued speaks version 1.1: its headers are shorter. */
TEST(partitions_of_both_versions_send_to_each_other)
{
    NEEDS_PARTITION(&crasher_queued);
    REQUIRE(ready(), true);
    map_for(&crasher);
    map_for(&crasher_queued);
    EXPECT_SUCCESS(send_by(&crasher, header_of(crasher.info.id, crasher_queued.info.id, NEW), 1));
    EXPECT(word_in_rx(&crasher_queued, NEW), 1);
    EXPECT_SUCCESS(
        send_by(&crasher_queued, header_of(crasher_queued.info.id, crasher.info.id, OLD), 2));
    EXPECT((uint32_t)word_in_rx(&crasher, 16), sizeof(uint64_t));
    EXPECT(word_in_rx(&crasher, OLD + 4) << 32 | word_in_rx(&crasher, 16) >> 32, 2);
    EXPECT_TRUE(release_for(&crasher));
    EXPECT_TRUE(release_for(&crasher_queued));
    unmap_for(&crasher_queued);
    unmap_for(&crasher);
}

TEST(a_caller_of_version_1_1_has_the_shorter_header)
{
    ffa_version(FFA_VERSION_1_1);
    REQUIRE(ready(), true);
    map_for(&crasher);
    put(mailbox_tx, header_of(FFA_ID_NORMAL_WORLD, crasher.info.id, OLD), WORD);
    EXPECT_SUCCESS(ffa(FFA_MSG_SEND2));
    EXPECT(word_in_rx(&crasher, OLD - 4) >> 32, (uint32_t)WORD);
    EXPECT_TRUE(release_for(&crasher));
    EXPECT_ERROR(send(header_of(FFA_ID_NORMAL_WORLD, crasher.info.id, OLD - 4)),
                 FFA_INVALID_PARAMETERS);
    unmap_for(&crasher);
}

TEST(a_caller_of_version_1_0_has_no_such_call)
{
    ffa_version(FFA_VERSION_1_0);
    REQUIRE(ready(), true);
    EXPECT_ERROR(send(header_of(FFA_ID_NORMAL_WORLD, crasher.info.id, NEW)), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(ffa(FFA_FEATURES, FFA_MSG_SEND2), FFA_NOT_SUPPORTED);
}

TEST(it_is_a_feature_from_version_1_1_on_for_both_worlds)
{
    EXPECT_SUCCESS(ffa(FFA_FEATURES, FFA_MSG_SEND2));
    ffa_version(FFA_VERSION_1_1);
    EXPECT_SUCCESS(ffa(FFA_FEATURES, FFA_MSG_SEND2));
    EXPECT_SUCCESS(call_by(&crasher, FFA_FEATURES, FFA_MSG_SEND2, 0, 0));
    EXPECT_SUCCESS(call_by(&crasher_queued, FFA_FEATURES, FFA_MSG_SEND2, 0, 0));
}

/* ---- What is in TX and not in the message stays there ---- */

#define PLANTED 0x5ec2e75ec2e75ec2
#define WORDS (PAGE_SIZE / sizeof(uint64_t))

TEST(what_lies_behind_a_message_in_tx_is_not_delivered)
{
    uint64_t *tx = (uint64_t *)mailbox_tx;

    REQUIRE(ready(), true);
    map_for(&crasher);
    for (unsigned i = 0; i < WORDS; i++)
        tx[i] = PLANTED;
    EXPECT_SUCCESS(send_word(&crasher, WORD));
    EXPECT(word_in_rx(&crasher, NEW), WORD);
    for (unsigned i = 0; i < WORDS; i++) {
        tap_for(i);
        EXPECT_TRUE(word_in_rx(&crasher, 8 * i) != PLANTED);
    }
    release_for(&crasher);
    unmap_for(&crasher);
}

TEST(what_a_partition_leaves_in_tx_is_not_delivered_to_the_normal_world)
{
    const uint64_t *rx = (const uint64_t *)mailbox_rx;

    REQUIRE(ready(), true);
    map_for(&crasher);
    for (unsigned i = 0; i < WORDS; i++)
        ask(&crasher, CRASH_STORE, tx_of(&crasher) + 8 * i, PLANTED);
    EXPECT_SUCCESS(send_by(&crasher, header_of(crasher.info.id, FFA_ID_NORMAL_WORLD, NEW), WORD));
    expect_received(mailbox_rx, crasher.info.id, FFA_ID_NORMAL_WORLD, WORD);
    for (unsigned i = 0; i < WORDS; i++) {
        tap_for(i);
        EXPECT_TRUE(rx[i] != PLANTED);
    }
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    unmap_for(&crasher);
}

/* ---- Who is told: crasher takes notifications ---- */

#define RX_FULL 1
#define FROM_SPM FFA_NOTIFICATION_FROM_SPM
#define FROM_HYPERVISOR FFA_NOTIFICATION_FROM_HYPERVISOR
#define ONE_LIST (1 << 7) /* w2 of FFA_NOTIFICATION_INFO_GET */

TEST(a_message_is_told_to_the_scheduler_and_fetched_before_rx_is_released)
{
    struct ffa_regs info, got;

    REQUIRE(ready(), true);
    map_for(&crasher);
    EXPECT_SUCCESS(send_word(&crasher, WORD));
    info = ffa(FFA_NOTIFICATION_INFO_GET_64);
    EXPECT(info.x[0], FFA_SUCCESS_64);
    EXPECT(info.x[2], ONE_LIST);
    EXPECT((uint16_t)info.x[3], crasher.info.id);
    EXPECT_ERROR(call_by(&crasher, FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
    got = call_from_crasher(CRASH_CALL, FFA_NOTIFICATION_GET, crasher.info.id,
                            FROM_SPM | FROM_HYPERVISOR);
    EXPECT_SUCCESS(got);
    EXPECT(got.x[6], 0);
    EXPECT(got.x[7], RX_FULL);
    EXPECT(word_in_rx(&crasher, NEW), WORD);
    EXPECT_SUCCESS(call_by(&crasher, FFA_RX_RELEASE, 0, 0, 0));
    unmap_for(&crasher);
}

TEST(the_answer_is_told_to_the_normal_world)
{
    struct ffa_regs got;

    REQUIRE(ready(), true);
    map_for(&crasher);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_CREATE, FFA_ID_NORMAL_WORLD, 1));
    EXPECT_SUCCESS(send_by(&crasher, header_of(crasher.info.id, FFA_ID_NORMAL_WORLD, NEW), WORD));
    EXPECT_ERROR(ffa(FFA_RX_RELEASE), FFA_DENIED);
    got = ffa(FFA_NOTIFICATION_GET, FFA_ID_NORMAL_WORLD, FROM_SPM);
    EXPECT_SUCCESS(got);
    EXPECT(got.x[6], RX_FULL);
    EXPECT(got.x[7], 0);
    expect_received(mailbox_rx, crasher.info.id, FFA_ID_NORMAL_WORLD, WORD);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_DESTROY, FFA_ID_NORMAL_WORLD));
    unmap_for(&crasher);
}

/* ---- VMs ---- */

static uint8_t vm_tx[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint8_t vm_rx[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static struct ffa_regs forward_vm(void)
{
    const struct {
        uint16_t vm, reserved;
        uint32_t rx_offset, tx_offset, padding;
        struct {
            uint32_t total_pages, constituents;
            uint64_t reserved, address;
            uint32_t pages, reserved_too;
        } rx, tx;
    } descriptor = {
        VM, 0, 16, 48, 0, {1, 1, 0, (uint64_t)vm_rx, 1, 0}, {1, 1, 0, (uint64_t)vm_tx, 1, 0}};

    __builtin_memcpy(mailbox_tx, &descriptor, sizeof(descriptor));
    return ffa(FFA_RXTX_MAP_64);
}

TEST(a_hypervisor_sends_for_a_vm)
{
    uint64_t w1 = (uint64_t)VM << 16;

    REQUIRE(ready(), true);
    map_for(&crasher);
    put(vm_tx, header_of(VM, crasher.info.id, NEW), WORD);
    EXPECT_ERROR(ffa(FFA_MSG_SEND2, w1), FFA_DENIED);
    EXPECT_SUCCESS(forward_vm());
    EXPECT_SUCCESS(ffa(FFA_MSG_SEND2, w1));
    EXPECT(word_in_rx(&crasher, NEW), WORD);
    EXPECT(word_in_rx(&crasher, 8) >> 48, VM);
    EXPECT_TRUE(release_for(&crasher));
    EXPECT_ERROR(ffa(FFA_MSG_SEND2, (uint64_t)OTHER_VM << 16), FFA_DENIED);
    EXPECT_ERROR(ffa(FFA_MSG_SEND2, (uint64_t)crasher.info.id << 16), FFA_DENIED);
    EXPECT_SUCCESS(ffa(FFA_RXTX_UNMAP, w1));
    unmap_for(&crasher);
}

TEST(a_partition_sends_to_a_vm_while_its_hypervisor_does_not_hold_rx)
{
    struct ffa_message_header header = header_of(crasher.info.id, VM, NEW);

    REQUIRE(ready(), true);
    map_for(&crasher);
    EXPECT_ERROR(send_by(&crasher, header, WORD), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(forward_vm());
    EXPECT_SUCCESS(ffa(FFA_RX_ACQUIRE, VM));
    EXPECT_ERROR(send_by(&crasher, header, WORD), FFA_BUSY);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE, VM));
    EXPECT_SUCCESS(send_by(&crasher, header, WORD));
    expect_received(vm_rx, crasher.info.id, VM, WORD);
    EXPECT_ERROR(ffa(FFA_RX_ACQUIRE, VM), FFA_DENIED);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE, VM));
    EXPECT_SUCCESS(ffa(FFA_RXTX_UNMAP, (uint64_t)VM << 16));
    unmap_for(&crasher);
}

/* ---- What is refused ---- */

TEST(a_second_message_waits_until_the_first_is_read)
{
    REQUIRE(ready(), true);
    map_for(&crasher);
    EXPECT_SUCCESS(send_word(&crasher, WORD));
    EXPECT_ERROR(send_word(&crasher, WORD + 1), FFA_BUSY);
    EXPECT(word_in_rx(&crasher, NEW), WORD);
    EXPECT_TRUE(release_for(&crasher));
    EXPECT_SUCCESS(send_word(&crasher, WORD + 1));
    EXPECT(word_in_rx(&crasher, NEW), WORD + 1);
    EXPECT_TRUE(release_for(&crasher));
    EXPECT_TRUE(!release_for(&crasher));
    unmap_for(&crasher);
}

TEST(a_partition_without_buffers_is_busy)
{
    REQUIRE(ready(), true);
    EXPECT_ERROR(send_word(&crasher, WORD), FFA_BUSY);
}

TEST(a_sender_without_buffers_is_denied)
{
    EXPECT_ERROR(send_word(&crasher, WORD), FFA_DENIED);
    EXPECT_ERROR(send_by(&crasher, header_of(crasher.info.id, FFA_ID_NORMAL_WORLD, NEW), WORD),
                 FFA_DENIED);
}

TEST(a_partition_without_the_method_is_denied)
{
    REQUIRE(ready(), true);
    EXPECT_ERROR(send_word(&vault, WORD), FFA_DENIED);
    EXPECT_ERROR(send_word(&crasher_mp, WORD), FFA_DENIED);
    map_for(&crasher_mp);
    EXPECT_ERROR(
        send_by(&crasher_mp, header_of(crasher_mp.info.id, FFA_ID_NORMAL_WORLD, NEW), WORD),
        FFA_DENIED);
    unmap_for(&crasher_mp);
}

/* X(what makes the header `h` of a message to crasher wrong) */
#define WRONG(X)                        \
    X(h.sender = VM)                    \
    X(h.sender = crasher.info.id)       \
    X(h.sender = FFA_ID_SPMC)           \
    X(h.receiver = FFA_ID_NORMAL_WORLD) \
    X(h.receiver = VM)                  \
    X(h.receiver = NO_PARTITION)        \
    X(h.receiver = FFA_ID_SPMC)         \
    X(h.receiver = FFA_ID_SPMD)         \
    X(h.offset = 0)                     \
    X(h.offset = NEW - 1)               \
    X(h.offset = PAGE_SIZE)             \
    X(h.offset = PAGE_SIZE - 4)         \
    X(h.offset = 0xfffffff8)            \
    X(h.offset = 0xffffffff)            \
    X(h.size = PAGE_SIZE - NEW + 1)     \
    X(h.size = 0xffffffff)              \
    X(h.size = 0x100000000 - NEW)       \
    X(h.uuid = (struct ffa_uuid){{1}})  \
    X(h.uuid = echo.uuid)               \
    X(h.uuid = crasher_queued.uuid)

#define EXPECT_WRONG(spoil)                                        \
    h = header_of(FFA_ID_NORMAL_WORLD, crasher.info.id, NEW);      \
    spoil;                                                         \
    tap_expect(__FILE__, __LINE__, #spoil, (uint32_t)send(h).x[2], \
               (uint32_t)FFA_INVALID_PARAMETERS);

TEST(a_wrong_header_is_invalid)
{
    struct ffa_message_header h;

    REQUIRE(ready(), true);
    map_for(&crasher);
    WRONG(EXPECT_WRONG)
    EXPECT_TRUE(!release_for(&crasher));
    h = header_of(FFA_ID_NORMAL_WORLD, crasher.info.id, NEW);
    h.uuid = crasher.uuid;
    EXPECT_SUCCESS(send(h));
    EXPECT_TRUE(release_for(&crasher));
    unmap_for(&crasher);
}

/* Behind a hypervisor with buffers of its own, what an OS wrote to its TX does not arrive here. */
TEST(stale_content_of_tx_is_invalid)
{
    REQUIRE(ready(), true);
    for (unsigned fill = 0; fill < 0x100; fill += 0xff) {
        __builtin_memset(mailbox_tx, (int)fill, PAGE_SIZE);
        EXPECT_ERROR(ffa(FFA_MSG_SEND2), FFA_INVALID_PARAMETERS);
    }
    EXPECT_SUCCESS(forward_vm());
    EXPECT_ERROR(ffa(FFA_MSG_SEND2), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(ffa(FFA_RXTX_UNMAP, (uint64_t)VM << 16));
}

TEST(reserved_registers_must_be_zero)
{
    REQUIRE(ready(), true);
    map_for(&crasher);
    send_by(&crasher, header_of(crasher.info.id, FFA_ID_NORMAL_WORLD, NEW), WORD);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    put(mailbox_tx, header_of(FFA_ID_NORMAL_WORLD, crasher.info.id, NEW), WORD);
    for (unsigned bit = 0; bit < 32; bit++) {
        tap_for(bit);
        EXPECT_ERROR(ffa(FFA_MSG_SEND2, 0, 1ULL << bit), FFA_INVALID_PARAMETERS);
        if (1ULL << bit != FFA_MSG_SEND2_DELAY_SRI)
            EXPECT_ERROR(call_by(&crasher, FFA_MSG_SEND2, 0, 1ULL << bit, 0),
                         FFA_INVALID_PARAMETERS);
        EXPECT_ERROR(call_by(&crasher, FFA_MSG_SEND2, 1ULL << bit, 0, 0), FFA_INVALID_PARAMETERS);
    }
    EXPECT_SUCCESS(call_by(&crasher, FFA_MSG_SEND2, 0, FFA_MSG_SEND2_DELAY_SRI, 0));
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    unmap_for(&crasher);
}

TEST(a_message_that_is_too_long_for_rx_is_no_memory)
{
    struct ffa_message_header h = header_of(FFA_ID_NORMAL_WORLD, crasher.info.id, NEW);

    EXPECT_SUCCESS(mailbox_map_at((uint64_t)mailbox_tx, (uint64_t)mailbox_rx, MAILBOX_PAGES));
    map_for(&crasher);
    h.size = PAGE_SIZE - NEW + 1;
    EXPECT_ERROR(send(h), FFA_NO_MEMORY);
    EXPECT_TRUE(!release_for(&crasher));
    h.size--;
    put(mailbox_tx, h, WORD);
    mailbox_tx[PAGE_SIZE - 1] = 0x5a;
    EXPECT_SUCCESS(ffa(FFA_MSG_SEND2));
    EXPECT(word_in_rx(&crasher, NEW), WORD);
    EXPECT(word_in_rx(&crasher, PAGE_SIZE - 8) >> 56, 0x5a);
    EXPECT_TRUE(release_for(&crasher));
    unmap_for(&crasher);
}
