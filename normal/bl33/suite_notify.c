/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notification calls of the Normal world: what each gives, and each way in which it is refused.
 * What becomes of a notification is in suite_notified.c.
 */
#define SUITE "notify"

#include "partitions.h"
#include "sri.h"
#include "tap.h"

#define VM 0x0005
#define PER_VCPU FFA_NOTIFICATION_PER_VCPU
#define FROM_SP FFA_NOTIFICATION_FROM_PARTITIONS
#define OWN FFA_ID_NORMAL_WORLD

#define create(id, vcpus) ffa(FFA_NOTIFICATION_BITMAP_CREATE, id, vcpus)
#define destroy(id) ffa(FFA_NOTIFICATION_BITMAP_DESTROY, id)
#define bind(sender, receiver, ...) \
    ffa(FFA_NOTIFICATION_BIND, ffa_sender_receiver(sender, receiver), __VA_ARGS__)
#define unbind(sender, receiver, ...) \
    ffa(FFA_NOTIFICATION_UNBIND, ffa_sender_receiver(sender, receiver), __VA_ARGS__)
#define set(sender, receiver, ...) \
    ffa(FFA_NOTIFICATION_SET, ffa_sender_receiver(sender, receiver), __VA_ARGS__)
#define get(vcpu, receiver, flags) ffa(FFA_NOTIFICATION_GET, ffa_target(vcpu, receiver), flags)

TEST(the_schedule_receiver_interrupt_is_a_feature_of_the_normal_world)
{
    struct ffa_regs reply = ffa(FFA_FEATURES, FFA_FEATURE_SRI);

    EXPECT_SUCCESS(reply);
    EXPECT(reply.x[2], SRI_INTID);
    EXPECT_ERROR(ffa(FFA_FEATURES, FFA_FEATURE_SRI, 1), FFA_NOT_SUPPORTED);
}

TEST(a_bitmap_is_made_once_and_ends)
{
    EXPECT_SUCCESS(create(OWN, 4));
    EXPECT_ERROR(create(OWN, 4), FFA_DENIED);
    EXPECT_SUCCESS(create(VM, 16));
    EXPECT_SUCCESS(destroy(VM));
    EXPECT_ERROR(destroy(VM), FFA_DENIED);
    EXPECT_SUCCESS(destroy(OWN));
}

