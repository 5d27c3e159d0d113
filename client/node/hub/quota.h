#ifndef CLIENT_NODE_HUB_QUOTA_H
#define CLIENT_NODE_HUB_QUOTA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/node/node.h"

/*
 * How much each device may push to the hub in a day (UTC), and how much of it
 * it has: in the hub's own table `_quota`. What is pushed is counted in memory
 * and written with quota_write(), so that counting costs no flush to disk of
 * its own; a hub that is killed forgets what was not written yet.
 */
struct quota;

struct quota *quota_new(void);
void quota_free(struct quota *quota); /* NULL is fine */

/* Whether the device may push so many bytes more now; they are counted then. */
bool quota_take(struct quota *quota, struct node *node, const uint8_t *device,
	uint64_t size, int64_t now_ms);
/* Whether there is something to be written. */
bool quota_changed(const struct quota *quota);
/* Writes it, in the open transaction. */
enum status quota_write(struct quota *quota, struct node *node);

/*
 * What the device may push a day from now on, kept at once; 0: what every
 * device may. `quota` is the running one, or NULL.
 */
bool quota_set(struct quota *quota, struct node *node, const uint8_t *device,
	uint64_t megabytes, struct problem *problem);

/*
 * Of each device that pushed today or has a figure of its own, as far as it
 * was written: [{"device","user","pushed_bytes","allowed_bytes"}…].
 */
json_t *quota_json(struct node *node, int64_t now_ms);

#endif
