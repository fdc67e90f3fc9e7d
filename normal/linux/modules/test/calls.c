// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls as bare SMCs: what is refused, by Bulkhead or by pKVM before it, and
 * with which status. None of them disturbs the driver.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "smc.h"
#include "suites.h"

#define NO_SUCH_PARTITION 0x8ffe
#define SPMC_ID 0x8000
#define FFA_FEATURES_64 0xC4000064 /* in FF-A's range, and no function */
#define SENDER_AND_RECEIVER(from, to) ((u32)(from) << 16 | (to))

/* pKVM 6.12 stands between: it knows FF-A 1.1 and says so, while Bulkhead says 1.2. */
static void version_answers_the_same_each_time(struct tap *t)
{
	const u32 expected = expect_pkvm ? FFA_VERSION_1_1 : FFA_PACK_VERSION_INFO(1, 2);
	smc_regs first = smc(.a0 = FFA_VERSION, .a1 = FFA_VERSION_1_1);
	smc_regs second = smc(.a0 = FFA_VERSION, .a1 = FFA_VERSION_1_1);

	require(t, first.a0 == expected, "it answers %#lx", first.a0);
	require(t, second.a0 == expected, "first %#lx, then %#lx", first.a0, second.a0);
}

static void version_of_another_major_is_not_supported(struct tap *t)
{
	smc_regs result = smc(.a0 = FFA_VERSION, .a1 = FFA_PACK_VERSION_INFO(2, 0));

	require(t, (s32)result.a0 == FFA_RET_NOT_SUPPORTED, "it answers %#lx", result.a0);
}

static void linux_has_the_id_0_and_the_spmc_0x8000(struct tap *t)
{
	smc_regs own = smc(.a0 = FFA_ID_GET), spmc = smc(.a0 = FFA_SPM_ID_GET);

	require(t, own.a0 == FFA_SUCCESS && own.a2 == 0, "ID_GET: x0 %#lx, x2 %#lx", own.a0,
		own.a2);
	require(t, spmc.a0 == FFA_SUCCESS && spmc.a2 == SPMC_ID, "SPM_ID_GET: x0 %#lx, x2 %#lx",
		spmc.a0, spmc.a2);
}

static void features_names_the_calls_that_there_are(struct tap *t)
{
	static const u32 offered[] = {
		FFA_ERROR,
		FFA_SUCCESS,
		FFA_VERSION,
		FFA_FEATURES,
		FFA_ID_GET,
		FFA_RX_RELEASE,
		FFA_FN64_RXTX_MAP,
		FFA_RXTX_UNMAP,
		FFA_PARTITION_INFO_GET,
		FFA_RUN,
		FFA_MSG_SEND_DIRECT_REQ,
		FFA_FN64_MSG_SEND_DIRECT_REQ,
	};
	smc_regs result;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offered); i++) {
		result = smc(.a0 = FFA_FEATURES, .a1 = offered[i]);
		require(t, result.a0 == FFA_SUCCESS, "%#x: x0 %#lx, x2 %#lx", offered[i], result.a0,
			result.a2);
	}
	refused_with(t, "FEATURES of a function that does not exist",
		     smc(.a0 = FFA_FEATURES, .a1 = FFA_FEATURES_64), FFA_RET_NOT_SUPPORTED);
}

static void unknown_function_is_not_supported(struct tap *t)
{
	smc_regs outside = smc(.a0 = 0xC40000BF);

	refused_with(t, "0xC4000064", smc(.a0 = FFA_FEATURES_64), FFA_RET_NOT_SUPPORTED);
	require(t, (s32)outside.a0 == SMCCC_RET_NOT_SUPPORTED, "0xC40000BF: x0 %#lx", outside.a0);
}

/* The driver's buffers stay as they are: discovery still works afterwards. */
static void second_rxtx_map_is_denied(struct tap *t)
{
	phys_addr_t tx, rx;
	void *pages = alloc_pages_exact(2 * PAGE_SIZE, GFP_KERNEL);
	smc_regs result, count;

	require(t, pages, "no memory");
	tx = virt_to_phys(pages);
	rx = tx + PAGE_SIZE;
	result = smc(.a0 = FFA_FN64_RXTX_MAP, .a1 = tx, .a2 = rx, .a3 = PAGE_SIZE / FFA_PAGE_SIZE);
	free_pages_exact(pages, 2 * PAGE_SIZE);
	refused_with(t, "RXTX_MAP", result, FFA_RET_DENIED);

	count = smc(.a0 = FFA_PARTITION_INFO_GET, .a5 = 1);
	require(t, count.a0 == FFA_SUCCESS && count.a2 >= DEMO_PARTITIONS,
		"PARTITION_INFO_GET afterwards: x0 %#lx, x2 %#lx", count.a0, count.a2);
}

static smc_regs count_of(const uuid_t *uuid)
{
	u32 word[4];

	memcpy(word, uuid, sizeof(word));
	return smc(.a0 = FFA_PARTITION_INFO_GET, .a1 = word[0], .a2 = word[1], .a3 = word[2],
		   .a4 = word[3], .a5 = 1);
}

