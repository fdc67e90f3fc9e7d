// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Linux finds: CPUs, pKVM, the version, the partitions and what they are
 * said to be.
 */
#include <linux/cpu.h>
#include <linux/device/bus.h>

#include "partitions.h"
#include "smc.h"
#include "stat.h"
#include "suites.h"

#include <asm/virt.h>

static void all_cpus_of_the_device_tree_are_online(struct tap *t)
{
	require(t, num_online_cpus() == num_possible_cpus(), "%u of %u are", num_online_cpus(),
		num_possible_cpus());
}

static void protected_kvm_is_on(struct tap *t)
{
	require(t, is_protected_kvm_enabled() == expect_pkvm, "it is%s",
		is_protected_kvm_enabled() ? "" : " not");
}

static void driver_speaks_version_1_1(struct tap *t)
{
	u32 version = demo[ECHO].device->ops->info_ops->api_version_get();

	require(t, version == FFA_VERSION_1_1, "it speaks %#x", version);
}

static void driver_finds_each_demo_partition_once(struct tap *t)
{
	enum demo i;

	for (i = 0; i < DEMO_PARTITIONS; i++)
		require(t, demo[i].bound == 1, "%s was found %u times", demo[i].name,
			demo[i].bound);
}

static int is_stranger(struct device *dev, void *t)
{
	struct ffa_device *device = to_ffa_dev(dev);
	enum demo i;

	if (device->vm_id == 0 || device->vm_id == STAT_ID)
		return 0; /* the driver keeps Linux itself on its bus, too; and the SPMC is there */
	for (i = 0; i < DEMO_PARTITIONS; i++)
		if (uuid_equal(&device->uuid, &demo_ids[i].uuid))
			return 0;
	tap_fail(t, "%#x, %pUb is none of the demo partitions", device->vm_id, &device->uuid);
	return 1;
}

/* The test image holds partitions that do not survive their own start. */
static void partitions_that_failed_to_start_are_not_found(struct tap *t)
{
	bus_for_each_dev(&ffa_bus_type, NULL, t, is_stranger);
}

static int describe(enum demo which, struct ffa_partition_info *info)
{
	struct ffa_device *device = demo[which].device;
	char uuid[UUID_STRING_LEN + 1];

	if (!device)
		return -ENODEV;
	snprintf(uuid, sizeof(uuid), "%pUb", &device->uuid);
	return device->ops->info_ops->partition_info_get(uuid, info);
}

static void require_contexts(struct tap *t, enum demo which, unsigned int least, unsigned int most)
{
	struct ffa_partition_info info = {};
	int error = describe(which, &info);

	require(t, !error, "%s: %pe", demo[which].name, ERR_PTR(error));
	require(t, info.id == demo[which].device->vm_id, "%s: its id is %#x", demo[which].name,
		info.id);
	require(t, info.exec_ctxt >= least && info.exec_ctxt <= most, "%s has %u contexts",
		demo[which].name, info.exec_ctxt);
}

static void partitions_have_a_context_per_cpu_or_one(struct tap *t)
{
	require_contexts(t, ECHO, 1, 1);
	require_contexts(t, VAULT, num_possible_cpus(), U16_MAX);
	require_contexts(t, TICKER, 1, 1);
	require_contexts(t, COURIER, 1, 1);
	require_contexts(t, CRASHER, 1, 1);
	require_contexts(t, CRASHER_MP, num_possible_cpus(), U16_MAX);
	require_contexts(t, CRASHER_QUEUED, 1, 1);
}

static void partitions_run_64_bit_and_receive_direct_requests(struct tap *t)
{
	const u32 wanted = FFA_PARTITION_AARCH64_EXEC | FFA_PARTITION_DIRECT_RECV;
	enum demo i;

	for (i = 0; i < DEMO_PARTITIONS; i++)
		require(t, demo[i].device && (demo[i].device->properties & wanted) == wanted,
			"%s does not, or is not there", demo[i].name);
}

tap_suite discovery_suite = {
	TAP_TEST(all_cpus_of_the_device_tree_are_online),
	TAP_TEST(protected_kvm_is_on),
	TAP_TEST(driver_speaks_version_1_1),
	TAP_TEST(driver_finds_each_demo_partition_once),
	TAP_TEST(partitions_that_failed_to_start_are_not_found),
	TAP_TEST(partitions_have_a_context_per_cpu_or_one),
	TAP_TEST(partitions_run_64_bit_and_receive_direct_requests),
	{},
};
