// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bare SMCs. Under pKVM they trap to the hypervisor first, which answers some
 * itself and passes the others on to EL3.
 */
#include "smc.h"

smc_regs smc_call(const smc_regs *call)
{
	smc_regs result;

	arm_smccc_1_2_smc(call, &result);
	return result;
}

smc_regs smc_request(enum demo to, const struct words *words)
{
	return smc(.a0 = FFA_FN64_MSG_SEND_DIRECT_REQ, .a1 = demo[to].device->vm_id,
		   .a3 = words->x3, .a4 = words->x4, .a5 = words->x5, .a6 = words->x6,
		   .a7 = words->x7);
}

smc_regs smc_run(const smc_regs *stopped)
{
	return smc(.a0 = FFA_RUN, .a1 = stopped->a1);
}

smc_regs smc_exchange(enum demo to, struct words words, unsigned int *interrupts)
{
	smc_regs result = smc_request(to, &words);

	while (result.a0 == FFA_INTERRUPT || result.a0 == FFA_YIELD) {
		if (interrupts)
			*interrupts += result.a0 == FFA_INTERRUPT;
		result = smc_run(&result);
	}
	return result;
}

int smc_status(const smc_regs *result)
{
	return result->a0 == FFA_ERROR ? (int)result->a2 : FFA_RET_SUCCESS;
}

void refused_with(struct tap *t, const char *call, smc_regs result, int status)
{
	if (result.a0 != FFA_ERROR || (int)result.a2 != status)
		tap_fail(t, "%s: x0 %#lx, x2 %#lx, not FFA_ERROR with %d", call, result.a0,
			 result.a2, status);
}
