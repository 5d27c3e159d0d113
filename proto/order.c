#include "proto/order.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "proto/bytes.h"

enum {
	AT_VERSION = 0,
	AT_COMPANY = 1,
	AT_NUMBER = AT_COMPANY + COMPANY_ID_SIZE,
	AT_SIGNED = AT_NUMBER + 8,
	AT_HUBS = AT_SIGNED + 8,
	AT_KEYS = AT_HUBS + 1,
};

static_assert((int)AT_KEYS + 1 == (int)ORDER_HEAD_SIZE, "the layout");

static const char purpose[] = "roadbook/order/1";

enum { TO_SIGN_MAX = sizeof purpose + ORDER_SIZE_MAX - SIGNATURE_SIZE };

/* The purpose with its zero, then what stands before the signature. */
static size_t
prepare_to_sign(
	uint8_t out[static TO_SIGN_MAX], const uint8_t *bytes, size_t size)
{
	memcpy(out, purpose, sizeof purpose);
	memcpy(out + sizeof purpose, bytes, size);
	return sizeof purpose + size;
}

/* Every entry begins with its key. Where that stands in the list, or would. */
static uint32_t
place_of(const void *list, uint32_t count, size_t size, const uint8_t *key)
{
	uint32_t at = 0;

	while (at < count &&
		memcmp((const uint8_t *)list + at * size, key,
			SIGNING_KEY_SIZE) < 0)
		at++;
	return at;
}

static bool
stands_at(const void *list, uint32_t count, size_t size, uint32_t at,
	const uint8_t *key)
{
	return at < count &&
		memcmp((const uint8_t *)list + at * size, key,
			SIGNING_KEY_SIZE) == 0;
}

const struct order_hub *
order_hub(const struct order *order, const uint8_t *sign_key)
{
	size_t size = sizeof *order->hubs;
	uint32_t at = place_of(order->hubs, order->hub_count, size, sign_key);

	return stands_at(order->hubs, order->hub_count, size, at, sign_key)
		? &order->hubs[at]
		: NULL;
}

const struct order_key *
order_key(const struct order *order, const uint8_t *issuing_key)
{
	size_t size = sizeof *order->keys;
	uint32_t at =
		place_of(order->keys, order->key_count, size, issuing_key);

	return stands_at(order->keys, order->key_count, size, at, issuing_key)
		? &order->keys[at]
		: NULL;
}

bool
order_add_hub(struct order *order, const struct order_hub *hub)
{
	size_t size = sizeof *order->hubs;
	uint32_t at =
		place_of(order->hubs, order->hub_count, size, hub->sign_key);

	if (stands_at(order->hubs, order->hub_count, size, at, hub->sign_key)) {
		if (hub->last < order->hubs[at].last)
			order->hubs[at] = *hub;
		return true;
	}
	if (order->hub_count == ORDER_HUBS_MAX)
		return false;
	memmove(&order->hubs[at + 1], &order->hubs[at],
		(order->hub_count - at) * size);
	order->hubs[at] = *hub;
	order->hub_count++;
	return true;
}

bool
order_add_key(struct order *order, const struct order_key *key)
{
	size_t size = sizeof *order->keys;
	uint32_t at = place_of(order->keys, order->key_count, size, key->key);

	if (stands_at(order->keys, order->key_count, size, at, key->key)) {
		if (key->ends_ms < order->keys[at].ends_ms)
			order->keys[at] = *key;
		return true;
	}
	if (order->key_count == ORDER_KEYS_MAX)
		return false;
	memmove(&order->keys[at + 1], &order->keys[at],
		(order->key_count - at) * size);
	order->keys[at] = *key;
	order->key_count++;
	return true;
}

static bool
well_formed(const struct order *order)
{
	if (order->number == 0)
		return false;
	for (uint32_t i = 0; i < order->hub_count; i++) {
		const struct order_hub *hub = &order->hubs[i];

		if (i > 0 &&
			memcmp(hub[-1].sign_key, hub->sign_key,
				SIGNING_KEY_SIZE) >= 0)
			return false;
		if (hub->last > CHANGE_SEQ_MAX ||
			sodium_is_zero(hub->name, sizeof hub->name) !=
				(hub->last == 0))
			return false;
	}
	for (uint32_t i = 1; i < order->key_count; i++)
		if (memcmp(order->keys[i - 1].key, order->keys[i].key,
			    SIGNING_KEY_SIZE) >= 0)
			return false;
	return true;
}

