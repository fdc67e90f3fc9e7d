/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who may bind, set and fetch notifications: bitmaps, FFA_NOTIFICATION_BIND and UNBIND, and every
 * refusal of the calls in core/notify.c. What follows from a notification: test_notify_signal.c.
 */
#include "support/notifications.h"

#define DELAY FFA_NOTIFICATION_DELAY_SRI
#define VM 7

static void bind_by_up(uint16_t sender, uint64_t flags, uint64_t low)
{
    by_up(BIND, PAIR(sender, UP_ID), flags, low);
    assert_success(up, 0, 0);
}

static void create(uint16_t vm, unsigned vcpus)
{
    by_normal(CREATE, vm, vcpus);
    assert_success(normal, 0, 0);
}

/* ---- Who may call at all ---- */

static const uint32_t functions[] = {CREATE, DESTROY, BIND,        UNBIND,
                                     SET,    GET,     INFO_GET_32, INFO_GET_64};

static void notifications_are_new_in_version_1_1(void **state)
{
    (void)state;
    s.normal.version = s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_0;
    for (unsigned i = 0; i < COUNT(functions); i++) {
        by_normal(functions[i], 0, 1, 1);
        assert_refused(normal, FFA_NOT_SUPPORTED);
        by_normal(FFA_FEATURES, functions[i]);
        assert_refused(normal, FFA_NOT_SUPPORTED);
        by_up(functions[i], PAIR(0, UP_ID), 0, 1);
        assert_refused(up, FFA_NOT_SUPPORTED);
    }
    for (unsigned feature = FFA_FEATURE_NPI; feature <= FFA_FEATURE_ME; feature++) {
        by_normal(FFA_FEATURES, feature);
        assert_refused(normal, FFA_NOT_SUPPORTED);
        by_up(FFA_FEATURES, feature);
        assert_refused(up, FFA_NOT_SUPPORTED);
    }
}

static void bitmaps_and_scheduling_are_not_for_partitions(void **state)
{
    static const uint32_t calls[] = {CREATE, DESTROY, INFO_GET_32, INFO_GET_64};

    (void)state;
    for (unsigned i = 0; i < COUNT(calls); i++) {
        by_up(calls[i], VM, 1);
        assert_refused(up, FFA_NOT_SUPPORTED);
    }
}

static void interrupts_are_features_of_who_gets_them(void **state)
{
    (void)state;
    by_normal(FFA_FEATURES, FFA_FEATURE_SRI);
    assert_success(normal, 8, 0);
    by_normal(FFA_FEATURES, FFA_FEATURE_SRI, 1);
    assert_refused(normal, FFA_NOT_SUPPORTED);
    by_normal(FFA_FEATURES, FFA_FEATURE_SRI | 0x100);
    assert_refused(normal, FFA_NOT_SUPPORTED);
    by_normal(FFA_FEATURES, FFA_FEATURE_NPI);
    assert_refused(normal, FFA_NOT_SUPPORTED);
    by_normal(FFA_FEATURES, FFA_FEATURE_ME);
    assert_refused(normal, FFA_NOT_SUPPORTED);
    by_up(FFA_FEATURES, FFA_FEATURE_NPI);
    assert_success(up, HF_INTID_NOTIFICATION, 0);
    by_up(FFA_FEATURES, FFA_FEATURE_ME);
    assert_success(up, HF_INTID_MANAGED_EXIT, 0);
    by_up(FFA_FEATURES, FFA_FEATURE_SRI);
    assert_refused(up, FFA_NOT_SUPPORTED);
    s.partitions[WORLD_UP].properties &= ~(uint32_t)FFA_PROPERTY_NOTIFICATIONS;
    by_up(FFA_FEATURES, FFA_FEATURE_NPI);
    assert_refused(up, FFA_NOT_SUPPORTED);
}

/* ---- Bitmaps ---- */

