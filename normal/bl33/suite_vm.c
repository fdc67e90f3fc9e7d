/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mailboxes of virtual machines: a hypervisor forwards RXTX_MAP by a descriptor in its own TX
 * buffer, and takes and releases their RX buffers.
 */
#define SUITE "vm"

#include "abi/demo.h"
#include "cpu.h"
#include "mailbox.h"
#include "partitions.h"
#include "scenarios.h"
#include "smp.h"
#include "tap.h"

#define VM 0x0005
#define OTHER_VM 0x0006
#define UNKNOWN_VM 0x0007
#define SECURE_MEMORY 0x0e300000
#define DEVICE_MEMORY 0x09000000
#define HEADER_BYTES 16
#define ROUNDS 400

static const struct ffa_uuid every_partition;

/* The endpoint RX/TX descriptor, with one constituent for each buffer. */
struct buffer {
    uint32_t total_pages;
    uint32_t constituents;
    uint64_t reserved;
    uint64_t address;
    uint32_t pages;
    uint32_t reserved_too;
};

struct descriptor {
    uint16_t vm;
    uint16_t reserved;
    uint32_t rx_offset;
    uint32_t tx_offset;
    uint32_t padding;
    struct buffer rx;
    struct buffer tx;
};

static uint8_t pages[8][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static uint64_t page(unsigned number)
{
    return (uint64_t)pages[number];
}

static struct descriptor describe_at(uint16_t vm, uint64_t tx, uint64_t rx, uint32_t count)
{
    return (struct descriptor){
        .vm = vm,
        .rx_offset = HEADER_BYTES,
        .tx_offset = HEADER_BYTES + sizeof(struct buffer),
        .rx = {.total_pages = count, .constituents = 1, .address = rx, .pages = count},
        .tx = {.total_pages = count, .constituents = 1, .address = tx, .pages = count},
    };
}

/* The VM's buffers are two pages of its own. */
static struct descriptor describe(uint16_t vm)
{
    return describe_at(vm, page(vm & 1), page(2 + (vm & 1)), 1);
}

static struct ffa_regs forward(const struct descriptor *descriptor)
{
    __builtin_memcpy(mailbox_tx, descriptor, sizeof(*descriptor));
    return ffa(FFA_RXTX_MAP_64);
}

static struct ffa_regs forward_vm(uint16_t vm)
{
    struct descriptor descriptor = describe(vm);

    return forward(&descriptor);
}

static struct ffa_regs unmap(uint16_t vm)
{
    return ffa(FFA_RXTX_UNMAP, (uint64_t)vm << 16);
}

/* A refused map leaves nothing behind. */
static void expect_refused(const struct descriptor *descriptor, int status)
{
    EXPECT_ERROR(forward(descriptor), status);
    EXPECT_ERROR(unmap(descriptor->vm), FFA_INVALID_PARAMETERS);
}

TEST(a_vms_buffers_are_mapped_and_unmapped_by_its_id)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(unmap(VM));
    EXPECT_ERROR(unmap(VM), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(unmap(VM));
}

TEST(several_vms_have_buffers_at_the_same_time)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(forward_vm(OTHER_VM));
    EXPECT_SUCCESS(unmap(VM));
    EXPECT_ERROR(unmap(VM), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(unmap(OTHER_VM));
}

TEST(buffers_of_a_vm_may_be_larger)
{
    struct descriptor d = describe_at(VM, page(0), page(4), 4);

    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(forward(&d));
    EXPECT_SUCCESS(unmap(VM));
}

TEST(a_second_map_of_a_vm_is_denied)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_ERROR(forward_vm(VM), FFA_DENIED);
    EXPECT_SUCCESS(unmap(VM));
}

TEST(forwarding_without_buffers_of_its_own_is_invalid)
{
    EXPECT_ERROR(forward_vm(VM), FFA_INVALID_PARAMETERS);
}

TEST(an_id_that_is_no_vms_is_invalid)
{
    struct descriptor d = describe(VM);

    EXPECT_SUCCESS(mailbox_map());
    d.vm = FFA_ID_NORMAL_WORLD;
    EXPECT_ERROR(forward(&d), FFA_INVALID_PARAMETERS);
    d.vm = echo.info.id;
    expect_refused(&d, FFA_INVALID_PARAMETERS);
    d.vm = 0xffff;
    expect_refused(&d, FFA_INVALID_PARAMETERS);
}

