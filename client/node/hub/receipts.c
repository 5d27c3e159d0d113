#include "client/node/hub/receipts.h"

#include <string.h>

#include "client/node/hub/directory.h"
#include "client/node/instant.h"
#include "proto/schema_roadbook.h"

/* Whether it is that device's own. */
static bool
is_of(const struct node *node, const uint8_t *device, const uint8_t *bytes,
	struct receipt *receipt)
{
	return receipt_decode(receipt, bytes, RECEIPT_SIZE, node->company) ==
		STATUS_OK &&
		memcmp(receipt->device, device, ID_BYTES) == 0;
}

/* Of a wipe the first one stands; a backup may be opened twice. */
static bool
is_kept(const uint8_t *kept, const uint8_t *bytes, bool backup)
{
	return kept && (!backup || memcmp(kept, bytes, RECEIPT_SIZE) == 0);
}

/* Or a hub that was lost had ordered it, and nobody else had heard of that. */
static bool
may_be_ordered(const struct node *node, const struct policy_device *device)
{
	return device->revoked || policy_order(node->policy)->hub_count > 0;
}

enum status
hub_session_receipt(
	struct node *node, const uint8_t *device, const uint8_t *bytes)
{
	const struct policy_device *d = policy_device(node->policy, device);
	struct directory_draft draft = {0};
	uint8_t value[RECEIPT_SIZE + 8];
	struct receipt receipt;
	struct problem problem;
	struct pack pack;
	bool backup;

	if (!d || !is_of(node, device, bytes, &receipt))
		return STATUS_REFUSED;
	backup = receipt.order == RECEIPT_BACKUP;
	if (!backup && receipt.order != RECEIPT_LEASE &&
		!may_be_ordered(node, d))
		return STATUS_REFUSED;
	if (is_kept(backup ? d->backup_receipt : d->receipt, bytes, backup))
		return STATUS_OK;
	pack_init(&pack, value, sizeof value);
	pack_bytes(&pack, bytes, RECEIPT_SIZE);
	if (backup)
		directory_put(&draft, TYPE_DEVICE, device, DEVICE_BACKUP_OPENED,
			&pack);
	else
		directory_value(
			&draft, TYPE_DEVICE, device, DEVICE_WIPED, &pack);
	memset(node->ordered_by, 0, ID_BYTES); /* nobody's order */
	return directory_write(node, &draft, &problem) ? STATUS_OK
						       : STATUS_FAILED;
}

json_t *
receipt_json(
	const struct node *node, const uint8_t *device, const uint8_t *bytes)
{
	static const char *const orders[] = {[RECEIPT_REVOKED] = "revoked",
		[RECEIPT_STOLEN] = "stolen",
		[RECEIPT_LEASE] = "lease",
		[RECEIPT_BACKUP] = "backup"};
	struct receipt receipt;
	char at[INSTANT_TEXT_SIZE];

	if (!bytes || !is_of(node, device, bytes, &receipt))
		return json_null();
	instant_text((int64_t)receipt.at_ms,
		node_offset((int64_t)receipt.at_ms), at);
	if (receipt.order == RECEIPT_LEASE || receipt.order == RECEIPT_BACKUP)
		return json_pack("{s:s, s:s, s:n, s:n}", "at", at, "order",
			orders[receipt.order], "handed_over", "lost");
	return json_pack("{s:s, s:s, s:I, s:I}", "at", at, "order",
		orders[receipt.order], "handed_over",
		(json_int_t)receipt.handed_over, "lost",
		(json_int_t)receipt.lost);
}
