/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What partitions are called. FF-A knows ids and UUIDs; names are those of the
 * demo partitions, which this command knows by their UUIDs.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "abi/demo.h"
#include "ffa.h"

static const struct {
    const char *name;
    uint32_t uuid[4]; /* little-endian words, as FF-A carries them */
} known[] = {
    {"echo", {ECHO_UUID}},
    {"vault", {VAULT_UUID}},
    {"ticker", {TICKER_UUID}},
    {"crasher", {CRASHER_UUID}},
};

const char *partition_name(const struct bulkhead_partition *partition)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (memcmp(partition->uuid, known[i].uuid, sizeof(partition->uuid)) == 0)
            return known[i].name;
    }
    return "-";
}

void format_uuid(const uint8_t uuid[16], char text[UUID_TEXT])
{
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *text++ = '-';
        text += sprintf(text, "%02x", uuid[i]);
    }
}

static bool is_called(const struct bulkhead_partition *partition, const char *what)
{
    char uuid[UUID_TEXT];
    uint64_t id;

    if (parse_number(what, &id))
        return id == partition->id;
    format_uuid(partition->uuid, uuid);
    return strcasecmp(what, uuid) == 0 ||
           (strcmp(what, "-") != 0 && strcmp(what, partition_name(partition)) == 0);
}

const struct bulkhead_partition *find_partition(const char *what)
{
    uint32_t count;
    const struct bulkhead_partition *partitions = all_partitions(&count);

    for (uint32_t i = 0; i < count; i++) {
        if (is_called(&partitions[i], what))
            return &partitions[i];
    }
    fail("there is no partition '%s'; 'ffa list' shows those there are", what);
}
