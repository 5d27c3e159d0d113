#ifndef PROTO_RECEIPT_H
#define PROTO_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/id.h"
#include "proto/key.h"
#include "proto/status.h"

/*
 * What a device signs that erases itself, while it still has its key: when, on
 * whose order, and what it had handed over and what not. Head office keeps it
 * in the directory. A copy that was made of a backup with the company's root
 * key signs one, too, before it gets keys of its own.
 *
 *     offset  size  field
 *          0     1  version, 1
 *          1    32  company, see company_id()
 *         33    16  device
 *         49     8  when, milliseconds since 1970 by the device's clock
 *         57     1  order, see enum receipt_order
 *         58     8  changes that it had written and handed over
 *         66     8  changes that it had written and nobody is known to have
 *         74    32  signing key of the device
 *        106    64  signature by that key over "roadbook/wipe/1", a zero byte,
 *                   and everything before it
 *
 * Integers are big-endian.
 */

enum {
	RECEIPT_VERSION = 1,
	RECEIPT_SIGNED_SIZE = 106,
	RECEIPT_SIZE = RECEIPT_SIGNED_SIZE + SIGNATURE_SIZE,
};

enum receipt_order {
	RECEIPT_REVOKED = 1, /* shut out; what it had went to the hub first */
	RECEIPT_STOLEN = 2,  /* shut out as stolen: at once */
	RECEIPT_LEASE = 3,   /* its lease and the grace after it ran out */
	/* Nothing was erased: a backup of it was opened with the root key. */
	RECEIPT_BACKUP = 4,
};

struct receipt {
	uint8_t company[COMPANY_ID_SIZE];
	uint8_t device[ID_SIZE];
	uint64_t at_ms;
	enum receipt_order order;
	uint64_t handed_over;
	uint64_t lost;
};

/* Signed with the device's secret; `device` is to be its id. */
void receipt_encode(uint8_t out[static RECEIPT_SIZE],
	const struct receipt *receipt,
	const uint8_t secret[static SIGNING_SECRET_SIZE]);

/*
 * Reads a receipt, which need not be trusted.
 *
 * STATUS_OK         *receipt was signed by the device that it names.
 * STATUS_MALFORMED  another size, version or order; a time or number that is
 *                   none.
 * STATUS_FORGED     not of this company, not that device's key, or not signed
 *                   by it.
 *
 * *receipt is written only on STATUS_OK.
 */
MUST_USE enum status receipt_decode(struct receipt *receipt,
	const uint8_t *bytes, size_t size,
	const uint8_t company[static COMPANY_ID_SIZE]);

#endif
