/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a partition asks for, when it retrieves: with anything wrong in it, it is refused. crasher's
 * TX is written word by word.
 */
#define SUITE "retrieval"

#include "mailbox.h"
#include "memory.h"
#include "tap.h"

#define VM 0x0005
#define RW_NX (FFA_ACCESS_RW | FFA_ACCESS_NX)

struct request {
    struct ffa_memory_header header;
    struct ffa_memory_access access;
};

#define REQUEST_BYTES sizeof(struct request)

static struct request usual_request(uint64_t handle)
{
    return (struct request){
        .header = {.handle = handle,
                   .access_size = FFA_MEMORY_ACCESS_1_2,
                   .count = 1,
                   .offset = FFA_MEMORY_HEADER_1_1},
        .access = {.id = crasher.info.id, .permissions = RW_NX},
    };
}

static struct ffa_regs request_by_crasher(const struct request *request, uint64_t length)
{
    uint64_t tx = ask(&crasher, CRASH_MAILBOX).x[4];
    uint64_t words[REQUEST_BYTES / 8];

    __builtin_memcpy(words, request, sizeof(words));
    for (unsigned i = 0; i < REQUEST_BYTES / 8; i++)
        ask(&crasher, CRASH_STORE, tx + 8 * i, words[i]);
    return memory_call_by(&crasher, FFA_MEM_RETRIEVE_REQ_64, length, length, 0);
}

#define WRONG_REQUEST(X)                                                       \
    X(r.header.handle += 1, INVALID_PARAMETERS)                                \
    X(r.header.handle |= FFA_HANDLE_OF_HYPERVISOR, INVALID_PARAMETERS)         \
    X(r.header.handle = ~0ULL, INVALID_PARAMETERS)                             \
    X(r.header.sender = VM, DENIED)                                            \
    X(r.header.sender = crasher.info.id, DENIED)                               \
    X(r.header.tag = 1, INVALID_PARAMETERS)                                    \
    X(r.header.flags = FFA_MEMORY_SHARED << 3, INVALID_PARAMETERS)             \
    X(r.header.flags = FFA_MEMORY_DONATED << 3, INVALID_PARAMETERS)            \
    X(r.header.flags = FFA_MEMORY_ZERO, DENIED)                                \
    X(r.header.flags = FFA_MEMORY_ONE_BORROWER, INVALID_PARAMETERS)            \
    X(r.header.flags = 1 << 5, INVALID_PARAMETERS)                             \
    X(r.header.flags = 1 << 9, INVALID_PARAMETERS)                             \
    X(r.header.flags = 1 << 11, INVALID_PARAMETERS)                            \
    X(r.header.attributes = FFA_MEMORY_NON_SECURE, INVALID_PARAMETERS)         \
    X(r.header.attributes = FFA_MEMORY_TYPE, INVALID_PARAMETERS)               \
    X(r.header.attributes = FFA_MEMORY_DEVICE, DENIED)                         \
    X(r.header.attributes = FFA_MEMORY_USUAL - 1, DENIED)                      \
    X(r.header.count = 0, INVALID_PARAMETERS)                                  \
    X(r.header.count = 2, INVALID_PARAMETERS)                                  \
    X(r.header.offset = 32, INVALID_PARAMETERS)                                \
    X(r.header.reserved[1] = 1, INVALID_PARAMETERS)                            \
    X(r.access.id = crasher_queued.info.id, DENIED)                            \
    X(r.access.permissions = 0, INVALID_PARAMETERS)                            \
    X(r.access.permissions = FFA_ACCESS_RW | FFA_ACCESS_X, INVALID_PARAMETERS) \
    X(r.access.permissions |= FFA_ACCESS_CODE, INVALID_PARAMETERS)             \
    X(r.access.permissions |= 3, INVALID_PARAMETERS)                           \
    X(r.access.permissions |= 0x20, INVALID_PARAMETERS)                        \
    X(r.access.composite = 80, INVALID_PARAMETERS)                             \
    X(r.access.own[0] = 1, INVALID_PARAMETERS)                                 \
    X(r.access.own[1] = 1, INVALID_PARAMETERS)                                 \
    X(r.access.reserved = 1, INVALID_PARAMETERS)                               \
    X(length -= 16, INVALID_PARAMETERS)                                        \
    X(length += 16, INVALID_PARAMETERS)                                        \
    X(length = 0, INVALID_PARAMETERS)

#define EXPECT_WRONG_REQUEST(spoil, status)                        \
    r = usual_request(handle);                                     \
    length = REQUEST_BYTES;                                        \
    spoil;                                                         \
    reply = request_by_crasher(&r, length);                        \
    tap_expect(__FILE__, __LINE__, #spoil, reply.x[0], FFA_ERROR); \
    tap_expect(__FILE__, __LINE__, #spoil, reply.x[2], (uint32_t)FFA_##status);

TEST(a_retrieval_with_anything_wrong_is_refused)
{
    const struct ffa_memory_range ranges[] = {{POOL, 2, 0}, {POOL + 8 * PAGE_SIZE, 1, 0}};
    const struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, ranges, 2);
    uint64_t handle, length;
    struct request r;
    struct ffa_regs reply;

    EXPECT_SUCCESS(mailbox_map());
    REQUIRE(memory_begin(&crasher), true);
    handle = memory_sent(&s);
    WRONG_REQUEST(EXPECT_WRONG_REQUEST)
    r = usual_request(handle);
    EXPECT(request_by_crasher(&r, REQUEST_BYTES).x[0], FFA_MEM_RETRIEVE_RESP);
    EXPECT_ERROR(request_by_crasher(&r, REQUEST_BYTES), FFA_BUSY);
    EXPECT_SUCCESS(memory_call_by(&crasher, FFA_RX_RELEASE, 0, 0, 0));
    EXPECT_ERROR(request_by_crasher(&r, REQUEST_BYTES), FFA_DENIED);
    EXPECT_ERROR(memory_call_by(&crasher, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, 0),
                 FFA_INVALID_PARAMETERS);
    EXPECT(memory_relinquish(&crasher, handle, 0x4), FFA_INVALID_PARAMETERS);
    EXPECT(memory_relinquish(&crasher, handle + 1, 0), FFA_INVALID_PARAMETERS);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    memory_end(&crasher);
}
