/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers of VMs that are mapped: FFA_RXTX_UNMAP, FFA_RX_ACQUIRE and RELEASE by VM id:
 * core/mailbox.c. */
#include "support/vms.h"

/* ---- FFA_RXTX_UNMAP by VM id ---- */

static void unmapping_what_is_no_vm_is_invalid(void **state)
{
    static const uint64_t names[] = {
        PAIR(VM, 0), PAIR(2, 0), PAIR(UP_ID, 0), PAIR(FFA_ID_SPMC, 0), PAIR(0xffff, 0),
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(names); i++) {
        world_normal_call(&s, 0, UNMAP, names[i]);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
    map_vm();
    world_normal_call(&s, 0, UNMAP, PAIR(VM, 1)); /* reserved bits */
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, UNMAP, UINT64_C(1) << 32 | PAIR(VM, 0));
    assert_success(normal, 0, 0);
    world_normal_call(&s, 0, UNMAP, PAIR(VM, 0));
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

static void a_hypervisor_may_go_before_its_vms(void **state)
{
    (void)state;
    map_vm();
    world_normal_call(&s, 0, UNMAP);
    assert_success(normal, 0, 0);
    assert_non_null(mailbox_of_vm(&s, VM));
    world_normal_call(&s, 0, UNMAP, PAIR(VM, 0));
    assert_success(normal, 0, 0);
}

/* ---- FFA_RX_ACQUIRE, FFA_RX_RELEASE ---- */

static void a_hypervisor_holds_a_vms_rx(void **state)
{
    (void)state;
    map_vm();
    world_normal_call(&s, 0, ACQUIRE, VM);
    assert_success(normal, 0, 0);
    assert_int_equal(mailbox_of_vm(&s, VM)->state, MAILBOX_HELD);
    world_normal_call(&s, 0, ACQUIRE, VM);
    assert_refused(normal, FFA_DENIED);
    world_normal_call(&s, 0, RELEASE, VM);
    assert_success(normal, 0, 0);
    assert_int_equal(mailbox_of_vm(&s, VM)->state, MAILBOX_EMPTY);
    world_normal_call(&s, 0, RELEASE, VM);
    assert_refused(normal, FFA_DENIED);
}

static void a_full_rx_is_released_not_acquired(void **state)
{
    (void)state;
    map_vm();
    mailbox_of_vm(&s, VM)->state = MAILBOX_FULL;
    world_normal_call(&s, 0, ACQUIRE, VM);
    assert_refused(normal, FFA_DENIED);
    world_normal_call(&s, 0, RELEASE, VM);
    assert_success(normal, 0, 0);
    world_normal_call(&s, 0, ACQUIRE, VM);
    assert_success(normal, 0, 0);
}

static void a_held_rx_can_be_unmapped(void **state)
{
    (void)state;
    map_vm();
    world_normal_call(&s, 0, ACQUIRE, VM);
    world_normal_call(&s, 0, UNMAP, PAIR(VM, 0));
    assert_success(normal, 0, 0);
    map_vm();
    assert_int_equal(mailbox_of_vm(&s, VM)->state, MAILBOX_EMPTY);
}

static void vms_that_are_not_known_are_invalid(void **state)
{
    static const uint16_t unknown[] = {0, 2, 0x7fff};

    (void)state;
    map_vm();
    for (unsigned i = 0; i < COUNT(unknown); i++) {
        world_normal_call(&s, 0, ACQUIRE, unknown[i]);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
        if (unknown[i] == 0)
            continue;
        world_normal_call(&s, 0, RELEASE, unknown[i]);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
    world_normal_call(&s, 0, RELEASE, UP_ID);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

static void secure_ids_cannot_be_acquired(void **state)
{
    static const uint16_t ids[] = {FFA_ID_SPMC, UP_ID, 0xffff};

    (void)state;
    for (unsigned i = 0; i < COUNT(ids); i++) {
        world_normal_call(&s, 0, ACQUIRE, ids[i]);
        assert_refused(normal, FFA_NOT_SUPPORTED);
    }
}

static void acquiring_is_new_in_version_1_1(void **state)
{
    (void)state;
    map_vm();
    s.normal.version = FFA_VERSION_1_0;
    world_normal_call(&s, 0, ACQUIRE, VM);
    assert_refused(normal, FFA_NOT_SUPPORTED);
    s.normal.version = FFA_VERSION_1_2;
    world_normal_call(&s, 0, ACQUIRE, VM);
    assert_success(normal, 0, 0);
}

static void one_vms_state_is_not_anothers(void **state)
{
    (void)state;
    map_vm();
    world_forward(2, WORLD_VM_TX(2), WORLD_VM_RX(2));
    map_vm();
    world_normal_call(&s, 0, ACQUIRE, 2);
    assert_int_equal(mailbox_of_vm(&s, VM)->state, MAILBOX_EMPTY);
    assert_int_equal(s.normal.mailbox.state, MAILBOX_EMPTY);
    world_normal_call(&s, 0, RELEASE, VM);
    assert_refused(normal, FFA_DENIED);
    world_normal_call(&s, 0, RELEASE);
    assert_refused(normal, FFA_DENIED);
}

/* ---- Partitions have no VMs ---- */

static void partitions_cannot_speak_for_a_vm(void **state)
{
    static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1, FFA_VERSION_1_2};

    (void)state;
    map_vm();
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned i = 0; i < COUNT(versions); i++) {
        s.partitions[WORLD_UP].endpoint.version = versions[i];
        world_call(&s, 0, MAP);
        assert_refused(UP_SELF, FFA_INVALID_PARAMETERS); /* no pages */
        world_call(&s, 0, UNMAP, PAIR(VM, 0));
        assert_refused(UP_SELF, FFA_INVALID_PARAMETERS);
        world_call(&s, 0, RELEASE, VM);
        assert_refused(UP_SELF, FFA_INVALID_PARAMETERS);
        world_call(&s, 0, ACQUIRE, VM);
        assert_refused(UP_SELF, FFA_NOT_SUPPORTED);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unmapping_what_is_no_vm_is_invalid), TEST(a_hypervisor_may_go_before_its_vms),
        TEST(a_hypervisor_holds_a_vms_rx),        TEST(a_full_rx_is_released_not_acquired),
        TEST(a_held_rx_can_be_unmapped),          TEST(vms_that_are_not_known_are_invalid),
        TEST(secure_ids_cannot_be_acquired),      TEST(acquiring_is_new_in_version_1_1),
        TEST(one_vms_state_is_not_anothers),      TEST(partitions_cannot_speak_for_a_vm),
    };

    return cmocka_run_group_tests_name("vm_buffers", tests, NULL, NULL);
}
