#ifndef PROTO_ORDER_H
#define PROTO_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "proto/id.h"
#include "proto/key.h"
#include "proto/segment.h"
#include "proto/status.h"

/*
 * A company order is what the company itself says of its hubs: which of them
 * were replaced, with the last change that counts of what each had written in
 * the directory, and until when issuing keys that were replaced are good. It
 * is signed with the company's key, which no hub holds, so that no two hubs
 * can shut each other out. There is one list; a new one says all that the old
 * one said, under a higher number (MERGE R2).
 *
 *     offset  size  field
 *          0     1  version, 1
 *          1    32  company, see company_id()
 *         33     8  number, from 1
 *         41     8  when it was signed, milliseconds since 1970
 *         49     1  number of former hubs, 0 to ORDER_HUBS_MAX
 *         50     1  number of ended issuing keys, 0 to ORDER_KEYS_MAX
 *         51     -  each former hub, ascending by key:
 *                       32  its device's signing key
 *                        8  the last change of its directory log that counts
 *                       32  name of the segment which ends there; zero if
 *                           that is change 0
 *          -     -  each ended issuing key, ascending by key:
 *                       32  the key
 *                        8  the last millisecond of what it has signed
 *          -    64  signature by the company's key over "roadbook/order/1",
 *                   a zero byte, and everything before it
 *
 * Integers are big-endian.
 */

enum {
	ORDER_VERSION = 1,
	ORDER_HUBS_MAX = 32,
	ORDER_KEYS_MAX = 32,
	ORDER_HEAD_SIZE = 51,
	ORDER_HUB_SIZE = SIGNING_KEY_SIZE + 8 + SEGMENT_NAME_SIZE,
	ORDER_KEY_SIZE = SIGNING_KEY_SIZE + 8,
	ORDER_SIZE_MAX = ORDER_HEAD_SIZE + ORDER_HUBS_MAX * ORDER_HUB_SIZE +
		ORDER_KEYS_MAX * ORDER_KEY_SIZE + SIGNATURE_SIZE,
};

struct order_hub {
	uint8_t sign_key[SIGNING_KEY_SIZE];
	uint64_t last;
	uint8_t name[SEGMENT_NAME_SIZE];
};

struct order_key {
	uint8_t key[SIGNING_KEY_SIZE];
	uint64_t ends_ms;
};

/* A zeroed one is that of a company which never said anything: number 0. */
struct order {
	uint64_t number;
	uint64_t signed_ms;
	uint32_t hub_count;
	uint32_t key_count;
	struct order_hub hubs[ORDER_HUBS_MAX];
	struct order_key keys[ORDER_KEYS_MAX];
};

/*
 * The hub with that signing key, or NULL; the same for an issuing key; they
 * are views into the order.
 */
const struct order_hub *order_hub(
	const struct order *order, const uint8_t *sign_key);
const struct order_key *order_key(
	const struct order *order, const uint8_t *issuing_key);

/*
 * Puts an entry in its place. Of one that is there already the smaller end
 * holds: what was shut out stays so. False when there are as many as can be.
 */
bool order_add_hub(struct order *order, const struct order_hub *hub);
bool order_add_key(struct order *order, const struct order_key *key);

/*
 * Writes the order, signed with the company's secret; returns its size. Number
 * 0, or entries out of order, are bugs in the caller.
 */
size_t order_encode(uint8_t out[static ORDER_SIZE_MAX],
	const struct order *order,
	const uint8_t company_secret[static SIGNING_SECRET_SIZE]);

/*
 * Reads an order, which need not be trusted.
 *
 * STATUS_OK         *order is what the company said.
 * STATUS_MALFORMED  not an order.
 * STATUS_FORGED     not signed by this company's key.
 *
 * *order is written only on STATUS_OK.
 */
MUST_USE enum status order_decode(struct order *order, const uint8_t *bytes,
	size_t size, const uint8_t company_key[static SIGNING_KEY_SIZE]);

#endif