/* X(what makes the descriptor `d` malformed) */
#define MALFORMED(X)                                    \
    X(d.reserved = 1)                                   \
    X(d.rx_offset = 0)                                  \
    X(d.rx_offset = HEADER_BYTES - 8)                   \
    X(d.rx_offset = HEADER_BYTES + 4)                   \
    X(d.tx_offset = HEADER_BYTES + 1)                   \
    X(d.rx_offset = PAGE_SIZE - 8)                      \
    X(d.tx_offset = PAGE_SIZE)                          \
    X(d.tx_offset = 0xfffffff8)                         \
    X(d.rx_offset = 0x80000000)                         \
    X(d.rx.constituents = 0)                            \
    X(d.rx.constituents = 2)                            \
    X(d.tx.constituents = 0x10001)                      \
    X(d.rx.total_pages = 2)                             \
    X(d.tx.pages = 2)                                   \
    X(d.tx.total_pages = d.tx.pages = 2)                \
    X(d.rx.reserved = 1)                                \
    X(d.tx.reserved_too = 1)                            \
    X(d = describe_at(VM, page(0), page(2), 0))         \
    X(d = describe_at(VM, page(0), page(2), 64))        \
    X(d = describe_at(VM, page(0), page(2), 0x10000))   \
    X(d = describe_at(VM, page(0) + 8, page(2), 1))     \
    X(d = describe_at(VM, page(0), page(2) + 0x800, 1)) \
    X(d = describe_at(VM, page(0), page(0), 1))         \
    X(d = describe_at(VM, page(0), page(1), 2))

#define EXPECT_MALFORMED(spoil) \
    d = describe(VM);           \
    spoil;                      \
    tap_for(__LINE__);          \
    expect_refused_as(#spoil, &d);

static void expect_refused_as(const char *what, const struct descriptor *d)
{
    tap_expect(__FILE__, __LINE__, what, forward(d).x[2], (uint32_t)FFA_INVALID_PARAMETERS);
    tap_expect(__FILE__, __LINE__, what, unmap(VM).x[2], (uint32_t)FFA_INVALID_PARAMETERS);
}

TEST(a_malformed_descriptor_is_invalid_and_maps_nothing)
{
    struct descriptor d;

    EXPECT_SUCCESS(mailbox_map());
    MALFORMED(EXPECT_MALFORMED)
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(unmap(VM));
}

static void expect_denied(uint64_t address)
{
    struct descriptor d = describe_at(VM, page(4), address, 1);

    tap_for(address);
    expect_refused(&d, FFA_DENIED);
    d = describe_at(VM, address, page(6), 1);
    expect_refused(&d, FFA_DENIED);
}

TEST(buffers_of_a_vm_outside_the_normal_worlds_memory_are_denied)
{
    uint64_t end = board.memory_base + board.memory_size;

    EXPECT_SUCCESS(mailbox_map());
    expect_denied(SECURE_MEMORY);
    expect_denied(0x0e100000);
    expect_denied(DEVICE_MEMORY);
    expect_denied(0);
    expect_denied(end);
    expect_denied(0x8000000000);
    expect_denied(0xfffffffffffff000);
}

TEST(buffers_of_a_vm_over_the_hypervisors_own_are_denied)
{
    EXPECT_SUCCESS(mailbox_map());
    expect_denied((uint64_t)mailbox_tx);
    expect_denied((uint64_t)mailbox_rx);
}

TEST(buffers_of_a_vm_over_another_vms_are_denied)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(forward_vm(OTHER_VM));
    expect_denied(describe(OTHER_VM).tx.address);
    expect_denied(describe(OTHER_VM).rx.address);
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(unmap(VM));
    EXPECT_SUCCESS(unmap(OTHER_VM));
}

TEST(buffers_of_a_vm_over_a_partitions_non_secure_page_are_denied)
{
    EXPECT_SUCCESS(mailbox_map());
    expect_denied(CRASHER_NORMAL_PAGE);
}

TEST(the_hypervisors_buffers_over_a_vms_are_denied)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(mailbox_unmap());
    EXPECT_ERROR(mailbox_map_at(describe(VM).tx.address, (uint64_t)mailbox_rx, 1), FFA_DENIED);
    EXPECT_ERROR(mailbox_map_at((uint64_t)mailbox_tx, describe(VM).rx.address, 1), FFA_DENIED);
    EXPECT_SUCCESS(unmap(VM));
}

