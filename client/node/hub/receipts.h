#ifndef CLIENT_NODE_HUB_RECEIPTS_H
#define CLIENT_NODE_HUB_RECEIPTS_H

#include <jansson.h>

#include "client/node/node.h"
#include "proto/receipt.h"

/*
 * Receipts of devices that erased themselves, or whose backup was opened with
 * the root key, kept in the directory: with the device, signed by it, so that
 * anybody can check them for ever.
 */

/*
 * Keeps the receipt that this device gave, once, and commits it.
 * STATUS_REFUSED: it is no receipt of it, or it was not shut out and says
 * nothing of a lease either.
 */
enum status hub_session_receipt(
	struct node *node, const uint8_t *device, const uint8_t *receipt);

/*
 * {"at", "order": "revoked"|"stolen"|"lease"|"backup", "handed_over", "lost"}:
 * `at` by that device's clock; null when it is not signed by the device. The
 * counts of the last two are null: a locked device knows none.
 */
json_t *receipt_json(
	const struct node *node, const uint8_t *device, const uint8_t *receipt);

#endif
