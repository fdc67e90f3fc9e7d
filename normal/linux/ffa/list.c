/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa list: a table of the partitions, with their properties in words.
 */
#include <stdio.h>

#include "abi/ffa.h"
#include "ffa.h"

static const struct {
    uint32_t bit;
    const char *words;
} properties[] = {
    {FFA_PROPERTY_AARCH64, "64 bit"},
    {FFA_PROPERTY_RECEIVES_REQ, "receives requests"},
    {FFA_PROPERTY_SENDS_REQ, "sends requests"},
    {FFA_PROPERTY_RECEIVES_REQ2, "receives requests by UUID"},
    {FFA_PROPERTY_SENDS_REQ2, "sends requests by UUID"},
    {FFA_PROPERTY_INDIRECT, "indirect messages"},
    {FFA_PROPERTY_NOTIFICATIONS, "notifications"},
    {FFA_PROPERTY_VM_CREATED, "hears of new VMs"},
    {FFA_PROPERTY_VM_DESTROYED, "hears of VMs that end"},
};

static void print_properties(uint32_t bits)
{
    const char *separator = "";

    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
        if (bits & properties[i].bit) {
            printf("%s%s", separator, properties[i].words);
            separator = ", ";
        }
    }
    printf("\n");
}

static void print_partition(const struct bulkhead_partition *partition)
{
    char uuid[UUID_TEXT];

    format_uuid(partition->uuid, uuid);
    printf("0x%04x  %s  %-8s  %8u  ", partition->id, uuid, partition_name(partition),
           partition->contexts);
    print_properties(partition->properties);
}

void list_command(int count, char **arguments)
{
    const struct bulkhead_partition *partitions;
    uint32_t partition_count;

    (void)arguments;
    if (count != 0)
        misuse("list takes no arguments");
    partitions = all_partitions(&partition_count);
    if (partition_count == 0)
        fail("no partitions: is the FF-A driver loaded, and an SPMC underneath?");
    printf("%-6s  %-36s  %-8s  %8s  %s\n", "ID", "UUID", "NAME", "CONTEXTS", "PROPERTIES");
    for (uint32_t i = 0; i < partition_count; i++)
        print_partition(&partitions[i]);
}
