// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages in buffers. The driver has a call to send one and none to read one, so the
 * last tests put buffers of their own in the place of the driver's, which has to be
 * loaded again to get its own back. pKVM keeps the driver's buffers to itself: under
 * it there is nothing to test but the refusal.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "cpus.h"
#include "smc.h"
#include "suites.h"

#define PATIENCE (10 * HZ)
#define NOBODY 0x8ffe
#define HEADER 20 /* of a caller of FF-A 1.1, as Linux 6.12 is */
#define HEADER_1_2 40 /* of echo's answers */
#define MOST (PAGE_SIZE - HEADER)
#define MOST_ANSWERED (PAGE_SIZE - HEADER_1_2)
#define FROM_SPM_AND_HYPERVISOR 0xc

struct header {
	u32 flags, reserved, offset;
	u16 receiver, sender;
	u32 size;
};

static_assert(sizeof(struct header) == HEADER);

static u16 id_of(enum demo which)
{
	return demo[which].device->vm_id;
}

static int send(enum demo to, void *text, size_t size)
{
	struct ffa_device *device = demo[to].device;

	return device->ops->msg_ops->indirect_send(device, text, size);
}

/* Linux has its RX buffer back when a message came and the driver fetched its notification. */
static bool released(void)
{
	unsigned long deadline = jiffies + PATIENCE;
	smc_regs result;

	while ((result = smc(.a0 = FFA_RX_RELEASE)).a0 != FFA_SUCCESS &&
	       time_before(jiffies, deadline))
		usleep_range(50, 100);
	return result.a0 == FFA_SUCCESS;
}

/* ---- By the driver, to crasher, which shows what it got ---- */

static u64 crasher_rx;

static struct words by_crasher(struct tap *t, u64 x0, u64 x1, u64 x2, u64 x3)
{
	return demo_ask(t, CRASHER, CRASH_CALL, x0, x1, x2, x3);
}

static void crasher_maps(struct tap *t)
{
	struct words buffers = demo_ask(t, CRASHER, CRASH_MAILBOX), done;

	crasher_rx = buffers.x5;
	done = by_crasher(t, FFA_FN64_RXTX_MAP, buffers.x4, buffers.x5, 1);
	require(t, done.x4 == FFA_SUCCESS, "crasher's RXTX_MAP: %#llx, %lld", done.x4, done.x6);
}

static void crasher_unmaps(struct tap *t)
{
	struct words done = by_crasher(t, FFA_RXTX_UNMAP, 0, 0, 0);

	require(t, done.x4 == FFA_SUCCESS, "crasher's RXTX_UNMAP: %#llx, %lld", done.x4, done.x6);
}

static int crasher_releases(struct tap *t)
{
	struct words done = by_crasher(t, FFA_RX_RELEASE, 0, 0, 0);

	return done.x4 == FFA_SUCCESS ? 0 : (s32)done.x6;
}

static u64 crasher_fetches(struct tap *t)
{
	return demo_ask(t, CRASHER, CRASH_GET, 0, FROM_SPM_AND_HYPERVISOR).x6;
}

static u64 in_rx(struct tap *t, unsigned int offset)
{
	return demo_ask(t, CRASHER, CRASH_LOAD, crasher_rx + offset).x4;
}

static void the_drivers_message_is_in_the_receivers_buffer(struct tap *t)
{
	u8 text[] = "....a message of the driver";
	u64 word;

	crasher_maps(t);
	require(t, !send(CRASHER, text, sizeof(text)), "it was refused");
	require(t, in_rx(t, 0) == 0, "flags and reserved: %#llx", in_rx(t, 0));
	word = in_rx(t, 8);
	require(t, (u32)word == HEADER && word >> 32 == id_of(CRASHER), "offset and parties: %#llx",
		word);
	word = in_rx(t, 16);
	require(t, (u32)word == sizeof(text), "size: %#llx", word);
	word = in_rx(t, 24);
	require(t, !memcmp(&word, text + 4, sizeof(word)), "payload: %#llx", word);
	require(t, crasher_fetches(t) == BIT_ULL(32), "no notification of a full buffer");
	require(t, crasher_releases(t) == 0, "the buffer is not released");
	crasher_unmaps(t);
}