static void a_bitmap_is_the_normal_worlds_or_a_vms(void **state)
{
    (void)state;
    create(0, 1);
    create(VM, NOTIFY_VCPU_MAX);
    by_normal(CREATE, 0, 1);
    assert_refused(normal, FFA_DENIED);
    by_normal(CREATE, VM, 1);
    assert_refused(normal, FFA_DENIED);
    by_normal(CREATE, UP_ID, 1);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    by_normal(CREATE, VM + 1, 0);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    by_normal(CREATE, VM + 1, NOTIFY_VCPU_MAX + 1);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    by_normal(CREATE, VM + 1, 0x100000001);
    assert_success(normal, 0, 0);
}

static void no_more_vms_than_the_limit_have_bitmaps(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VM_MAX; i++)
        create((uint16_t)(0x7fff - 3 * i), 2);
    by_normal(CREATE, 5, 1);
    assert_refused(normal, FFA_NO_MEMORY);
    create(0, 1); /* its place is kept */
    by_normal(DESTROY, 0x7fff - 3);
    assert_success(normal, 0, 0);
    create(5, 1);
    by_normal(CREATE, 0x7fff, 1);
    assert_refused(normal, FFA_DENIED);
}

static void a_bitmap_ends_when_nothing_is_pending(void **state)
{
    (void)state;
    by_normal(DESTROY, VM);
    assert_refused(normal, FFA_DENIED);
    by_normal(DESTROY, 0);
    assert_refused(normal, FFA_DENIED);
    by_normal(DESTROY, UP_ID);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    create(VM, 2);
    by_normal(BIND, PAIR(UP_ID, VM), PER_VCPU, 0, 1);
    by_up(SET, PAIR(UP_ID, VM), PER_VCPU | VCPU(1), 0, 1);
    assert_success(up, 0, 0);
    by_normal(DESTROY, VM);
    assert_refused(normal, FFA_DENIED);
    by_normal(GET, PAIR(1, VM), FFA_NOTIFICATION_FROM_PARTITIONS);
    notify_framework(&s, 0, VM, NOTIFY_RX_FULL_BY_SPMC, false);
    by_normal(DESTROY, VM);
    assert_refused(normal, FFA_DENIED);
    by_normal(GET, VM, FFA_NOTIFICATION_FROM_SPM);
    by_normal(DESTROY, VM);
    assert_success(normal, 0, 0);
    create(VM, 1);
    by_up(SET, PAIR(UP_ID, VM), 0, 0, 1); /* bound before: gone */
    assert_refused(up, FFA_DENIED);
}

static void a_bitmap_keeps_the_normal_worlds_version(void **state)
{
    (void)state;
    create(VM, 1);
    by_normal(FFA_MSG_SEND_DIRECT_REQ_32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC),
              FFA_FRAMEWORK_VERSION_REQUEST, FFA_VERSION_1_2);
    assert_int_equal(normal->x[3], UINT32_MAX);
    by_normal(FFA_MSG_SEND_DIRECT_REQ_32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC),
              FFA_FRAMEWORK_VERSION_REQUEST, FFA_VERSION_1_1); /* the one in force */
    assert_int_equal(normal->x[3], FFA_VERSION_1_2);
    by_normal(DESTROY, VM);
    by_normal(FFA_MSG_SEND_DIRECT_REQ_32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC),
              FFA_FRAMEWORK_VERSION_REQUEST, FFA_VERSION_1_0);
    assert_int_equal(s.normal.version, FFA_VERSION_1_0);
}

/* ---- Binding ---- */

/* w1 to w4 of BIND and UNBIND, and the status. */
struct attempt {
    uint64_t parties, flags, low, high;
    int status;
};

static void refused_as_expected(const struct attempt *attempts, unsigned count, uint32_t function,
                                bool partition)
{
    for (unsigned i = 0; i < count; i++) {
        const struct attempt *a = &attempts[i];
        if (partition)
            by_up(function, a->parties, a->flags, a->low, a->high);
        else
            by_normal(function, a->parties, a->flags, a->low, a->high);
        assert_refused(partition ? up : normal, a->status);
    }
}