size_t
order_encode(uint8_t out[static ORDER_SIZE_MAX], const struct order *order,
	const uint8_t company_secret[static SIGNING_SECRET_SIZE])
{
	uint8_t to_sign[TO_SIGN_MAX];
	uint8_t *at = out + ORDER_HEAD_SIZE;
	size_t size;

	assert(well_formed(order));
	out[AT_VERSION] = ORDER_VERSION;
	company_id(out + AT_COMPANY,
		company_secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE);
	store64(out + AT_NUMBER, order->number);
	store64(out + AT_SIGNED, order->signed_ms);
	out[AT_HUBS] = (uint8_t)order->hub_count;
	out[AT_KEYS] = (uint8_t)order->key_count;
	for (uint32_t i = 0; i < order->hub_count; i++) {
		memcpy(at, order->hubs[i].sign_key, SIGNING_KEY_SIZE);
		store64(at + SIGNING_KEY_SIZE, order->hubs[i].last);
		memcpy(at + SIGNING_KEY_SIZE + 8, order->hubs[i].name,
			SEGMENT_NAME_SIZE);
		at += ORDER_HUB_SIZE;
	}
	for (uint32_t i = 0; i < order->key_count; i++) {
		memcpy(at, order->keys[i].key, SIGNING_KEY_SIZE);
		store64(at + SIGNING_KEY_SIZE, order->keys[i].ends_ms);
		at += ORDER_KEY_SIZE;
	}
	size = prepare_to_sign(to_sign, out, (size_t)(at - out));
	(void)crypto_sign_detached(at, NULL, to_sign, size, company_secret);
	return (size_t)(at - out) + SIGNATURE_SIZE;
}

static enum status
read_entries(struct order *o, const uint8_t *bytes, size_t size)
{
	const uint8_t *at = bytes + ORDER_HEAD_SIZE;

	o->hub_count = bytes[AT_HUBS];
	o->key_count = bytes[AT_KEYS];
	if (o->hub_count > ORDER_HUBS_MAX || o->key_count > ORDER_KEYS_MAX ||
		size !=
			ORDER_HEAD_SIZE +
				o->hub_count * (size_t)ORDER_HUB_SIZE +
				o->key_count * (size_t)ORDER_KEY_SIZE +
				SIGNATURE_SIZE)
		return STATUS_MALFORMED;
	for (uint32_t i = 0; i < o->hub_count; i++) {
		memcpy(o->hubs[i].sign_key, at, SIGNING_KEY_SIZE);
		o->hubs[i].last = load64(at + SIGNING_KEY_SIZE);
		memcpy(o->hubs[i].name, at + SIGNING_KEY_SIZE + 8,
			SEGMENT_NAME_SIZE);
		at += ORDER_HUB_SIZE;
	}
	for (uint32_t i = 0; i < o->key_count; i++) {
		memcpy(o->keys[i].key, at, SIGNING_KEY_SIZE);
		o->keys[i].ends_ms = load64(at + SIGNING_KEY_SIZE);
		at += ORDER_KEY_SIZE;
	}
	return STATUS_OK;
}

enum status
order_decode(struct order *order, const uint8_t *bytes, size_t size,
	const uint8_t company_key[static SIGNING_KEY_SIZE])
{
	uint8_t company[COMPANY_ID_SIZE], to_verify[TO_SIGN_MAX];
	struct order o = {.number = 0};
	size_t signed_size;

	if (size < ORDER_HEAD_SIZE + SIGNATURE_SIZE || size > ORDER_SIZE_MAX ||
		bytes[AT_VERSION] != ORDER_VERSION)
		return STATUS_MALFORMED;
	o.number = load64(bytes + AT_NUMBER);
	o.signed_ms = load64(bytes + AT_SIGNED);
	if (read_entries(&o, bytes, size) != STATUS_OK || !well_formed(&o))
		return STATUS_MALFORMED;

	company_id(company, company_key);
	signed_size = prepare_to_sign(to_verify, bytes, size - SIGNATURE_SIZE);
	if (memcmp(bytes + AT_COMPANY, company, sizeof company) != 0 ||
		crypto_sign_verify_detached(bytes + size - SIGNATURE_SIZE,
			to_verify, signed_size, company_key) != 0)
		return STATUS_FORGED;
	*order = o;
	return STATUS_OK;
}