static void a_full_buffer_is_busy_until_it_is_released(struct tap *t)
{
	u8 text[] = "text";

	crasher_maps(t);
	require(t, !send(CRASHER, text, sizeof(text)), "the first was refused");
	require(t, send(CRASHER, text, sizeof(text)) == -EBUSY, "the second was not busy");
	require(t, crasher_releases(t) == FFA_RET_DENIED, "released, and not fetched");
	require(t, send(CRASHER, text, sizeof(text)) == -EBUSY, "the third was not busy");
	crasher_fetches(t);
	require(t, crasher_releases(t) == 0, "not released");
	require(t, !send(CRASHER, text, sizeof(text)), "the fourth was refused");
	crasher_fetches(t);
	require(t, crasher_releases(t) == 0, "not released again");
	crasher_unmaps(t);
}

static void who_takes_no_messages_refuses_them(struct tap *t)
{
	struct ffa_device stranger = *demo[ECHO].device;
	u8 text[] = "text";

	stranger.vm_id = NOBODY;
	require(t, send(VAULT, text, sizeof(text)) == -EACCES, "to vault: not denied");
	require(t, send(CRASHER, text, sizeof(text)) == -EBUSY, "without buffers: not busy");
	require(t, stranger.ops->msg_ops->indirect_send(&stranger, text, sizeof(text)) == -EINVAL,
		"to nobody: not invalid");
	stranger.vm_id = 0;
	require(t, stranger.ops->msg_ops->indirect_send(&stranger, text, sizeof(text)) == -EINVAL,
		"to itself: not invalid");
}

static void the_driver_sends_up_to_what_its_buffer_holds(struct tap *t)
{
	u8 *text = (u8 *)get_zeroed_page(GFP_KERNEL);
	int none, most, more;

	require(t, text, "no memory");
	crasher_maps(t);
	none = send(CRASHER, text, 0);
	crasher_fetches(t);
	crasher_releases(t);
	most = send(CRASHER, text, MOST);
	crasher_fetches(t);
	crasher_releases(t);
	more = send(CRASHER, text, MOST + 1);
	crasher_unmaps(t);
	free_page((unsigned long)text);
	require(t, !none && !most, "nothing: %d, %lu bytes: %d", none, MOST, most);
	require(t, more == -ERANGE, "a byte more: %d", more);
}

/* Nobody asks echo anything: it is run as its message is told to Linux's scheduler. */
static void the_receiver_is_run_and_its_answer_fills_linuxs_buffer(struct tap *t)
{
	u8 text[] = "text";
	smc_regs info;

	require(t, !send(ECHO, text, sizeof(text)), "it was refused");
	msleep(20);
	info = smc(.a0 = FFA_PARTITION_INFO_GET);
	refused_with(t, "PARTITION_INFO_GET", info, FFA_RET_BUSY);
	require(t, released(), "RX is not full");
	refused_with(t, "RX_RELEASE of an empty buffer", smc(.a0 = FFA_RX_RELEASE), FFA_RET_DENIED);
}

static void answer_each(struct tap *t, void *data)
{
	u8 text[] = "text";
	unsigned int i;

	for (i = 0; i < 50 && !t->failed; i++) {
		require(t, !send(ECHO, text, sizeof(text)), "CPU %u: %u was refused",
			raw_smp_processor_id(), i);
		require(t, released(), "CPU %u: %u was not answered", raw_smp_processor_id(), i);
	}
}

static void messages_are_answered_from_each_cpu(struct tap *t)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		on_cpu(t, cpu, answer_each, NULL);
}

/* ---- By buffers of the test's own ---- */

static struct header *tx, *rx;