static void a_partition_binds_for_itself(void **state)
{
    static const struct attempt attempts[] = {
        {PAIR(MP_ID, UP_ID), 0, 0, 0, FFA_INVALID_PARAMETERS}, /* no bit */
        {PAIR(UP_ID, MP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS}, /* somebody else is the receiver */
        {PAIR(UP_ID, 0), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, UP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(WORLD_UNKNOWN_ID, UP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(FFA_ID_SPMC, UP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(FFA_ID_EL3_FIRST, UP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(FFA_ID_SPMD, UP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
    };
    static const struct attempt flags[] = {
        {PAIR(MP_ID, UP_ID), 2, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(MP_ID, UP_ID), 0x80000000, 1, 0, FFA_INVALID_PARAMETERS},
    };

    (void)state;
    refused_as_expected(attempts, COUNT(attempts), BIND, true);
    refused_as_expected(attempts, COUNT(attempts), UNBIND, true);
    refused_as_expected(flags, COUNT(flags), BIND, true);
    refused_as_expected(flags, COUNT(flags), UNBIND, true);
    by_up(UNBIND, PAIR(MP_ID, UP_ID), PER_VCPU, 1);
    assert_refused(up, FFA_INVALID_PARAMETERS);
}

static void the_normal_world_binds_for_itself_and_its_vms(void **state)
{
    static const struct attempt attempts[] = {
        {PAIR(UP_ID, 0), 0, 0, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, MP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(VM, UP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(VM, 0), 0, 1, 0, FFA_INVALID_PARAMETERS}, /* the hypervisor's own affair */
        {PAIR(WORLD_UNKNOWN_ID, 0), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, VM), 0, 1, 0, FFA_INVALID_PARAMETERS}, /* no bitmap */
    };

    (void)state;
    by_normal(BIND, PAIR(UP_ID, 0), 0, 1);
    assert_refused(normal, FFA_NOT_SUPPORTED);
    by_normal(UNBIND, PAIR(UP_ID, 0), 0, 1);
    assert_refused(normal, FFA_NOT_SUPPORTED);
    create(0, 1);
    refused_as_expected(attempts, COUNT(attempts), BIND, false);
    refused_as_expected(attempts, COUNT(attempts), UNBIND, false);
    create(VM, 1);
    by_normal(BIND, PAIR(UP_ID, VM), 0, 1);
    assert_success(normal, 0, 0);
    by_normal(BIND, PAIR(UP_ID, 0), 0, 1);
    assert_success(normal, 0, 0);
}

static void a_partition_without_support_binds_nothing(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].properties &= ~(uint32_t)FFA_PROPERTY_NOTIFICATIONS;
    by_up(BIND, PAIR(MP_ID, UP_ID), 0, 1);
    assert_refused(up, FFA_NOT_SUPPORTED);
    by_up(UNBIND, PAIR(MP_ID, UP_ID), 0, 1);
    assert_refused(up, FFA_NOT_SUPPORTED);
    by_up(GET, UP_ID, 1);
    assert_refused(up, FFA_NOT_SUPPORTED);
}

static void a_bit_is_bound_once_for_each_world(void **state)
{
    (void)state;
    bind_by_up(MP_ID, 0, 0x3);
    by_up(BIND, PAIR(MP_ID, UP_ID), 0, 0x6);
    assert_refused(up, FFA_DENIED);
    by_up(BIND, PAIR(QUEUED_ID, UP_ID), 0, 0x1);
    assert_refused(up, FFA_DENIED);
    bind_by_up(VM, PER_VCPU, 0x1);
    bind_by_up(QUEUED_ID, 0, 0x4);
    by_up(BIND, PAIR(0, UP_ID), 0, 0xffffffff, 0xffffffff);
    assert_refused(up, FFA_DENIED);
    by_up(BIND, PAIR(0, UP_ID), 0, 0, 0x80000000);
    assert_success(up, 0, 0);
}

static void who_bound_a_bit_unbinds_it(void **state)
{
    (void)state;
    by_up(UNBIND, PAIR(MP_ID, UP_ID), 0, 1);
    assert_refused(up, FFA_DENIED);
    bind_by_up(MP_ID, 0, 0x3);
    by_up(UNBIND, PAIR(QUEUED_ID, UP_ID), 0, 0x1);
    assert_refused(up, FFA_DENIED);
    by_up(UNBIND, PAIR(0, UP_ID), 0, 0x1);
    assert_refused(up, FFA_DENIED);
    by_up(UNBIND, PAIR(MP_ID, UP_ID), 0, 0x7);
    assert_refused(up, FFA_DENIED);
    by_up(UNBIND, PAIR(MP_ID, UP_ID), 0, 0x1);
    assert_success(up, 0, 0);
    bind_by_up(QUEUED_ID, PER_VCPU, 0x1);
}

static void a_pending_bit_stays_bound(void **state)
{
    (void)state;
    bind_by_up(0, 0, 0x3);
    by_normal(SET, PAIR(0, UP_ID), 0, 0x2);
    by_up(UNBIND, PAIR(0, UP_ID), 0, 0x3);
    assert_refused(up, FFA_DENIED);
    assert_reason(&s, 0, "a notification is pending");
    by_up(UNBIND, PAIR(0, UP_ID), 0, 0x1);
    assert_success(up, 0, 0);
    by_up(GET, UP_ID, FFA_NOTIFICATION_FROM_VMS);
    by_up(UNBIND, PAIR(0, UP_ID), 0, 0x2);
    assert_success(up, 0, 0);
}

/* ---- Setting and fetching: refusals ---- */

static void a_partition_sets_what_is_bound_to_it(void **state)
{
    static const struct attempt attempts[] = {
        {PAIR(UP_ID, 0), 0, 0, 0, FFA_INVALID_PARAMETERS}, /* no bit */
        {PAIR(UP_ID, 0), 4, 1, 0, FFA_INVALID_PARAMETERS}, /* a reserved flag */
        {PAIR(UP_ID, 0), 0x8000, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, 0), VCPU(1), 1, 0, FFA_INVALID_PARAMETERS}, /* global with a vCPU */
        {PAIR(MP_ID, 0), 0, 1, 0, FFA_INVALID_PARAMETERS},       /* not the sender */
        {PAIR(0, UP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, UP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, WORLD_UNKNOWN_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, FFA_ID_SPMC), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, VM), 0, 1, 0, FFA_INVALID_PARAMETERS},       /* no bitmap */
        {PAIR(UP_ID, QUEUED_ID), 0, 1, 0, FFA_DENIED},            /* takes none */
        {PAIR(UP_ID, 0), 0, 8, 0, FFA_DENIED},                    /* not bound */
        {PAIR(UP_ID, 0), 0, 0, 1, FFA_DENIED},                    /* the same, above */
        {PAIR(UP_ID, 0), 0, 4, 0, FFA_DENIED},                    /* bound to another */
        {PAIR(UP_ID, 0), PER_VCPU, 1, 0, FFA_INVALID_PARAMETERS}, /* global */
        {PAIR(UP_ID, 0), 0, 2, 0, FFA_INVALID_PARAMETERS},        /* per vCPU */
        {PAIR(UP_ID, 0), 0, 3, 0, FFA_INVALID_PARAMETERS},        /* one of each */
        {PAIR(UP_ID, 0), PER_VCPU | VCPU(2), 2, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, 0), PER_VCPU | VCPU(0xffff), 2, 0, FFA_INVALID_PARAMETERS},
    };

    (void)state;
    by_up(SET, PAIR(UP_ID, 0), 0, 1);
    assert_refused(up, FFA_DENIED); /* the Normal world could, but has no bitmap */
    create(0, 2);
    by_normal(BIND, PAIR(UP_ID, 0), 0, 1);
    by_normal(BIND, PAIR(UP_ID, 0), PER_VCPU, 2);
    by_normal(BIND, PAIR(MP_ID, 0), 0, 4);
    refused_as_expected(attempts, COUNT(attempts), SET, true);
    assert_int_equal(port_model.normal_sgis, 0);
    by_up(SET, PAIR(UP_ID, 0), PER_VCPU | VCPU(1), 2);
    assert_success(up, 0, 0);
    assert_int_equal(port_model.normal_sgis, 1);
}

static void the_normal_world_sets_for_itself_and_its_vms(void **state)
{
    static const struct attempt attempts[] = {
        {PAIR(MP_ID, UP_ID), 0, 1, 0, FFA_INVALID_PARAMETERS}, /* not the sender */
        {PAIR(0, VM), 0, 1, 0, FFA_INVALID_PARAMETERS},        /* the hypervisor's own affair */
        {PAIR(VM, 0), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(VM, UP_ID), DELAY, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(VM, WORLD_UNKNOWN_ID), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(VM, FFA_ID_EL3_FIRST), 0, 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(VM, QUEUED_ID), 0, 1, 0, FFA_DENIED},
        {PAIR(0, UP_ID), 0, 1, 0, FFA_DENIED}, /* bound to the VM */
        {PAIR(VM, UP_ID), PER_VCPU | VCPU(1), 2, 0, FFA_INVALID_PARAMETERS},
    };

    (void)state;
    create(0, 1);
    create(VM, 1);
    bind_by_up(VM, 0, 1);
    bind_by_up(VM, PER_VCPU, 2);
    refused_as_expected(attempts, COUNT(attempts), SET, false);
    by_normal(SET, PAIR(VM, UP_ID), 0, 1);
    assert_success(normal, 0, 0);
}

static void a_dead_partition_gets_nothing(void **state)
{
    (void)state;
    bind_by_up(0, 0, 1);
    world_call(&s, 0, FFA_ABORT_32);
    by_normal(SET, PAIR(0, UP_ID), 0, 1);
    assert_refused(normal, FFA_ABORTED);
    notify_framework(&s, 1, UP_ID, NOTIFY_RX_FULL_BY_SPMC, false);
    assert_false(notify_framework_waits(&s, UP_ID, NOTIFY_RX_FULL_BY_SPMC));
}

static void a_receiver_fetches_its_own(void **state)
{
    static const struct attempt partitions[] = {
        {UP_ID, 0x10, 0, 0, FFA_INVALID_PARAMETERS},
        {UP_ID, 0x80000000, 0, 0, FFA_INVALID_PARAMETERS},
        {MP_ID, 1, 0, 0, FFA_INVALID_PARAMETERS},
        {0, 1, 0, 0, FFA_INVALID_PARAMETERS},
        {PAIR(1, UP_ID), 1, 0, 0, FFA_INVALID_PARAMETERS},
    };
    static const struct attempt normals[] = {
        {VM, FFA_NOTIFICATION_FROM_VMS, 0, 0, FFA_INVALID_PARAMETERS},
        {VM, FFA_NOTIFICATION_FROM_HYPERVISOR, 0, 0, FFA_INVALID_PARAMETERS},
        {UP_ID, 1, 0, 0, FFA_INVALID_PARAMETERS},
        {VM + 1, 1, 0, 0, FFA_INVALID_PARAMETERS},
        {WORLD_UNKNOWN_ID, 1, 0, 0, FFA_INVALID_PARAMETERS},
        {PAIR(2, VM), 1, 0, 0, FFA_INVALID_PARAMETERS},
        {0, 1, 0, 0, FFA_NOT_SUPPORTED}, /* no bitmap yet */
    };

    (void)state;
    create(VM, 2);
    refused_as_expected(partitions, COUNT(partitions), GET, true);
    refused_as_expected(normals, COUNT(normals), GET, false);
    by_normal(GET, PAIR(1, VM), 5);
    assert_success(normal, 0, 0);
    by_up(GET, UP_ID, 0);
    assert_success(up, 0, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(notifications_are_new_in_version_1_1),
        TEST(bitmaps_and_scheduling_are_not_for_partitions),
        TEST(interrupts_are_features_of_who_gets_them),
        TEST(a_bitmap_is_the_normal_worlds_or_a_vms),
        TEST(no_more_vms_than_the_limit_have_bitmaps),
        TEST(a_bitmap_ends_when_nothing_is_pending),
        TEST(a_bitmap_keeps_the_normal_worlds_version),
        TEST(a_partition_binds_for_itself),
        TEST(the_normal_world_binds_for_itself_and_its_vms),
        TEST(a_partition_without_support_binds_nothing),
        TEST(a_bit_is_bound_once_for_each_world),
        TEST(who_bound_a_bit_unbinds_it),
        TEST(a_pending_bit_stays_bound),
        TEST(a_partition_sets_what_is_bound_to_it),
        TEST(the_normal_world_sets_for_itself_and_its_vms),
        TEST(a_dead_partition_gets_nothing),
        TEST(a_receiver_fetches_its_own),
    };

    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