TEST(buffers_of_a_vm_outlive_those_of_the_hypervisor)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(mailbox_unmap());
    EXPECT_SUCCESS(ffa(FFA_RX_ACQUIRE, VM));
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE, VM));
    EXPECT_SUCCESS(unmap(VM));
}

TEST(the_number_of_vms_with_buffers_has_a_limit)
{
    unsigned mapped = 0;
    struct ffa_regs reply;

    EXPECT_SUCCESS(mailbox_map());
    do {
        uint64_t buffers = CRASHER_NORMAL_PAGE + (2 * mapped + 1) * PAGE_SIZE;
        struct descriptor d =
            describe_at((uint16_t)(0x100 + mapped), buffers, buffers + PAGE_SIZE, 1);

        reply = forward(&d);
        mapped += reply.x[0] == FFA_SUCCESS_32;
    } while (reply.x[0] == FFA_SUCCESS_32 && mapped < 1000);
    EXPECT_ERROR(reply, FFA_NO_MEMORY);
    EXPECT(mapped, 64);
    for (unsigned i = 0; i < mapped; i++)
        EXPECT_SUCCESS(unmap((uint16_t)(0x100 + i)));
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(unmap(VM));
}

/* ---- RX_ACQUIRE, RX_RELEASE ---- */

TEST(a_vms_rx_buffer_is_acquired_and_released)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_ERROR(ffa(FFA_RX_RELEASE, VM), FFA_DENIED);
    EXPECT_SUCCESS(ffa(FFA_RX_ACQUIRE, VM));
    EXPECT_ERROR(ffa(FFA_RX_ACQUIRE, VM), FFA_DENIED);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE, VM));
    EXPECT_ERROR(ffa(FFA_RX_RELEASE, VM), FFA_DENIED);
    EXPECT_SUCCESS(ffa(FFA_RX_ACQUIRE, VM));
    EXPECT_SUCCESS(unmap(VM));
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(ffa(FFA_RX_ACQUIRE, VM));
    EXPECT_SUCCESS(unmap(VM));
}

TEST(an_acquired_buffer_is_that_vms_alone)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(forward_vm(OTHER_VM));
    EXPECT_SUCCESS(ffa(FFA_RX_ACQUIRE, VM));
    EXPECT_ERROR(ffa(FFA_RX_RELEASE, OTHER_VM), FFA_DENIED);
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE, VM));
    EXPECT_SUCCESS(unmap(VM));
    EXPECT_SUCCESS(unmap(OTHER_VM));
}

TEST(acquire_of_an_unknown_vm_is_invalid)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_ERROR(ffa(FFA_RX_ACQUIRE, UNKNOWN_VM), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(ffa(FFA_RX_RELEASE, UNKNOWN_VM), FFA_INVALID_PARAMETERS);
}

