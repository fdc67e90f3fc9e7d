// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a partition does that it may not: it gets the exception at its own
 * level, handles it, answers, and is as good as before. Others do not notice.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "partitions.h"
#include "suites.h"

#include <asm/esr.h>

static void require_alive(struct tap *t, enum demo which, struct words request)
{
	struct words answer = demo_ask_words(t, which, request);

	require(t, answer.x3 != DEMO_SILENT && answer.x4 == request.x4,
		"%s does not answer as before", demo[which].name);
}

static void recovers(struct tap *t, u64 command, u64 argument, u64 class)
{
	struct words answer = demo_ask(t, CRASHER, command, argument);

	require(t, answer.x3 == DEMO_OK, "command %llu: status %lld", command, answer.x3);
	require(t, answer.x4 && ESR_ELx_EC(answer.x4) == class, "command %llu: ESR %#llx", command,
		answer.x4);
	require_alive(t, CRASHER, (struct words){ CRASH_ECHO, 42 });
	require_alive(t, ECHO, (struct words){ 1, 43 });
}

static void partition_recovers_from_a_bad_read(struct tap *t)
{
	recovers(t, CRASH_READ, 0, ESR_ELx_EC_DABT_CUR);
}

static void partition_recovers_from_a_bad_write(struct tap *t)
{
	recovers(t, CRASH_WRITE, 0, ESR_ELx_EC_DABT_CUR);
}

static void partition_recovers_from_a_bad_jump(struct tap *t)
{
	recovers(t, CRASH_EXECUTE, 0, ESR_ELx_EC_IABT_CUR);
}

/* A page of this kernel, which nobody gave to the partition. */
static void partition_cannot_read_the_memory_of_linux(struct tap *t)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	require(t, page, "no memory");
	recovers(t, CRASH_READ_NORMAL, virt_to_phys(page), ESR_ELx_EC_DABT_CUR);
	free_page((unsigned long)page);
}

static void partition_recovers_from_an_undefined_instruction(struct tap *t)
{
	recovers(t, CRASH_UNDEFINED, 0, ESR_ELx_EC_UNKNOWN);
}

static void partition_recovers_from_a_register_of_el2(struct tap *t)
{
	recovers(t, CRASH_FORBIDDEN_REGISTER, 0, ESR_ELx_EC_UNKNOWN);
}

static void smc_of_a_partition_that_is_not_ffa_is_not_supported(struct tap *t)
{
	struct words answer = demo_ask(t, CRASHER, CRASH_SMC);

	require(t, answer.x3 == DEMO_OK, "status %lld", answer.x3);
	require(t, (s32)answer.x4 == -1, "its x0 was %#llx", answer.x4);
	require_alive(t, CRASHER, (struct words){ CRASH_ECHO, 44 });
}

static void msg_wait_inside_a_request_is_denied(struct tap *t)
{
	struct words answer = demo_ask(t, CRASHER, CRASH_MSG_WAIT);

	require(t, answer.x3 == DEMO_OK && (s32)answer.x4 == FFA_RET_DENIED,
		"status %lld, it got %d", answer.x3, (s32)answer.x4);
}

static void message_from_partition_to_partition_comes_back(struct tap *t)
{
	struct words answer;

	require(t, demo[ECHO].device, "no echo");
	answer = demo_ask(t, CRASHER, CRASH_FORWARD, demo[ECHO].device->vm_id, 0x1234, 0x5678, 10);
	require(t, answer.x3 == DEMO_OK, "status %lld", answer.x3);
	require(t, answer.x4 == FFA_FN64_MSG_SEND_DIRECT_RESP && answer.x5 == 0x1234,
		"x0 %#llx, x3 %#llx", answer.x4, answer.x5);
}

tap_suite fault_suite = {
	TAP_TEST(partition_recovers_from_a_bad_read),
	TAP_TEST(partition_recovers_from_a_bad_write),
	TAP_TEST(partition_recovers_from_a_bad_jump),
	TAP_TEST(partition_cannot_read_the_memory_of_linux),
	TAP_TEST(partition_recovers_from_an_undefined_instruction),
	TAP_TEST(partition_recovers_from_a_register_of_el2),
	TAP_TEST(smc_of_a_partition_that_is_not_ffa_is_not_supported),
	TAP_TEST(msg_wait_inside_a_request_is_denied),
	TAP_TEST(message_from_partition_to_partition_comes_back),
	{},
};
