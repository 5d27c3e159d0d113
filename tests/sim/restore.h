#ifndef TESTS_SIM_RESTORE_H
#define TESTS_SIM_RESTORE_H

#include "tests/sim/world.h"

/*
 * A laptop whose folder was restored from an older copy, by the shipped
 * client/node/copied.c and carry.c, and client/node/hub/replace.c at the hub.
 * Whoever restored it syncs before writing on.
 */

/* What the node's folder holds now may be restored later; it is off. */
void restore_remember(struct sim_node *node);
/* Puts it back; the node is off. False when nothing was remembered. */
bool restore_folder(struct sim_node *node);
/* Another machine with all of its folder, which is off; its number. */
int restore_clone(struct world *world, struct sim_node *node);
/* It came up: what was acknowledged since the copy may be missing. */
void restore_note_lost(struct world *world, struct sim_node *node);
/* It was in step with the hub: whether it may be written on it again. */
void restore_in_step(struct world *world, struct sim_node *node);
void restore_clear(struct sim_node *node);

/* The node was opened: the mark, and keys that were given. */
void restore_recall(struct sim_node *node);
/* What sessions ask (sync/session.h). */
void restore_copied(void *self, const uint8_t *device);
bool restore_own_branch(void *self, const uint8_t *territory,
	const uint8_t *log, int64_t first);
bool restore_replacement(
	void *self, const uint8_t **sign_secret, uint8_t *link_key);
enum status restore_replaced(
	void *self, const uint8_t *credentials, size_t size);
enum status restore_replace(void *self, const uint8_t *device,
	const uint8_t *sign_key, const uint8_t *link_key, uint8_t *credentials,
	size_t *size, uint8_t *user, char *login, size_t login_room);
void restore_forked(
	void *self, const uint8_t *territory, const uint8_t *log, int64_t last);
/* From here on the shipped files write in its name; NULL: nobody's. */
void restore_write(struct sim_node *node);
/* What they wrote last is on the disk. */
void restore_acknowledge(void);
/* In the open transaction in which the directory changed. */
enum status restore_carry(struct sim_node *node);

#endif