static void a_uuid_selects_its_partition_and_an_unknown_one_is_invalid(struct tap *t)
{
	static const uuid_t stranger = UUID_INIT(0xdeadbeef, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
	smc_regs result = count_of(&demo_ids[VAULT].uuid);

	require(t, result.a0 == FFA_SUCCESS && result.a2 == 1, "vault: x0 %#lx, x2 %#lx", result.a0,
		result.a2);
	refused_with(t, "unknown UUID", count_of(&stranger), FFA_RET_INVALID_PARAMETERS);
}

static smc_regs request_from_to(u16 from, u16 to)
{
	return smc(.a0 = FFA_FN64_MSG_SEND_DIRECT_REQ, .a1 = SENDER_AND_RECEIVER(from, to));
}

static void request_to_no_partition_is_invalid(struct tap *t)
{
	refused_with(t, "to an unknown id", request_from_to(0, NO_SUCH_PARTITION),
		     FFA_RET_INVALID_PARAMETERS);
	refused_with(t, "to itself", request_from_to(0, 0), FFA_RET_INVALID_PARAMETERS);
	refused_with(t, "to the SPMC", request_from_to(0, SPMC_ID), FFA_RET_INVALID_PARAMETERS);
}

static void request_with_a_secure_sender_is_invalid(struct tap *t)
{
	u16 echo = demo[ECHO].device->vm_id, vault = demo[VAULT].device->vm_id;

	refused_with(t, "vault to echo", request_from_to(vault, echo), FFA_RET_INVALID_PARAMETERS);
	refused_with(t, "the SPMC to echo", request_from_to(SPMC_ID, echo),
		     FFA_RET_INVALID_PARAMETERS);
}

static void request_with_reserved_bits_is_invalid(struct tap *t)
{
	u16 echo = demo[ECHO].device->vm_id;

	refused_with(t, "x2 = 1", smc(.a0 = FFA_FN64_MSG_SEND_DIRECT_REQ, .a1 = echo, .a2 = 1),
		     FFA_RET_INVALID_PARAMETERS);
}

static void response_from_linux_is_refused(struct tap *t)
{
	u16 echo = demo[ECHO].device->vm_id;

	refused_with(t, "64 bit", smc(.a0 = FFA_FN64_MSG_SEND_DIRECT_RESP, .a1 = echo),
		     FFA_RET_INVALID_PARAMETERS);
	refused_with(t, "32 bit", smc(.a0 = FFA_MSG_SEND_DIRECT_RESP, .a1 = echo),
		     expect_pkvm ? FFA_RET_NOT_SUPPORTED : FFA_RET_INVALID_PARAMETERS);
}

static void run_of_what_does_not_exist_is_invalid(struct tap *t)
{
	u32 beyond = (u32)demo[ECHO].device->vm_id << 16 | 1;

	refused_with(t, "RUN of an unknown partition",
		     smc(.a0 = FFA_RUN, .a1 = (u32)NO_SUCH_PARTITION << 16),
		     FFA_RET_INVALID_PARAMETERS);
	refused_with(t, "RUN of echo's second context", smc(.a0 = FFA_RUN, .a1 = beyond),
		     FFA_RET_INVALID_PARAMETERS);
}

/* What a hypervisor may ask of the SPMC and its host may not. */
static void what_pkvm_keeps_from_its_host_is_not_supported(struct tap *t)
{
	static const struct {
		const char *name;
		u32 function;
	} kept[] = {
		{ "MEM_DONATE", FFA_MEM_DONATE },
		{ "MEM_DONATE, 64 bit", FFA_FN64_MEM_DONATE },
		{ "MEM_RETRIEVE_REQ", FFA_MEM_RETRIEVE_REQ },
		{ "MEM_RETRIEVE_REQ, 64 bit", FFA_FN64_MEM_RETRIEVE_REQ },
		{ "MEM_RELINQUISH", FFA_MEM_RELINQUISH },
		{ "MEM_FRAG_RX", FFA_MEM_FRAG_RX },
		{ "MSG_SEND", FFA_MSG_SEND },
		{ "MSG_POLL", FFA_MSG_POLL },
		{ "MSG_WAIT", FFA_MSG_WAIT },
		{ "RXTX_MAP, 32 bit", FFA_RXTX_MAP },
	};
	unsigned int i;

	for (i = 0; expect_pkvm && i < ARRAY_SIZE(kept); i++)
		refused_with(t, kept[i].name, smc(.a0 = kept[i].function), FFA_RET_NOT_SUPPORTED);
}

tap_suite call_suite = {
	TAP_TEST(version_answers_the_same_each_time),
	TAP_TEST(version_of_another_major_is_not_supported),
	TAP_TEST(linux_has_the_id_0_and_the_spmc_0x8000),
	TAP_TEST(features_names_the_calls_that_there_are),
	TAP_TEST(unknown_function_is_not_supported),
	TAP_TEST(second_rxtx_map_is_denied),
	TAP_TEST(a_uuid_selects_its_partition_and_an_unknown_one_is_invalid),
	TAP_TEST(request_to_no_partition_is_invalid),
	TAP_TEST(request_with_a_secure_sender_is_invalid),
	TAP_TEST(request_with_reserved_bits_is_invalid),
	TAP_TEST(response_from_linux_is_refused),
	TAP_TEST(run_of_what_does_not_exist_is_invalid),
	TAP_TEST(what_pkvm_keeps_from_its_host_is_not_supported),
	{},
};