TEST(a_bitmap_needs_an_id_of_the_normal_world_and_a_number_of_vcpus)
{
    EXPECT_ERROR(create(echo.info.id, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(create(VM, 0), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(create(VM, 17), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(destroy(echo.info.id), FFA_INVALID_PARAMETERS);
}

TEST(sixty_four_vms_and_the_normal_world_have_bitmaps)
{
    for (uint64_t vm = 1; vm <= 64; vm++)
        EXPECT_SUCCESS(create(vm, 1));
    EXPECT_ERROR(create(65, 1), FFA_NO_MEMORY);
    EXPECT_SUCCESS(create(OWN, 1));
    for (uint64_t vm = 1; vm <= 64; vm++)
        EXPECT_SUCCESS(destroy(vm));
}

TEST(a_bitmap_keeps_the_version)
{
    EXPECT_SUCCESS(create(OWN, 1));
    EXPECT(ffa_version(FFA_VERSION_1_1), (uint32_t)FFA_NOT_SUPPORTED);
    EXPECT(ffa_version(FFA_VERSION_1_2), FFA_VERSION_1_2);
    EXPECT_SUCCESS(destroy(OWN));
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
}

TEST(version_1_0_has_no_notifications)
{
    EXPECT(ffa_version(FFA_VERSION_1_0), FFA_VERSION_1_2);
    EXPECT_ERROR(create(OWN, 1), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(destroy(OWN), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(bind(echo.info.id, OWN, 0, 1), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(unbind(echo.info.id, OWN, 0, 1), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(set(OWN, echo.info.id, 0, 1), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(get(0, OWN, FROM_SP), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(ffa(FFA_NOTIFICATION_INFO_GET_32), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(ffa(FFA_NOTIFICATION_INFO_GET_64), FFA_NOT_SUPPORTED);
}

TEST(without_a_bitmap_nothing_is_bound_or_fetched)
{
    NEEDS_PARTITION(&echo);
    EXPECT_ERROR(bind(echo.info.id, OWN, 0, 1), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(unbind(echo.info.id, OWN, 0, 1), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(get(0, OWN, FROM_SP), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(bind(echo.info.id, VM, 0, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(get(0, VM, FROM_SP), FFA_INVALID_PARAMETERS);
}

TEST(the_normal_world_binds_partitions_to_its_own_bits)
{
    NEEDS_PARTITION(&echo);
    EXPECT_SUCCESS(create(OWN, 1));
    EXPECT_ERROR(bind(echo.info.id, OWN, 0, 0), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(bind(echo.info.id, OWN, 2, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(bind(echo.info.id, vault.info.id, 0, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(bind(VM, OWN, 0, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(bind(OWN, OWN, 0, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(bind(NO_PARTITION, OWN, 0, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(bind(FFA_ID_SPMC, OWN, 0, 1), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(bind(echo.info.id, OWN, PER_VCPU, 1, 1));
    EXPECT_ERROR(bind(echo.info.id, OWN, 0, 3), FFA_DENIED);
    EXPECT_ERROR(bind(vault.info.id, OWN, 0, 0, 1), FFA_DENIED);
    EXPECT_SUCCESS(bind(vault.info.id, OWN, 0, 2));
}

TEST(a_bit_is_unbound_from_the_one_it_is_bound_to)
{
    NEEDS_PARTITION(&echo);
    EXPECT_SUCCESS(create(OWN, 1));
    EXPECT_ERROR(unbind(echo.info.id, OWN, 0, 1), FFA_DENIED);
    EXPECT_SUCCESS(bind(echo.info.id, OWN, 0, 1));
    EXPECT_ERROR(unbind(vault.info.id, OWN, 0, 1), FFA_DENIED);
    EXPECT_ERROR(unbind(echo.info.id, OWN, 1, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(unbind(echo.info.id, OWN, 0, 0), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(unbind(echo.info.id, OWN, 0, 1));
    EXPECT_SUCCESS(bind(vault.info.id, OWN, 0, 1));
}

TEST(setting_is_refused_to_those_who_may_not)
{
    uint16_t id = crasher.info.id;

    NEEDS_PARTITION(&crasher);
    EXPECT_ERROR(set(OWN, id, 0, 0), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(set(OWN, id, 4, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(set(OWN, id, FFA_NOTIFICATION_DELAY_SRI, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(set(OWN, id, 1 << 16, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(set(OWN, id, PER_VCPU | 1 << 16, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(set(echo.info.id, id, 0, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(set(OWN, VM, 0, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(set(OWN, NO_PARTITION, 0, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(set(OWN, id, 0, 1), FFA_DENIED);
    EXPECT_ERROR(set(OWN, vault.info.id, 0, 1), FFA_DENIED); /* takes none */
}

TEST(fetching_is_refused_to_those_who_may_not)
{
    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(create(OWN, 2));
    EXPECT_ERROR(get(0, OWN, FFA_NOTIFICATION_FROM_VMS), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(get(0, OWN, FFA_NOTIFICATION_FROM_HYPERVISOR), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(get(0, OWN, 0x10), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(get(0, crasher.info.id, FROM_SP), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(get(2, OWN, FROM_SP), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(get(1, OWN, FROM_SP | FFA_NOTIFICATION_FROM_SPM));
}

TEST(nothing_to_schedule_is_no_data)
{
    EXPECT_ERROR(ffa(FFA_NOTIFICATION_INFO_GET_64), FFA_NO_DATA);
    EXPECT_ERROR(ffa(FFA_NOTIFICATION_INFO_GET_32), FFA_NO_DATA);
}

TEST(bitmaps_are_not_a_partitions_to_make)
{
    NEEDS_PARTITION(&crasher);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL, FFA_NOTIFICATION_BITMAP_CREATE, VM, 1),
                 FFA_NOT_SUPPORTED);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL, FFA_NOTIFICATION_BITMAP_DESTROY, VM),
                 FFA_NOT_SUPPORTED);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL, FFA_NOTIFICATION_INFO_GET_64), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL, FFA_NOTIFICATION_INFO_GET_32), FFA_NOT_SUPPORTED);
}

TEST(partitions_know_the_interrupts_that_they_get)
{
    NEEDS_PARTITION(&crasher);
    EXPECT(call_from_crasher(CRASH_CALL, FFA_FEATURES, FFA_FEATURE_NPI).x[2], 5);
    EXPECT(call_from_crasher(CRASH_CALL, FFA_FEATURES, FFA_FEATURE_ME).x[2], 4);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL, FFA_FEATURES, FFA_FEATURE_SRI), FFA_NOT_SUPPORTED);
    EXPECT(call_from_1_1(FFA_FEATURES, FFA_FEATURE_NPI).x[0], FFA_ERROR); /* takes none */
}

TEST(who_takes_notifications_is_listed_so)
{
    NEEDS_PARTITION(&crasher);
    EXPECT(crasher.info.properties & FFA_PROPERTY_NOTIFICATIONS, FFA_PROPERTY_NOTIFICATIONS);
    EXPECT(vault.info.properties & FFA_PROPERTY_NOTIFICATIONS, 0);
}