static void map_own_buffers(struct tap *t)
{
	smc_regs result;

	tx = (struct header *)get_zeroed_page(GFP_KERNEL);
	rx = (struct header *)get_zeroed_page(GFP_KERNEL);
	require(t, tx && rx, "no memory");
	result = smc(.a0 = FFA_FN64_RXTX_MAP, .a1 = virt_to_phys(tx), .a2 = virt_to_phys(rx),
		     .a3 = 1);
	require(t, result.a0 == FFA_SUCCESS, "RXTX_MAP: %d", smc_status(&result));
}

static void own_buffers_take_the_drivers_place(struct tap *t)
{
	smc_regs result = smc(.a0 = FFA_RXTX_UNMAP);

	require(t, result.a0 == FFA_SUCCESS, "RXTX_UNMAP: %d", smc_status(&result));
	refused_with(t, "a message without buffers", smc(.a0 = FFA_MSG_SEND2), FFA_RET_DENIED);
	map_own_buffers(t);
}

static void fill(u8 *payload, u32 size, u8 seed)
{
	while (size--)
		*payload++ = seed += 7;
}

static smc_regs send_own(u32 offset, u32 size, u8 seed)
{
	*tx = (struct header){ .offset = offset, .receiver = id_of(ECHO), .size = size };
	fill((u8 *)tx + offset, size, seed);
	memset(rx, 0, PAGE_SIZE);
	return smc(.a0 = FFA_MSG_SEND2);
}

/* echo gives back as much as its own header leaves room for. */
static void echo_one(struct tap *t, u32 offset, u32 size, u8 seed)
{
	smc_regs result = send_own(offset, size, seed);
	u32 kept = min_t(u32, size, MOST_ANSWERED);

	require(t, result.a0 == FFA_SUCCESS, "%u bytes at %u: %d", size, offset,
		smc_status(&result));
	require(t, released(), "%u bytes at %u: no answer", size, offset);
	require(t, rx->sender == id_of(ECHO) && rx->receiver == 0 && rx->flags == 0,
		"from %#x to %#x, flags %#x", rx->sender, rx->receiver, rx->flags);
	require(t, rx->offset == HEADER_1_2 && rx->size == kept, "%u bytes at %u, of %u", rx->size,
		rx->offset, size);
	require(t, !memcmp((u8 *)rx + rx->offset, (u8 *)tx + offset, kept),
		"%u bytes at %u came back changed", size, offset);
}

static void echo_answers_into_linuxs_buffer(struct tap *t)
{
	require(t, rx, "no buffers");
	echo_one(t, HEADER, 5, 1);
	echo_one(t, HEADER, 4000, 2);
}

static void payloads_of_any_size_and_place_come_back(struct tap *t)
{
	static const u32 sizes[] = { 0, 1, 7, 8, 255, 256, 257, 1000, 4000, 4055, 4056, 4076 };
	unsigned int i;

	require(t, rx, "no buffers");
	for (i = 0; i < ARRAY_SIZE(sizes) && !t->failed; i++)
		echo_one(t, HEADER, sizes[i], i);
	echo_one(t, 21, 100, 1);
	echo_one(t, 40, 100, 2);
	echo_one(t, PAGE_SIZE - 100, 100, 3);
	echo_one(t, PAGE_SIZE, 0, 4);
}

static void headers_that_are_wrong_are_refused(struct tap *t)
{
	const u16 echo = id_of(ECHO);
	const struct {
		const char *what;
		struct header header;
	} wrong[] = {
		{ "of echo", { 0, 0, HEADER, echo, echo, 4 } },
		{ "of vault", { 0, 0, HEADER, echo, id_of(VAULT), 4 } },
		{ "of a VM", { 0, 0, HEADER, echo, 1, 4 } },
		{ "to Linux", { 0, 0, HEADER, 0, 0, 4 } },
		{ "to nobody", { 0, 0, HEADER, NOBODY, 0, 4 } },
		{ "to the SPMC", { 0, 0, HEADER, 0x8000, 0, 4 } },
		{ "in its header", { 0, 0, HEADER - 1, echo, 0, 4 } },
		{ "behind the buffer", { 0, 0, PAGE_SIZE + 1, echo, 0, 0 } },
		{ "too long", { 0, 0, HEADER, echo, 0, MOST + 1 } },
		{ "much too long", { 0, 0, HEADER, echo, 0, ~0U } },
		{ "at the end of all", { 0, 0, ~0U, echo, 0, 1 } },
	};
	unsigned int i;

	require(t, rx, "no buffers");
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		*tx = wrong[i].header;
		refused_with(t, wrong[i].what, smc(.a0 = FFA_MSG_SEND2),
			     FFA_RET_INVALID_PARAMETERS);
	}
	*tx = (struct header){ 0, 0, HEADER, echo, 0, 4 };
	refused_with(t, "with a delay", smc(.a0 = FFA_MSG_SEND2, .a2 = 2),
		     FFA_RET_INVALID_PARAMETERS);
	refused_with(t, "for a VM without buffers", smc(.a0 = FFA_MSG_SEND2, .a1 = 1 << 16),
		     FFA_RET_DENIED);
	echo_one(t, HEADER, 100, 9);
}