TEST(acquire_of_a_secure_buffer_is_not_supported)
{
    EXPECT_ERROR(ffa(FFA_RX_ACQUIRE, echo.info.id), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(ffa(FFA_RX_ACQUIRE, FFA_ID_SPMC), FFA_NOT_SUPPORTED);
}

TEST(acquire_is_not_supported_at_version_1_0)
{
    EXPECT(ffa_version(FFA_VERSION_1_0), FFA_VERSION_1_2);
    EXPECT_ERROR(ffa(FFA_RX_ACQUIRE, VM), FFA_NOT_SUPPORTED);
}

/* ---- Partitions have no part in it ---- */

TEST(a_partition_cannot_acquire_or_name_a_vms_buffer)
{
    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(forward_vm(VM));
    for (uint64_t by = CRASH_CALL; by <= CRASH_CALL_HVC; by++) {
        EXPECT_ERROR(call_from_crasher(by, FFA_RX_ACQUIRE, VM), FFA_NOT_SUPPORTED);
        EXPECT_ERROR(call_from_crasher(by, FFA_RX_RELEASE, VM), FFA_INVALID_PARAMETERS);
        EXPECT_ERROR(call_from_crasher(by, FFA_RXTX_UNMAP, (uint64_t)VM << 16),
                     FFA_INVALID_PARAMETERS);
        EXPECT_ERROR(call_from_crasher(by, FFA_RXTX_MAP_64), FFA_INVALID_PARAMETERS);
    }
    EXPECT_SUCCESS(unmap(VM));
}

static void expect_partition_cannot_map(uint64_t by, uint64_t tx, uint64_t rx, int status)
{
    tap_for(tx ^ rx);
    EXPECT_ERROR(call_from_crasher(by, FFA_RXTX_MAP_64, tx, rx, 1), status);
    EXPECT_ERROR(call_from_crasher(by, FFA_RXTX_UNMAP), FFA_INVALID_PARAMETERS);
}

TEST(a_partition_maps_only_memory_of_its_own)
{
    uint64_t normal = CRASHER_NORMAL_PAGE;

    NEEDS_PARTITION(&crasher);
    for (uint64_t by = CRASH_CALL; by <= CRASH_CALL_HVC; by++) {
        expect_partition_cannot_map(by, normal, 0x0e100000, FFA_INVALID_PARAMETERS);
        expect_partition_cannot_map(by, 0x0e000000, normal, FFA_INVALID_PARAMETERS);
        expect_partition_cannot_map(by, normal, 0x0e200000, FFA_INVALID_PARAMETERS);
        expect_partition_cannot_map(by, normal, page(0), FFA_INVALID_PARAMETERS);
        expect_partition_cannot_map(by, normal, DEVICE_MEMORY, FFA_INVALID_PARAMETERS);
        expect_partition_cannot_map(by, normal, normal + 8, FFA_INVALID_PARAMETERS);
        expect_partition_cannot_map(by, normal, normal, FFA_INVALID_PARAMETERS);
        expect_partition_cannot_map(by, normal, 0xfffffffffffff000, FFA_INVALID_PARAMETERS);
    }
}

/* ---- Another CPU rewrites the descriptor while it is read ---- */

static bool hammer_may_stop;

/* Now a good address, now a Secure one, now a broken header: as fast as it goes. */
static void hammer(void *argument)
{
    static const uint64_t addresses[] = {SECURE_MEMORY, 0x0e100000, DEVICE_MEMORY, 0xfffff000};
    volatile struct descriptor *d = (volatile struct descriptor *)mailbox_tx;
    const struct descriptor good = *(const struct descriptor *)argument;

    for (unsigned i = 0; !__atomic_load_n(&hammer_may_stop, __ATOMIC_RELAXED); i++) {
        d->rx.address = addresses[i & 3];
        d->tx.constituents = i;
        d->rx_offset = i * 4;
        d->tx.pages = i;
        d->vm = (uint16_t)(i & 1 ? VM : echo.info.id);
        d->rx.address = good.rx.address;
        d->tx.constituents = good.tx.constituents;
        d->rx_offset = good.rx_offset;
        d->tx.pages = good.tx.pages;
        d->vm = good.vm;
    }
}

static bool is_legal(uint64_t status)
{
    return status == (uint32_t)FFA_INVALID_PARAMETERS || status == (uint32_t)FFA_DENIED;
}

TEST(a_descriptor_that_another_cpu_rewrites_is_mapped_as_read_or_refused)
{
    struct descriptor d = describe(VM);
    unsigned mapped = 0, refused = 0;

    NEEDS_CPUS(2);
    EXPECT_SUCCESS(mailbox_map());
    __builtin_memcpy(mailbox_tx, &d, sizeof(d));
    __atomic_store_n(&hammer_may_stop, false, __ATOMIC_RELAXED);
    cpu_start(1, hammer, &d);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct ffa_regs reply = ffa(FFA_RXTX_MAP_64);

        if (reply.x[0] == FFA_SUCCESS_32) {
            mapped++;
            EXPECT_SUCCESS(unmap(VM));
        } else {
            refused++;
            EXPECT(reply.x[0], FFA_ERROR);
            EXPECT_TRUE(is_legal(reply.x[2]));
            EXPECT_ERROR(unmap(VM), FFA_INVALID_PARAMETERS);
        }
        delay_us(i % 7);
    }
    __atomic_store_n(&hammer_may_stop, true, __ATOMIC_RELAXED);
    cpu_wait(1);
    EXPECT_TRUE(mapped > 0);
    EXPECT_TRUE(refused > 0);
    EXPECT_TRUE(echo_answers());
    EXPECT_SUCCESS(forward_vm(VM));
    EXPECT_SUCCESS(unmap(VM));
}
