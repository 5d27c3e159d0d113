/*
 * Any bytes as a company order, and any bytes under the company's signature, as
 * a fuzzer does not get past one: never a crash, and an order that was read is
 * written the same.
 */

#include <stdlib.h>

#include "proto/order.h"
#include "tests/proto/company.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The bytes as what stands before the signature, under the right company. */
static void
decode_signed(const uint8_t *bytes, size_t size)
{
	static const char purpose[] = "roadbook/order/1";
	static uint8_t to_sign[sizeof purpose + ORDER_SIZE_MAX];
	static uint8_t encoded[ORDER_SIZE_MAX], again[ORDER_SIZE_MAX];
	struct keys keys;
	struct order order;

	if (size < ORDER_HEAD_SIZE || size > ORDER_SIZE_MAX - SIGNATURE_SIZE)
		return;
	keys_from_seed(&keys, COMPANY_SEED);
	memcpy(encoded, bytes, size);
	company_id(encoded + 1, keys.signing_key);
	memcpy(to_sign, purpose, sizeof purpose);
	memcpy(to_sign + sizeof purpose, encoded, size);
	crypto_sign_detached(encoded + size, NULL, to_sign,
		sizeof purpose + size, keys.signing_secret);
	size += SIGNATURE_SIZE;
	if (order_decode(&order, encoded, size, keys.signing_key) != STATUS_OK)
		return;
	if (order_encode(again, &order, keys.signing_secret) != size ||
		memcmp(again, encoded, size) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct keys keys;
	struct order order;
	enum status status;

	keys_from_seed(&keys, COMPANY_SEED);
	status = order_decode(&order, bytes, size, keys.signing_key);
	if (status == STATUS_OK && size > ORDER_SIZE_MAX)
		abort();
	decode_signed(bytes, size);
	return 0;
}