/* Before version 1.2 a header has no UUID: what lies there is payload. */
static void what_would_be_a_uuid_is_payload_at_1_1(struct tap *t)
{
	u8 seed;

	require(t, rx, "no buffers");
	for (seed = 0; seed < 4; seed++)
		echo_one(t, HEADER, 16 + seed, ~seed);
}

/* echo finds Linux's buffer full: the first answer stays, the second is no more. */
static void an_answer_that_finds_no_room_leaves_the_first_as_it_is(struct tap *t)
{
	smc_regs result;

	require(t, rx, "no buffers");
	result = send_own(HEADER, 8, 1);
	require(t, result.a0 == FFA_SUCCESS, "first: %d", smc_status(&result));
	msleep(20);
	fill((u8 *)tx + HEADER, 8, 2);
	result = smc(.a0 = FFA_MSG_SEND2);
	require(t, result.a0 == FFA_SUCCESS, "second: %d", smc_status(&result));
	msleep(20);
	fill((u8 *)tx + HEADER, 8, 1);
	require(t, !memcmp((u8 *)rx + HEADER_1_2, (u8 *)tx + HEADER, 8), "the first has changed");
	require(t, released(), "it is not full");
	echo_one(t, HEADER, 8, 3);
}

/* ---- From crasher, whose version has UUIDs in headers, to echo and back: Linux only schedules
 * ---- */

static void crasher_writes(struct tap *t, u64 uuid_low, u64 uuid_high, u64 text)
{
	const u64 parties = (u64)id_of(CRASHER) << 48 | (u64)id_of(ECHO) << 32;
	const u64 header[] = { 0, parties | HEADER_1_2, sizeof(text), uuid_low, uuid_high, text };
	u64 crasher_tx = demo_ask(t, CRASHER, CRASH_MAILBOX).x4;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(header); i++)
		demo_ask(t, CRASHER, CRASH_STORE, crasher_tx + i * sizeof(u64), header[i]);
}

static void answered_by_echo(struct tap *t, u64 text)
{
	unsigned long deadline = jiffies + PATIENCE;
	struct words sent = by_crasher(t, FFA_MSG_SEND2, 0, 0, 0);

	require(t, sent.x4 == FFA_SUCCESS, "crasher's MSG_SEND2: %d", (s32)sent.x6);
	while (!crasher_fetches(t) && time_before(jiffies, deadline) && !t->failed)
		usleep_range(50, 100);
	require(t, in_rx(t, HEADER_1_2) == text, "%#llx came back as %#llx", text,
		in_rx(t, HEADER_1_2));
	require(t, crasher_releases(t) == 0, "crasher's buffer is not full");
}

static void a_message_between_partitions_is_answered(struct tap *t)
{
	crasher_maps(t);
	crasher_writes(t, 0, 0, 0x1234567890);
	answered_by_echo(t, 0x1234567890);
	crasher_unmaps(t);
}

static void refused_by_uuid(struct tap *t, u64 low, u64 high)
{
	struct words sent;

	crasher_writes(t, low, high, 1);
	sent = by_crasher(t, FFA_MSG_SEND2, 0, 0, 0);
	require(t, sent.x4 == FFA_ERROR && (s32)sent.x6 == FFA_RET_INVALID_PARAMETERS,
		"UUID %#llx %#llx: %#llx, %d", low, high, sent.x4, (s32)sent.x6);
}

static void a_uuid_in_a_header_must_be_the_receivers(struct tap *t)
{
	u64 uuid[2], others[2];

	memcpy(uuid, &demo_ids[ECHO].uuid, sizeof(uuid));
	memcpy(others, &demo_ids[VAULT].uuid, sizeof(others));
	crasher_maps(t);
	crasher_writes(t, uuid[0], uuid[1], 0x42);
	answered_by_echo(t, 0x42);
	refused_by_uuid(t, others[0], others[1]);
	refused_by_uuid(t, uuid[0], others[1]);
	refused_by_uuid(t, 0, uuid[1]);
	crasher_writes(t, 0, 0, 0x43);
	answered_by_echo(t, 0x43);
	crasher_unmaps(t);
}

static void own_buffers_are_given_back(struct tap *t)
{
	smc_regs result = smc(.a0 = FFA_RXTX_UNMAP);

	require(t, result.a0 == FFA_SUCCESS, "RXTX_UNMAP: %d", smc_status(&result));
	refused_with(t, "again", smc(.a0 = FFA_RXTX_UNMAP), FFA_RET_INVALID_PARAMETERS);
	free_page((unsigned long)tx);
	free_page((unsigned long)rx);
}

tap_suite indirect_suite = {
	TAP_TEST(the_drivers_message_is_in_the_receivers_buffer),
	TAP_TEST(a_full_buffer_is_busy_until_it_is_released),
	TAP_TEST(who_takes_no_messages_refuses_them),
	TAP_TEST(the_driver_sends_up_to_what_its_buffer_holds),
	TAP_TEST(the_receiver_is_run_and_its_answer_fills_linuxs_buffer),
	TAP_TEST(messages_are_answered_from_each_cpu),
	TAP_TEST(own_buffers_take_the_drivers_place),
	TAP_TEST(echo_answers_into_linuxs_buffer),
	TAP_TEST(payloads_of_any_size_and_place_come_back),
	TAP_TEST(headers_that_are_wrong_are_refused),
	TAP_TEST(what_would_be_a_uuid_is_payload_at_1_1),
	TAP_TEST(an_answer_that_finds_no_room_leaves_the_first_as_it_is),
	TAP_TEST(a_message_between_partitions_is_answered),
	TAP_TEST(a_uuid_in_a_header_must_be_the_receivers),
	TAP_TEST(own_buffers_are_given_back),
	{},
};

/* ---- When all crashers are dead, and the buffers above are gone ---- */

static void a_message_in_a_buffer_to_the_dead_is_aborted(struct tap *t)
{
	static const enum demo dead[] = { CRASHER, CRASHER_QUEUED };
	unsigned int i;

	map_own_buffers(t);
	for (i = 0; i < 2 * ARRAY_SIZE(dead) && !t->failed; i++) {
		*tx = (struct header){ .offset = HEADER,
				       .receiver = id_of(dead[i / 2]),
				       .size = 4 };
		refused_with(t, demo[dead[i / 2]].name, smc(.a0 = FFA_MSG_SEND2), FFA_RET_ABORTED);
	}
	echo_one(t, HEADER, 100, 5);
	own_buffers_are_given_back(t);
}

tap_suite last_message_suite = {
	TAP_TEST(a_message_in_a_buffer_to_the_dead_is_aborted),
	{},
};

/* The SPMC reads the hypervisor's buffer, in which there is no message. */
static void the_drivers_message_does_not_pass_pkvm(struct tap *t)
{
	u8 text[] = "text";
	int error = send(ECHO, text, sizeof(text));

	require(t, error == -EINVAL, "it got %d", error);
	require(t, demo_ask(t, ECHO, 7).x3 == 7, "echo's answer is wrong");
}

tap_suite proxy_suite = {
	TAP_TEST(the_drivers_message_does_not_pass_pkvm),
	{},
};
